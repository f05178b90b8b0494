"""Look under a plan, note that it was looked, and keep what was seen; nothing is sent here."""

from dataclasses import replace

from agent.errors import NoRoom
from agent.moment import Moment
from agent.outbox import Sort
from agent.parts import Parts
from agent.plan import Plan, drill_plan
from shared.readings import Reason, Snapshot, Snapshots, Unread

NEWS = ("woke", "network")  # what makes an extra look worth while
NOT_AGREED = Unread(Reason.NOT_CONSENTED, "the person at the laptop has not agreed")


def observe(parts: Parts, now: Moment, plan: Plan, why: str) -> None:
    """Look under the plan of the moment, whatever the reason."""
    parts.schedule.note(now, plan)
    said = why if why in (*NEWS, "report-now") and not plan.mandate_until else plan.why
    _look(parts, now, plan, said)


def drill(parts: Parts, now: Moment, asked: int | None = None) -> None:
    """A theft rehearsed at home; `asked` is when the owner signed for this one (ms)."""
    parts.drills.note(parts.standing.now(now.t))
    _look(parts, now, drill_plan(parts.standing.orders.will, parts.consent), "drill", asked)


def _look(parts: Parts, now: Moment, plan: Plan, why: str, asked: int | None = None) -> None:
    seen = parts.world.look(plan)
    look = replace(seen, readings=seen.readings | dict.fromkeys(plan.refused, NOT_AGREED))
    parts.journal.note(
        now.t, "looked", why=why, at=list(plan.sensors), pictures=len(look.pictures),
        cameras=_taken_by(seen.readings.get("camera")),
    )  # fmt: skip
    try:
        sort = Sort.STOLEN if plan.mandate_until else Sort.HOME
        parts.records.report(now, why, look, sort, asked)
    except NoRoom as full:
        parts.journal.note(now.t, "not-kept", why=str(full))


def _taken_by(shots: object) -> list[str]:
    """The cameras that gave a picture: whoever was in front of one may know which.

    The journal names no address, so a camera of the network is only called that.
    """
    if not isinstance(shots, Snapshots):
        return []
    taken = [s.camera for s in shots.cameras if isinstance(s, Snapshot) and s.index is not None]
    return ["network camera" if "://" in name else name for name in taken]
