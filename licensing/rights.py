"""What each state of a license lets owner, laptop and portal do: the one table of rights.

A lapsed license never silences a stolen laptop: a theft that runs goes on in every state, until
its own mandate ends it (docs/decisions/0016). As a program it prints what docs/licensing.md shows.
"""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from licensing.license import License, State

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
    ONCE = "once"  # after the end
    LAST = "last"  # for LAST_EXPORT after the end


_ACTIONS = tuple(Action)
_LAPSED = (Right.NO, Right.ONCE, Right.YES, Right.NO, Right.YES, Right.YES)
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
        State.REVOKED: (Right.NO, Right.NO, Right.YES, Right.NO, Right.LAST, Right.LAST),
    }.items()
}
_OWN = frozenset({Action.READ_EVIDENCE, Action.EXPORT})


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
    """Whether it may happen now. Who followed somebody reads nothing; it stays sealed."""
    if here.stalking and held.state is State.SUSPENDED and action in _OWN:
        return False
    right = RIGHTS[held.state][action]
    if right is Right.ONCE:
        return here.goodwill_used is None
    if right is Right.LAST:
        return held.ended is not None and here.now < held.ended + _ms(LAST_EXPORT)
    return right is Right.YES


def table() -> str:
    """In Markdown: a row for each state."""
    head = f"| state | {' | '.join(_ACTIONS)} |\n|---|{'---|' * len(_ACTIONS)}\n"
    rows = (f"| {state} | {' | '.join(rights.values())} |\n" for state, rights in RIGHTS.items())
    return head + "".join(rows)


def _ms(length: timedelta) -> int:
    return round(length.total_seconds() * 1000)


if __name__ == "__main__":
    print(table(), end="")
