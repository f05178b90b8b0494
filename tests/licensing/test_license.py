"""The life of a license: what happened gives its state, whatever came when and how often."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from licensing.license import DUNNING, GRACE, LONGEST_PAUSE, Fact, Kind, State, replay

DAY = 24 * 60 * 60 * 1000
T0 = 1_700_000_000_000
YEAR = T0 + 365 * DAY


def fact(kind: Kind, day: float = 0, until: int | None = None, id: str = "") -> Fact:  # noqa: A002  (the field's name)
    at = T0 + round(day * DAY)
    return Fact(at, id or f"{kind}-{at}", kind, until)


TRIAL = fact(Kind.TRIAL_STARTED)
PAID = fact(Kind.PAID, 1, until=YEAR)


def state(*facts: Fact, day: float) -> State:
    return replay(facts, T0 + round(day * DAY)).state


def test_a_license_waits_until_its_owner_is_known() -> None:
    assert state(day=0) is State.PENDING


def test_a_trial_ends_after_thirty_days_to_the_millisecond() -> None:
    end = T0 + 30 * DAY
    assert replay([TRIAL], end - 1).state is State.TRIAL
    assert replay([TRIAL], end).state is State.EXPIRED_TRIAL
    assert replay([TRIAL], end).ended == end


def test_no_second_trial_begins() -> None:
    again = fact(Kind.TRIAL_STARTED, 40)
    assert state(TRIAL, again, day=41) is State.EXPIRED_TRIAL


def test_paying_in_the_last_second_of_a_trial_loses_no_day() -> None:
    late = Fact(T0 + 30 * DAY - 1, "late", Kind.PAID, YEAR)
    assert replay([TRIAL, late], T0 + 31 * DAY).state is State.ACTIVE


def test_a_bill_left_unpaid_ends_step_by_step() -> None:
    for length, expected in [
        (0, State.PAST_DUE),
        (DUNNING.days, State.GRACE),
        (DUNNING.days + GRACE.days, State.EXPIRED),
    ]:
        assert replay([PAID], YEAR + length * DAY).state is expected
        assert replay([PAID], YEAR + length * DAY - 1).state is not expected


@pytest.mark.parametrize("day", [366, 385, 400])
def test_paying_late_makes_it_active_again(day: int) -> None:
    paid_again = fact(Kind.PAID, day, until=YEAR + 365 * DAY)
    held = replay([PAID, paid_again], T0 + (day + 1) * DAY)
    assert held.state is State.ACTIVE
    assert held.ended is None
    assert held.first_paid == PAID.at


def test_a_canceled_license_lasts_to_the_end_of_what_was_paid() -> None:
    canceled = fact(Kind.CANCELED, 100)
    assert replay([PAID, canceled], YEAR - 1).state is State.CANCELLING
    assert replay([PAID, canceled], YEAR).state is State.EXPIRED
    assert replay([PAID, canceled, fact(Kind.RESUMED, 101)], YEAR - 1).state is State.ACTIVE


def test_a_refund_ends_it_at_once() -> None:
    assert state(PAID, fact(Kind.REFUNDED, 9), day=9) is State.REFUNDED


def test_a_pause_costs_no_paid_day_and_ends_by_itself() -> None:
    paused = fact(Kind.PAUSED, 10)
    assert state(PAID, paused, day=99) is State.PAUSED
    after = replay([PAID, paused], T0 + 101 * DAY)
    assert after.state is State.ACTIVE
    assert after.valid_until == YEAR + LONGEST_PAUSE.days * DAY
    early = replay([PAID, paused, fact(Kind.UNPAUSED, 20)], T0 + 21 * DAY)
    assert early.valid_until == YEAR + 10 * DAY


def test_a_dispute_goes_either_way() -> None:
    opened = fact(Kind.DISPUTE_OPENED, 5)
    assert state(PAID, opened, day=6) is State.DISPUTED
    assert state(PAID, opened, fact(Kind.DISPUTE_WON, 8), day=9) is State.ACTIVE
    assert state(PAID, opened, fact(Kind.DISPUTE_LOST, 8), day=9) is State.REVOKED


def test_what_was_revoked_stays_so() -> None:
    revoked, paid = fact(Kind.REVOKED, 5), fact(Kind.PAID, 6, until=YEAR)
    assert state(PAID, revoked, paid, fact(Kind.REINSTATED, 7), day=8) is State.REVOKED


def test_a_dispute_won_during_a_suspension_is_not_forgotten() -> None:
    facts = [
        PAID,
        fact(Kind.DISPUTE_OPENED, 5),
        fact(Kind.SUSPENDED, 6),
        fact(Kind.DISPUTE_WON, 7),
    ]
    assert state(*facts, day=8) is State.SUSPENDED
    assert state(*facts, fact(Kind.REINSTATED, 9), day=10) is State.ACTIVE


def test_a_license_paid_during_a_dispute_stays_disputed() -> None:
    paid_again = fact(Kind.PAID, 7, until=YEAR + DAY)
    held = replay([PAID, fact(Kind.DISPUTE_OPENED, 5), paid_again], T0 + 8 * DAY)
    assert held.state is State.DISPUTED
    assert held.valid_until == YEAR + DAY


def test_renewing_early_shortens_nothing() -> None:
    sooner = fact(Kind.PAID, 30, until=T0 + 60 * DAY)
    assert replay([PAID, sooner], T0 + 31 * DAY).valid_until == YEAR


FACTS = st.lists(
    st.builds(
        lambda kind, day, until: fact(kind, day, T0 + until * DAY if kind is Kind.PAID else None),
        st.sampled_from(Kind),
        st.integers(0, 500),
        st.integers(0, 900),
    ),
    max_size=12,
)


@given(facts=FACTS, day=st.integers(0, 1000), chance=st.integers())
def test_order_and_repetition_change_nothing(facts: list[Fact], day: int, chance: int) -> None:
    shuffled = facts + facts[: len(facts) // 2]
    random.Random(chance).shuffle(shuffled)
    assert replay(shuffled, T0 + day * DAY) == replay(facts, T0 + day * DAY)


@given(facts=FACTS, day=st.integers(0, 1000))
def test_reading_often_is_reading_once(facts: list[Fact], day: int) -> None:
    """No scheduler is needed: what a reading finds does not hang on readings before it."""
    first = replay(facts, T0 + day * DAY)
    later = replay(facts, T0 + (day + 1) * DAY)
    assert first == replay(facts, T0 + day * DAY)
    assert later.since >= first.since
