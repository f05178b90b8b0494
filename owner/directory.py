"""The directory: what the owner's clients remember between them, sealed from the portal.

It holds the pins (protocol.md 1). A client believes these, never the portal's own tables.
Names a newer client put there are carried along untouched (`rest`).

    {"owner_key", "recovery_key", "kdf": {m, t, p}, "portal_keys": [{public, from, until}],
     "devices": {<device id, hex>: {"name", "device_key", "command_key",
        "orders": {"serial", "hash"}, "high": {"seq", "chain"} | null,
        "vaults": {<epoch>: <key id, hex>}, "counter"}}}

Bytes are base64url, `counter` is the last command's, `high` the highest report verified.
"""

from dataclasses import dataclass, field, replace
from typing import Any

from owner.errors import UnknownLaptop
from shared import crypto
from shared.checkin import Head, parse_head
from shared.encoding import b64, binary, items, mapping, number, unb64
from shared.errors import Malformed
from shared.orders import Orders
from shared.pairing import Offer
from shared.vault import Kdf


@dataclass(frozen=True, slots=True)
class Pins:
    """What is pinned of one laptop."""

    name: str
    offer: Offer
    orders_serial: int
    orders_hash: bytes
    high: Head | None = None
    vaults: dict[int, bytes] = field(default_factory=dict)
    counter: int = 0
    rest: dict[str, Any] = field(default_factory=dict)

    @property
    def device_id(self) -> bytes:
        return self.offer.device_id

    def with_orders(self, orders: Orders) -> "Pins":
        """These pins moved to newer orders; an older serial moves nothing."""
        if orders.serial <= self.orders_serial:
            return self
        vaults = self.vaults | {orders.will.vault_epoch: crypto.key_id(orders.will.vault_key)}
        return replace(self, orders_serial=orders.serial, orders_hash=orders.hash, vaults=vaults)

    def with_high(self, high: Head | None) -> "Pins":
        """The mark moved up; it never falls."""
        if high is None or (self.high and high.seq <= self.high.seq):
            return self
        return replace(self, high=high)


@dataclass(frozen=True, slots=True)
class PortalKey:
    """A receipt key (PRK) of the portal, and since and until when (ms) it says it used it."""

    public: bytes
    since: int
    until: int | None


@dataclass(frozen=True, slots=True)
class Directory:
    """`devices` by device id."""

    owner_key: bytes
    recovery_key: bytes
    kdf: Kdf
    portal_keys: tuple[PortalKey, ...] = ()
    devices: dict[bytes, Pins] = field(default_factory=dict)
    rest: dict[str, Any] = field(default_factory=dict)

    def with_device(self, pins: Pins) -> "Directory":
        return replace(self, devices=self.devices | {pins.device_id: pins})

    def with_portal_keys(self, keys: tuple[PortalKey, ...]) -> "Directory":
        """Known keys stay as they were pinned; new ones are added."""
        known = {key.public for key in self.portal_keys}
        fresh = tuple(key for key in keys if key.public not in known)
        return replace(self, portal_keys=self.portal_keys + fresh)

    def find(self, name: str) -> Pins:
        """The laptop of this name, or whose id begins so; raises UnknownLaptop."""
        wanted = name.strip().casefold()
        found = [pins for pins in self.devices.values() if pins.name.casefold() == wanted]
        if not found and len(wanted) >= 4:
            found = [p for p in self.devices.values() if p.device_id.hex().startswith(wanted)]
        if len(found) == 1:
            return found[0]
        if not self.devices:
            raise UnknownLaptop("No laptop is paired yet. Start with `homeward pair CODE`.")
        names = ", ".join(sorted(pins.name for pins in self.devices.values()))
        raise UnknownLaptop(f"There is no laptop called {name!r}. You have: {names}.")


def to_json(directory: Directory) -> dict[str, Any]:
    kdf = directory.kdf
    return {
        **directory.rest,
        "owner_key": b64(directory.owner_key),
        "recovery_key": b64(directory.recovery_key),
        "kdf": {"m": kdf.m, "t": kdf.t, "p": kdf.p},
        "portal_keys": [
            {"public": b64(key.public), "from": key.since, "until": key.until}
            for key in directory.portal_keys
        ],
        "devices": {
            device_id.hex(): _pins_to_json(pins) for device_id, pins in directory.devices.items()
        },
    }


def from_json(data: dict[str, Any]) -> Directory:
    """Undo `to_json`; raises Malformed."""
    rest = dict(data)
    try:
        kdf = rest.pop("kdf")
        return Directory(
            owner_key=unb64(rest.pop("owner_key")),
            recovery_key=unb64(rest.pop("recovery_key")),
            kdf=Kdf(int(kdf["m"]), int(kdf["t"]), int(kdf["p"])),
            portal_keys=parse_portal_keys(rest.pop("portal_keys")),
            devices=dict(_pins_from_json(*entry) for entry in rest.pop("devices").items()),
            rest=rest,
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Malformed("the directory lacks something") from error


def parse_portal_keys(listed: list[dict[str, Any]]) -> tuple[PortalKey, ...]:
    """As the directory and `GET /portal-keys` list them; raises Malformed."""
    try:
        return tuple(
            PortalKey(binary(key["public"]), number(key["from"]), _maybe_number(key["until"]))
            for key in map(mapping, items(listed))
        )
    except (KeyError, Malformed) as error:
        raise Malformed("a portal key lacks something") from error


def _maybe_number(value: Any) -> int | None:
    return None if value is None else number(value)


def _pins_to_json(pins: Pins) -> dict[str, Any]:
    high = pins.high
    return {
        **pins.rest,
        "name": pins.name,
        "device_key": b64(pins.offer.device_key),
        "command_key": b64(pins.offer.command_key),
        "orders": {"serial": pins.orders_serial, "hash": b64(pins.orders_hash)},
        "high": high and {"seq": high.seq, "chain": b64(high.chain_hash)},
        "vaults": {str(epoch): kid.hex() for epoch, kid in pins.vaults.items()},
        "counter": pins.counter,
    }


def _pins_from_json(device_id: str, data: dict[str, Any]) -> tuple[bytes, Pins]:
    rest = dict(data)
    orders, high, vaults = rest.pop("orders"), rest.pop("high"), rest.pop("vaults")
    pins = Pins(
        name=str(rest.pop("name")),
        offer=Offer(unb64(rest.pop("device_key")), unb64(rest.pop("command_key"))),
        orders_serial=int(orders["serial"]),
        orders_hash=unb64(orders["hash"]),
        high=None if high is None else parse_head(high),
        vaults={int(epoch): bytes.fromhex(kid) for epoch, kid in vaults.items()},
        counter=int(rest.pop("counter")),
        rest=rest,
    )
    if pins.device_id.hex() != device_id:
        raise Malformed("a laptop's keys are not the ones its id certifies")
    return pins.device_id, pins
