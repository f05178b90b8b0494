"""What pairing left on the laptop: its own keys, and whom it obeys."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agent import durable
from agent.errors import NotPaired, StateDamaged
from shared import orders, pairing
from shared.crypto import OpeningKey, SigningKey
from shared.encoding import b64, unb64
from shared.errors import ProtocolError

NAME = "device.json"


@dataclass(frozen=True, slots=True)
class Device:
    """DSK, DXK, orders serial 1 (which pins owner and recovery key) and the portal's receipt keys.

    Serial 1 stays here for good: should later orders be lost, the chain is taken up from it.
    """

    signing: SigningKey
    opening: OpeningKey
    first_orders: orders.Orders
    portal_keys: tuple[bytes, ...]

    @property
    def id(self) -> bytes:
        return self.first_orders.device_id

    @property
    def owner(self) -> bytes:
        """The OSK pinned at pairing."""
        return self.first_orders.will.owner

    @property
    def fingerprint(self) -> str:
        return pairing.fingerprint(self.owner)


def save(folder: Path, device: Device) -> None:
    data = {
        "signing": b64(device.signing.pkcs8),
        "opening": b64(device.opening.pkcs8),
        "first_orders": b64(device.first_orders.raw),
        "portal_keys": [b64(key) for key in device.portal_keys],
    }
    durable.write_json(folder / NAME, data)


def load(folder: Path) -> Device:
    """Raises NotPaired, StateDamaged."""
    data = durable.read_json(folder / NAME)
    if data is None:
        raise NotPaired("This laptop is not paired yet. Run: homeward-agent enroll")
    try:
        return _from_json(data)
    except (KeyError, TypeError, ProtocolError) as error:
        raise StateDamaged(NAME) from error


def _from_json(data: dict[str, Any]) -> Device:
    first = orders.parse(unb64(data["first_orders"]))
    _ = first.will  # damage must show now, not at the next look
    return Device(
        signing=SigningKey.from_pkcs8(unb64(data["signing"])),
        opening=OpeningKey.from_pkcs8(unb64(data["opening"])),
        first_orders=first,
        portal_keys=tuple(unb64(key) for key in data["portal_keys"]),
    )
