"""The states of a license, as a fold over what happened: the same facts give the same state.

Facts may arrive twice and in any order (a payment provider promises neither), so they are kept,
sorted by when they happened, and the state is computed from all of them at each reading. No
scheduler has to run for a license to end on time. Source: the life cycle in docs/licensing.md.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum

TRIAL = timedelta(days=30)
DUNNING = timedelta(days=14)
GRACE = timedelta(days=14)
LONGEST_PAUSE = timedelta(days=90)


class State(StrEnum):
    PENDING = "pending"
    TRIAL = "trial"
    ACTIVE = "active"
    CANCELLING = "cancelling"
    PAST_DUE = "past-due"
    GRACE = "grace"
    EXPIRED = "expired"
    EXPIRED_TRIAL = "expired-trial"
    PAUSED = "paused"
    DISPUTED = "disputed"
    REFUNDED = "refunded"
    SUSPENDED = "suspended"
    REVOKED = "revoked"


class Kind(StrEnum):
    """What can happen to a license."""

    TRIAL_STARTED = "trial-started"
    PAID = "paid"
    PAYMENT_FAILED = "payment-failed"
    DUNNING_ENDED = "dunning-ended"
    CANCELED = "canceled"
    RESUMED = "resumed"
    REFUNDED = "refunded"
    DISPUTE_OPENED = "dispute-opened"
    DISPUTE_WON = "dispute-won"
    DISPUTE_LOST = "dispute-lost"
    PAUSED = "paused"
    UNPAUSED = "unpaused"
    SUSPENDED = "suspended"
    REINSTATED = "reinstated"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True, order=True)
class Fact:
    """Something that happened `at` (ms). `id` is its own, so that the same fact counts once.

    `until` (ms) is the end of what was paid for, with PAID alone.
    """

    at: int
    id: str
    kind: Kind
    until: int | None = None


@dataclass(frozen=True, slots=True)
class License:
    """Times in Unix milliseconds.

    `valid_until` is the end of the paid or tried time. `before` are the states that a pause, a
    dispute or a suspension interrupted, the last one last. `first_paid` starts the money-back
    time. `ended` is when rights were lost, from which a running theft has its tail.
    """

    state: State = State.PENDING
    since: int = 0
    valid_until: int = 0
    before: tuple[State, ...] = ()
    first_paid: int | None = None
    ended: int | None = None


def replay(facts: Iterable[Fact], now: int) -> License:
    """The license after these facts, in whatever order and however often they came."""
    held = License()
    told: set[str] = set()
    for fact in sorted(facts):
        if fact.at > now or fact.id in told:
            continue
        told.add(fact.id)
        held = _apply(_pass_time(held, fact.at), fact)
    return _pass_time(held, now)


_PAYABLE = frozenset({
    State.PENDING, State.TRIAL, State.EXPIRED_TRIAL, State.ACTIVE, State.PAST_DUE, State.GRACE,
    State.EXPIRED, State.REFUNDED,
})  # fmt: skip
_PAID_FOR = frozenset({State.ACTIVE, State.CANCELLING, State.PAST_DUE, State.GRACE, State.DISPUTED})
_ENDED = frozenset({State.EXPIRED, State.EXPIRED_TRIAL, State.REFUNDED, State.REVOKED})
_ALIVE = frozenset(State) - {State.SUSPENDED, State.REVOKED}

# (from these states, to that one). A fact that does not fit its state changes nothing.
_MOVES: dict[Kind, tuple[frozenset[State], State]] = {
    Kind.PAYMENT_FAILED: (frozenset({State.ACTIVE}), State.PAST_DUE),
    Kind.DUNNING_ENDED: (frozenset({State.PAST_DUE}), State.GRACE),
    Kind.CANCELED: (frozenset({State.ACTIVE, State.PAST_DUE}), State.CANCELLING),
    Kind.RESUMED: (frozenset({State.CANCELLING}), State.ACTIVE),
    Kind.REFUNDED: (_PAID_FOR, State.REFUNDED),
    Kind.DISPUTE_LOST: (frozenset({State.DISPUTED}), State.REVOKED),
    Kind.REVOKED: (frozenset(State) - {State.REVOKED}, State.REVOKED),
}
# (from these states, to that one), and the old one is remembered.
_INTERRUPTS: dict[Kind, tuple[frozenset[State], State]] = {
    Kind.DISPUTE_OPENED: (_PAID_FOR - {State.DISPUTED}, State.DISPUTED),
    Kind.PAUSED: (frozenset({State.ACTIVE}), State.PAUSED),
    Kind.SUSPENDED: (_ALIVE, State.SUSPENDED),
}
_RESUMES: dict[Kind, State] = {
    Kind.DISPUTE_WON: State.DISPUTED,
    Kind.UNPAUSED: State.PAUSED,
    Kind.REINSTATED: State.SUSPENDED,
}


def _apply(held: License, fact: Fact) -> License:
    if fact.kind is Kind.PAID:
        return _pay(held, fact)
    if fact.kind is Kind.TRIAL_STARTED:
        return _try_out(held, fact)
    if fact.kind in _MOVES:
        froms, to = _MOVES[fact.kind]
        return _enter(held, to, fact.at) if held.state in froms else held
    if fact.kind in _INTERRUPTS:
        froms, to = _INTERRUPTS[fact.kind]
        if held.state not in froms:
            return held
        return replace(_enter(held, to, fact.at), before=(*held.before, held.state))
    return _go_on(held, _RESUMES[fact.kind], fact.at)


def _try_out(held: License, fact: Fact) -> License:
    if held.state is not State.PENDING:
        return held
    valid = fact.at + _ms(TRIAL)
    return replace(held, state=State.TRIAL, since=fact.at, valid_until=valid)


def _pay(held: License, fact: Fact) -> License:
    if held.state is State.REVOKED:
        return held
    until = fact.until or fact.at
    if held.first_paid is not None:  # renewed early: the longer of the two
        until = max(until, held.valid_until)
    paid = replace(held, valid_until=until, first_paid=held.first_paid or fact.at)
    if held.state not in _PAYABLE:  # a pause or a dispute goes on, with more time behind it
        return paid
    return replace(_enter(paid, State.ACTIVE, fact.at), ended=None, before=())


def _enter(held: License, state: State, at: int) -> License:
    ended = at if state in _ENDED and held.ended is None else held.ended
    return replace(held, state=state, since=at, ended=ended)


def _go_on(held: License, interruption: State, at: int) -> License:
    """After an interruption, be it the last or one below it; time paused was not used up."""
    if held.state is not interruption:
        rest = tuple(state for state in held.before if state is not interruption)
        return replace(held, before=rest)
    *below, state = held.before
    lost = at - held.since if interruption is State.PAUSED else 0
    valid = held.valid_until + lost
    return replace(held, state=state, since=at, before=tuple(below), valid_until=valid)


# What each state becomes by itself, and when.
_ENDS: dict[State, tuple[State, Callable[[License], int]]] = {
    State.TRIAL: (State.EXPIRED_TRIAL, lambda one: one.valid_until),
    State.ACTIVE: (State.PAST_DUE, lambda one: one.valid_until),
    State.CANCELLING: (State.EXPIRED, lambda one: one.valid_until),
    State.PAST_DUE: (State.GRACE, lambda one: one.since + _ms(DUNNING)),
    State.GRACE: (State.EXPIRED, lambda one: one.since + _ms(GRACE)),
}


def _pass_time(held: License, now: int) -> License:
    while True:
        if held.state is State.PAUSED:
            end = held.since + _ms(LONGEST_PAUSE)
            if now < end:
                return held
            held = _go_on(held, State.PAUSED, end)
            continue
        if held.state not in _ENDS:
            return held
        after, when = _ENDS[held.state]
        end = max(when(held), held.since)
        if now < end:
            return held
        held = _enter(held, after, end)


def _ms(length: timedelta) -> int:
    return round(length.total_seconds() * 1000)
