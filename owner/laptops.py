"""The owner's laptops: what the orders prove of each, beside what the portal says of it."""

from typing import Any

from owner import drill, thefts
from owner.desk import Desk
from owner.directory import Directory, Pins
from owner.errors import Unintelligible
from owner.findings import Code, found
from owner.verification import offer_changed
from shared.orders import Will

GRACE_DAYS = 3  # a laptop may lie shut over a long weekend
_DAY_MS = 24 * 3600 * 1000


def listed(desk: Desk) -> list[dict[str, Any]]:
    """One entry for each laptop of the directory, and for each the portal adds or lacks."""
    directory = desk.directory()
    said = _by_id(desk)
    mine = [_mine(desk, directory, pins, said) for pins in directory.devices.values()]
    known = {pins.device_id.hex() for pins in directory.devices.values()}
    return mine + [_strange(device_id) for device_id in said if device_id not in known]


def _by_id(desk: Desk) -> dict[str, dict[str, Any]]:
    devices = desk.portal.get("/devices").get("devices")
    try:
        return {str(one["device_id"]): dict(one) for one in devices or []}
    except (KeyError, TypeError, ValueError) as error:
        raise Unintelligible("The portal's list of laptops cannot be understood. Is this client "
                             "as new as the portal?") from error  # fmt: skip


def _mine(
    desk: Desk, directory: Directory, pins: Pins, said: dict[str, dict[str, Any]]
) -> dict[str, Any]:
    here = said.get(pins.device_id.hex())
    if here is None:
        return _entry(pins.name, pins.device_id.hex(), "missing at the portal")
    chain = thefts.chain(desk, directory, pins)
    findings = [*chain.findings, *offer_changed(here.get("offer"), pins)]
    if chain.findings:
        entry = _entry(pins.name, pins.device_id.hex(), "not known")
    else:
        newest = chain.newest
        entry = _entry(pins.name, pins.device_id.hex(), newest.will.standing.value)
        entry["until"] = newest.will.theft.until if newest.will.theft else None
        serial = here.get("known_serial")
        entry["known"] = isinstance(serial, int) and serial >= newest.serial
        entry["left"] = here.get("left")
        if newest.will.drill_days and not newest.will.theft:
            last = drill.last_at_home(desk, pins.name)
            entry["drill"] = rehearsals(newest.will, last, desk.outside.now())
    return entry | {
        "last_heard": here.get("last_heard"),
        "known_at": here.get("known_at"),
        "checked_to": pins.high.seq if pins.high else None,
        "findings": [finding.to_json() for finding in findings],
    }


def rehearsals(will: Will, last: int | None, now: int) -> dict[str, Any]:
    """How the laptop keeps to the drills it is to make by itself; `last` was the newest (ms)."""
    late = now - max(last or 0, will.t)
    lapsed = late > (will.drill_days + GRACE_DAYS) * _DAY_MS
    return {"every_days": will.drill_days, "last": last, "lapsed": lapsed}


def _strange(device_id: str) -> dict[str, Any]:
    finding = found(Code.STRANGE_LAPTOP)
    entry = _entry(device_id[:8], device_id, "not yours")
    return entry | {"findings": [finding.to_json()]}


def _entry(name: str, device_id: str, standing: str) -> dict[str, Any]:
    return {
        "name": name,
        "device_id": device_id,
        "standing": standing,
        "until": None,
        "last_heard": None,
        "known": False,
        "known_at": None,
        "left": None,
        "drill": None,
        "checked_to": None,
        "findings": [],
    }
