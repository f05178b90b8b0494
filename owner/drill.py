"""The drill: a theft rehearsed, with the seconds from the owner's word to readable evidence.

For real, or at home: then nothing is marked, and a test picture stands in for the cameras. Either
stands or falls with the laptop, so it waits, but never for ever; and however a real one ends, the
laptop is marked as recovered again.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from owner import evidence as evidences
from owner import summary, thefts
from owner.client import printable
from owner.desk import Desk
from owner.directory import Pins
from owner.errors import (
    AlreadyStolen,
    DrillTimedOut,
    NotStolen,
    OwnerError,
    Refused,
    StillStolen,
    Unreachable,
)
from owner.evidence import Picture
from owner.findings import Code, Finding
from owner.signing import Unlocked, unlock
from owner.thefts import Mandate
from owner.verification import Evidence, Result
from shared.checkin import Head
from shared.command import Wish

POLL_S = 0.25
MANDATE = Mandate(lasts=timedelta(hours=1), note="A drill")
_ONLY_STOLEN = ("traceroute", "camera")
_BUSY = (429, 503)
Tell = Callable[[float, str], None]


@dataclass(slots=True)
class Drill:
    """What has been seen so far. `told` are the sensors announced already, `due` the pictures
    that a report lists and the portal did not have yet. With `why`, no other report counts.
    """

    desk: Desk
    pins: Pins
    tell: Tell
    head: Head | None
    started: float
    serial: int = 0
    why: str = ""
    first: float | None = None
    reports: list[Evidence] = field(default_factory=list)
    told: set[str] = field(default_factory=set)
    due: list[tuple[Evidence, dict[str, Any]]] = field(default_factory=list)
    pictures: list[Picture] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    @property
    def elapsed(self) -> float:
        return self.desk.outside.tick() - self.started

    def say(self, what: str) -> None:
        self.tell(self.elapsed, what)

    def summary(self, checked: Result) -> dict[str, Any]:
        """`checked` is everything the portal shows, verified once more from the beginning."""
        findings = (
            *checked.findings,
            *(one for one in self.findings if one not in checked.findings),
        )
        records = [one.record or {} for one in checked.evidence]
        return {
            "mark_to_first_evidence_s": None if self.first is None else round(self.first, 3),
            "reports": sum(1 for record in records if record.get("type") == "report"),
            "snapshots": len(self.pictures),
            "hops": sum(summary.hops(one.record or {}) for one in self.reports),
            "verified": all(finding.is_loss for finding in findings),
            "findings": [finding.to_json() for finding in findings],
        }


def run(desk: Desk, name: str, timeout_s: float, tell: Tell) -> dict[str, Any]:
    """The summary. Raises AlreadyStolen, DrillTimedOut; the laptop is home again either way."""
    pins, head = _catch_up(desk, name)
    key = unlock(desk, f"rehearse a theft of {pins.name}")
    drill = Drill(desk, pins, tell, head, desk.outside.tick())
    try:
        _rehearse(drill, key, timeout_s)
    finally:
        _bring_home(drill, key)
    return drill.summary(evidences.collect(desk, pins.name, None, _unseen))


def run_at_home(desk: Desk, name: str, timeout_s: float, tell: Tell) -> dict[str, Any]:
    """The summary; no camera is opened. Raises AlreadyStolen, DrillTimedOut."""
    pins, head = _catch_up(desk, name)
    key = unlock(desk, f"have {pins.name} rehearse a theft")
    drill = Drill(desk, pins, tell, head, desk.outside.tick(), why="drill")
    thefts.send_command(desk, pins.name, Wish.DRILL, {}, key=key)
    drill.say("asked for a drill")
    _wait(drill, timeout_s, lambda: _all_looked(drill), "no report of the drill came")
    _wait(drill, timeout_s, lambda: not drill.due, "the test picture did not arrive")
    return drill.summary(evidences.collect(desk, pins.name, None, _unseen))


def last_at_home(desk: Desk, name: str) -> int | None:
    """When this laptop last rehearsed at home, by its own word (ms)."""
    records = [one.record or {} for one in evidences.collect(desk, name, None, _unseen).evidence]
    return max((int(r["t"]) for r in records if r.get("why") == "drill"), default=None)


def _catch_up(desk: Desk, name: str) -> tuple[Pins, Head | None]:
    """Verify what is there already, so that only what the drill brings is waited for."""
    directory = desk.directory()
    pins = directory.find(name)
    if thefts.chain(desk, directory, pins).newest.will.theft is not None:
        raise AlreadyStolen(f"{pins.name} is marked as stolen, and a drill would end that. If it "
                            "is back, run `homeward recovered` first.")  # fmt: skip
    result = evidences.collect(desk, name, None, _unseen)
    return pins, result.last


def _unseen(more: int, of: int | None) -> None:
    """A drill prints seconds, not bars."""


def _rehearse(drill: Drill, key: Unlocked, timeout_s: float) -> None:
    desk, name = drill.desk, drill.pins.name
    marked = thefts.stolen(desk, name, MANDATE, key=key)
    drill.serial = desk.directory().find(name).orders_serial
    drill.say("marked as stolen")
    _wait(drill, timeout_s, lambda: _all_looked(drill), "no report with camera and traceroute came")
    _wait(drill, timeout_s, lambda: not drill.due, "the picture did not arrive")
    before = len(drill.reports)
    thefts.send_command(desk, marked.pins.name, Wish.REPORT_NOW, {}, key=key)
    drill.say("asked for a second report")
    _wait(drill, timeout_s, lambda: len(drill.reports) > before, "no second report came")
    _wait(drill, timeout_s, lambda: not drill.due, "the second picture did not arrive")


def _wait(drill: Drill, timeout_s: float, done: Callable[[], bool], otherwise: str) -> None:
    """Look again and again until `done`; raises DrillTimedOut."""
    while not done():
        if drill.elapsed > timeout_s:
            raise DrillTimedOut(
                f"After {timeout_s:.0f} s {otherwise}. Is the laptop awake and online? "
                "`homeward devices` shows when it was last heard."
            )
        drill.desk.outside.sleep(POLL_S)
        try:
            _look(drill)
        except Unreachable:
            continue  # a laptop's portal may blink; the deadline decides
        except Refused as refusal:
            if refusal.status not in _BUSY:
                raise


def _all_looked(drill: Drill) -> bool:
    """Whether the reports speak of every sensor of a theft, be it only why it could not look."""
    records = [one.record or {} for one in drill.reports]
    return all(
        any(summary.reading(record, name) is not None for record in records)
        for name in _ONLY_STOLEN
    )


def _look(drill: Drill) -> None:
    result = evidences.collect(drill.desk, drill.pins.name, drill.head, _unseen)
    drill.head = result.last or drill.head
    drill.findings += result.findings
    for evidence in result.evidence:
        record = evidence.record
        if record and record["type"] == "report" and _counts(drill, record):
            _take(drill, evidence, record)
    _fetch_due(drill)


def _counts(drill: Drill, record: dict[str, Any]) -> bool:
    known, why = record.get("orders_serial"), record.get("why")
    return isinstance(known, int) and known >= drill.serial and drill.why in ("", why)


def _take(drill: Drill, evidence: Evidence, record: dict[str, Any]) -> None:
    drill.reports.append(evidence)
    if drill.first is None:
        drill.first = drill.elapsed
        drill.say("first report opened")
    drill.due += [(evidence, said) for said in evidences.with_file(evidence)]
    readings = record.get("readings")
    for name, said in (readings if isinstance(readings, dict) else {}).items():
        if name not in drill.told and not (name == "camera" and drill.due):
            drill.told.add(name)
            drill.say(heard(name, said))


def heard(name: str, said: Any) -> str:
    name = printable(name, 30)
    if isinstance(said, dict) and "unread" in said:
        return f"{name}: could not be read ({printable(str(said['unread']), 40)})"
    return f"{name}: read"


def _fetch_due(drill: Drill) -> None:
    """A picture may arrive a moment after the report that lists it."""
    still_due = []
    for evidence, said in drill.due:
        got = evidences.picture(evidences.from_portal(drill.desk, _unseen), evidence, said)
        if isinstance(got, Picture):
            drill.pictures.append(got)
            drill.told.add("camera")
            drill.say(f"picture opened, from {printable(got.camera, 40) or 'a camera'}")
        elif got.code is Code.MISSING_MEDIA:
            still_due.append((evidence, said))
        else:
            drill.findings.append(got)
    drill.due = still_due


def _bring_home(drill: Drill, key: Unlocked) -> None:
    """Also after Ctrl-C between the portal's yes and our hearing it: the orders say what is."""
    try:
        thefts.recovered(drill.desk, drill.pins.name, key=key)
    except NotStolen:
        return
    except OwnerError as error:
        raise StillStolen(f"{drill.pins.name} may still be marked as stolen, by this drill: "
                          f"{error} Then run `homeward recovered`.") from error  # fmt: skip
    drill.say("marked as recovered")
