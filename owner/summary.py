"""A record in a line: where, when, why. Its content comes from a laptop somebody else may hold,
so every shape is possible and every text is made printable.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from owner.client import printable
from owner.evidence import snapshots, with_file
from owner.verification import Evidence, Result
from shared.sighting import Sighting


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the table of evidence."""

    seq: int
    time: str
    why: str
    place: str
    hops: str
    pictures: str
    battery: str


def line(evidence: Evidence) -> Line:
    record = evidence.record
    if record is None:
        received = evidence.receipt.received if evidence.receipt else None
        return Line(evidence.seq, clock(received), "cannot be read", "", "", "", "")
    return Line(
        evidence.seq,
        clock(record.get("t")),
        why(record),
        place(evidence),
        str(hops(record)) if reading(record, "traceroute") is not None else "",
        _pictures(evidence),
        _battery(record),
    )


def why(record: dict[str, Any]) -> str:
    match record["type"]:
        case "report":
            return _word(record, "why")
        case "event":
            return f"event: {_word(record, 'event')}{_written(record)}"
    wish, result, detail = (_word(record, name) for name in ("wish", "result", "detail"))
    return f"{wish or 'command'}: {result}{detail and f' ({detail})'}"


def _written(record: dict[str, Any]) -> str:
    """What somebody at the laptop wrote, as in a dispute."""
    details = record.get("details")
    text = details.get("text") if isinstance(details, dict) else None
    return f" “{printable(text, 200)}”" if isinstance(text, str) and text else ""


def _word(record: dict[str, Any], name: str) -> str:
    return printable(str(record.get(name, "")), 40)


def place(evidence: Evidence) -> str:
    """The laptop's own fix, else the portal's city; always with source and accuracy."""
    fix = reading(evidence.record or {}, "location")
    if isinstance(fix, dict) and _numbers(fix, "latitude", "longitude", "accuracy_m"):
        source = printable(str(fix.get("source", "?")), 30)
        accuracy = length(fix["accuracy_m"])
        return f"{fix['latitude']:.5f}, {fix['longitude']:.5f} ±{accuracy} ({source})"
    return "" if evidence.sighting is None else city(evidence.sighting)


def city(sighting: Sighting) -> str:
    if not isinstance(sighting.city, str):
        return "seen by the portal, city not known"
    radius = sighting.radius_km
    near = f" ±{radius:g} km" if _is_number(radius) else ""
    return f"{printable(sighting.city, 60)}{near} (portal: IP address)"


def hops(record: dict[str, Any]) -> int:
    """Routers that answered, over all traceroutes of the record."""
    routes = reading(record, "traceroute")
    if not isinstance(routes, list):
        return 0
    listed = [r["hops"] for r in routes if isinstance(r, dict) and isinstance(r.get("hops"), list)]
    return sum(1 for hops in listed for hop in hops if isinstance(hop, dict) and hop.get("ip"))


def reading(record: dict[str, Any], name: str) -> Any:
    """What a sensor read or why it could not; None where the record does not speak of it."""
    readings = record.get("readings")
    return readings.get(name) if isinstance(readings, dict) else None


def was_read(record: dict[str, Any], name: str) -> bool:
    said = reading(record, name)
    return said is not None and not (isinstance(said, dict) and "unread" in said)


def clock(ms: Any) -> str:
    """Local time of day and date; empty for what is no time."""
    if not isinstance(ms, int):
        return ""
    try:
        return datetime.fromtimestamp(ms / 1000, UTC).astimezone().strftime("%Y-%m-%d %H:%M:%S")
    except (OverflowError, ValueError, OSError):
        return ""


def length(meters: float) -> str:
    return f"{meters:.0f} m" if meters < 1000 else f"{meters / 1000:.0f} km"


def _pictures(evidence: Evidence) -> str:
    listed = snapshots(evidence)
    return f"{len(with_file(evidence))} of {len(listed)}" if listed else ""


def _battery(record: dict[str, Any]) -> str:
    power = reading(record, "power")
    if not isinstance(power, dict) or not _numbers(power, "battery_percent"):
        return ""
    return f"{power['battery_percent']:.0f} %{' plugged in' if power.get('plugged') else ''}"


def _numbers(said: dict[str, Any], *names: str) -> bool:
    """Whether all are numbers that a place, a length or a share can have; JSON knows 1e999."""
    return all(_is_number(said.get(name)) for name in names)


def _is_number(value: Any) -> bool:
    return type(value) in (int, float) and -1e12 < value < 1e12


def marked_since(result: Result) -> int | None:
    """When the theft that is open began (ms), by the owner's own orders."""
    given = result.orders.orders
    theft = given[-1].will.theft if given else None
    return theft.since if theft else None


def usual_user_seen(result: Result) -> int | None:
    """When the laptop said, in the theft that is open, that its usual user is back (ms).

    None where it did not, and where the owner has answered that already.
    """
    given = result.orders.orders
    theft = given[-1].will.theft if given else None
    if theft is None:
        return None
    said = [one.record or {} for one in result.since(theft.since).evidence]
    told = [r.get("details") for r in said if r.get("event") == "usual-user"]
    seen = [one["seen"] for one in told if isinstance(one, dict) and type(one.get("seen")) is int]
    return seen[-1] if seen and seen[-1] != theft.confirmed else None


def to_json(evidence: Evidence) -> dict[str, Any]:
    """One report for programs: the record as the laptop wrote it, and what stands beside it."""
    sighting, receipt = evidence.sighting, evidence.receipt
    return {
        "seq": evidence.seq,
        "received": receipt.received if receipt else None,
        "record": evidence.record,
        "sighting": None if sighting is None else {
            name: getattr(sighting, name) for name in Sighting.__slots__
        },
    }  # fmt: skip


def result_to_json(name: str, result: Result) -> dict[str, Any]:
    """`reports` are the laptop's looks, `others` its answers and events and what stayed shut."""
    reports = [one for one in result.evidence if (one.record or {}).get("type") == "report"]
    there = [one for one in result.evidence if one.seq not in result.let_go]
    others = [one for one in there if (one.record or {}).get("type") != "report"]
    return {
        "name": name,
        "verified": result.verified,
        "marked_since": marked_since(result),
        "reports": [to_json(one) for one in reports],
        "others": [to_json(one) for one in others],
        "forks": [to_json(one) for one in result.forks],
        "let_go": len(result.let_go),
        "findings": [finding.to_json() for finding in result.findings],
    }
