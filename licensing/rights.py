"""What each state of a license lets owner, laptop and portal do: the one table of rights.

A lapsed license never silences a stolen laptop: a theft that runs goes on for its tail in every
state but one, a suspension that a person decided because somebody was being followed.
"""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from licensing.license import License, State

THEFT_TAIL = timedelta(days=30)
GOODWILL = timedelta(hours=72)  # one more theft after the end
LAST_EXPORT = timedelta(days=30)  # after a license was revoked


class Action(StrEnum):
    REPORT_HOURLY = "report-hourly"
    MARK_STOLEN = "mark-stolen"
    REPORT_THEFT = "report-theft"  # one that runs
    ADD_LAPTOP = "add-laptop"
    READ_EVIDENCE = "read-evidence"
    EXPORT = "export"


class Right(StrEnum):
    YES = "yes"
    NO = "no"
    ONCE = "once"  # for GOODWILL
    TAIL = "tail"  # for THEFT_TAIL after the end
    LAST = "last"  # for LAST_EXPORT after the end


_ACTIONS = tuple(Action)
_LAPSED = (Right.NO, Right.ONCE, Right.TAIL, Right.NO, Right.YES, Right.YES)
_ALL = (Right.YES,) * len(_ACTIONS)
_NO_NEW = (Right.YES, Right.YES, Right.YES, Right.NO, Right.YES, Right.YES)

# In the order of Action.
RIGHTS: dict[State, dict[Action, Right]] = {
    state: dict(zip(_ACTIONS, rights, strict=True))
    for state, rights in {
        State.PENDING: (Right.NO, Right.NO, Right.YES, Right.NO, Right.YES, Right.YES),
        State.TRIAL: _ALL,
        State.ACTIVE: _ALL,
        State.CANCELLING: _ALL,
        State.PAST_DUE: _ALL,
        State.GRACE: _NO_NEW,
        State.DISPUTED: _NO_NEW,
        State.EXPIRED: _LAPSED,
        State.EXPIRED_TRIAL: _LAPSED,
        State.REFUNDED: _LAPSED,
        State.PAUSED: (Right.NO, Right.ONCE, Right.YES, Right.NO, Right.YES, Right.YES),
        State.SUSPENDED: (Right.NO, Right.NO, Right.YES, Right.NO, Right.YES, Right.YES),
        State.REVOKED: (Right.NO, Right.NO, Right.TAIL, Right.NO, Right.LAST, Right.LAST),
    }.items()
}


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What a right may hang on besides the state.

    `now` in ms. `goodwill_used` is when the one theft after the end was marked, None for never.
    `stalking` says that a person suspended the license because somebody was being followed.
    """

    now: int
    goodwill_used: int | None = None
    stalking: bool = False


def may(held: License, action: Action, here: Circumstances) -> bool:
    """Whether it may happen now."""
    if here.stalking and held.state is State.SUSPENDED and action is Action.REPORT_THEFT:
        return False
    right = RIGHTS[held.state][action]
    if right is Right.ONCE:
        return here.goodwill_used is None
    if right is Right.TAIL:
        used = here.goodwill_used
        goodwill = used is not None and _within(used, GOODWILL, here.now)
        return goodwill or _within(held.ended, THEFT_TAIL, here.now)
    if right is Right.LAST:
        return _within(held.ended, LAST_EXPORT, here.now)
    return right is Right.YES


def _within(start: int | None, length: timedelta, now: int) -> bool:
    return start is not None and now < start + round(length.total_seconds() * 1000)
