"""Look under a plan, note that it was looked, and keep what was seen; nothing is sent here."""

from contextlib import suppress
from dataclasses import replace

from agent import drop
from agent.errors import NoRoom
from agent.holds import WORDS
from agent.moment import Moment
from agent.outbox import Sort
from agent.parts import Parts
from agent.plan import LAPSED, Plan, drill_plan
from agent.status import plan_now
from shared.readings import Reason, Snapshot, Snapshots, Unread

NEWS = ("woke", "network")  # what makes an extra look worth while
NOT_AGREED = Unread(Reason.NOT_CONSENTED, "the person at the laptop has not agreed")


def hear(parts: Parts, now: Moment) -> None:
    """Whoever at the laptop says that it is theirs: no pictures for three days, once in a theft."""
    theft = parts.standing.orders.will.theft
    for text in drop.letters(parts.settings.public):
        if theft is not None and plan_now(parts, now).mandate_until:
            until = parts.holds.dispute(theft, parts.standing.now(now.t))
            _tell(parts, now, "disputed", {"until": until}, {"text": text})


def observe(parts: Parts, now: Moment, why: str) -> None:
    """Look under the plan of the moment, whatever the reason."""
    _watch(parts, now)
    plan = plan_now(parts, now)
    parts.schedule.note(now, plan)
    if plan.why == LAPSED:
        return  # it still asks its portal, so that it hears if it was stolen
    said = why if why in (*NEWS, "report-now") and not plan.mandate_until else plan.why
    _look(parts, now, plan, said)


def _watch(parts: Parts, now: Moment) -> None:
    """Before a picture: has one of those come back who use this laptop and are not its owner?"""
    theft, usual = parts.standing.orders.will.theft, parts.consent.usual
    plan = plan_now(parts, now)
    if theft is None or not usual or not ("camera" in plan.sensors or plan.held):
        return
    seen = parts.holds.watch(
        theft, usual, parts.world.signed_in(), parts.standing.now(now.t), now.boot_id
    )
    if seen is not None:
        _tell(parts, now, "usual-user", {}, {"seen": seen})


def _tell(
    parts: Parts, now: Moment, name: str, here: dict[str, object], owner: dict[str, object]
) -> None:
    """In the journal for everybody at the laptop; sealed for the owner, with what is hers alone."""
    parts.journal.note(now.t, name, **here)
    with suppress(NoRoom):
        parts.records.event(now, name, **here, **owner)


def drill(parts: Parts, now: Moment, asked: int | None = None) -> None:
    """A theft rehearsed at home; `asked` is when the owner signed for this one (ms)."""
    parts.drills.note(parts.standing.now(now.t))
    _look(parts, now, drill_plan(parts.standing.orders.will, parts.consent), "drill", asked)


def _look(parts: Parts, now: Moment, plan: Plan, why: str, asked: int | None = None) -> None:
    seen = parts.world.look(plan)
    silent = dict.fromkeys(plan.refused, NOT_AGREED) | _held(plan)
    look = replace(seen, readings=seen.readings | silent)
    parts.journal.note(
        now.t, "looked", why=why, at=list(plan.sensors), pictures=len(look.pictures),
        cameras=_taken_by(seen.readings.get("camera")),
    )  # fmt: skip
    try:
        sort = Sort.STOLEN if plan.mandate_until else Sort.HOME
        parts.records.report(now, why, look, sort, asked)
    except NoRoom as full:
        parts.journal.note(now.t, "not-kept", why=str(full))


def _held(plan: Plan) -> dict[str, Unread]:
    return {"camera": Unread(Reason.HELD, WORDS[plan.held])} if plan.held else {}


def _taken_by(shots: object) -> list[str]:
    """The cameras that gave a picture: whoever was in front of one may know which.

    The journal names no address, so a camera of the network is only called that.
    """
    if not isinstance(shots, Snapshots):
        return []
    taken = [s.camera for s in shots.cameras if isinstance(s, Snapshot) and s.index is not None]
    return ["network camera" if "://" in name else name for name in taken]
