"""Windows' location service: only here is it loaded; windows_place.py understands what it says."""

import asyncio
import time

from winrt.windows.devices.geolocation import (
    GeolocationAccessStatus,
    Geolocator,
    PositionAccuracy,
)

from agent.hosts.windows_place import FAILED, LATE, UNALLOWED, fix_of
from shared.readings import Fix, Unread


def place(until: float) -> Fix | Unread:
    try:
        return asyncio.run(asyncio.wait_for(_asked(), max(0.1, until - time.monotonic())))
    except TimeoutError:
        return LATE
    except PermissionError:
        return UNALLOWED
    except OSError:  # how every error of Windows' own comes
        return FAILED


async def _asked() -> Fix | Unread:
    if await Geolocator.request_access_async() != GeolocationAccessStatus.ALLOWED:
        return UNALLOWED
    locator = Geolocator()
    locator.desired_accuracy = PositionAccuracy.HIGH
    position = await locator.get_geoposition_async()
    return fix_of(position.coordinate, time.time())
