"""A year of hourly reports of a paired laptop, a real check-in each; every place is made up."""

import math

from shared import media, readings
from shared.envelope import Envelope
from shared.readings import Circumstances, Fix, Hop, Power, Reading, Snapshot, Snapshots, Traceroute
from tests.owner.http_laptop import JPEG, HttpLaptop, now

REPORTS = 8_760
HOUR_MS = 60 * 60 * 1000
STOLEN = range(REPORTS - 40, REPORTS - 34)  # a few of the reports, one with a snapshot


def seed(laptop: HttpLaptop) -> None:
    """Send the year, oldest first: each report quotes the receipt of the one before."""
    began = now() - REPORTS * HOUR_MS
    for hour in range(REPORTS):
        laptop.check_in(_report(laptop, hour, began + hour * HOUR_MS))


def _report(laptop: HttpLaptop, hour: int, moment: int) -> Envelope:
    said: dict[str, Reading] = {
        "location": _place(hour, moment),
        "power": Power(battery_percent=80.0, plugged=hour % 3 > 0),
    }
    pictures = []
    if hour in STOLEN:
        hops = (Hop(1, "192.0.2.1"), Hop(2, None), Hop(3, "192.0.2.3"))
        said["traceroute"] = (Traceroute("192.0.2.9", 4, hops, True),)
    if hour == STOLEN[0]:
        sealed = media.seal(JPEG, "image/jpeg", laptop.core.id, laptop.core.seq, 0)
        laptop.waiting.append(sealed.ciphertext)
        pictures.append(sealed.attachment)
        shot = Snapshot("made-up camera", "ok", 640, 480, index=0, media=sealed.key.to_json())
        said["camera"] = Snapshots((shot,))
    why = "stolen" if hour in STOLEN else "hourly"
    circumstances = Circumstances(moment, hour * 3600.0, "made-up boot", 1, laptop.quoted)
    return laptop.core.seal(readings.report(why, circumstances, said), tuple(pictures))


def _place(hour: int, moment: int) -> Fix:
    """Round a made-up town; a made-up hiding place while stolen."""
    if hour in STOLEN:
        return Fix(52.40, 13.06, 25.0, "wifi", moment)
    angle = hour / 24 * math.tau
    return Fix(52.52 + math.sin(angle) / 100, 13.40 + math.cos(angle) / 100, 25.0, "wifi", moment)
