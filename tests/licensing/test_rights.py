"""What a license lets happen: the table, and that money never decides over a running theft."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from licensing.license import License, State
from licensing.rights import (
    LAST_EXPORT,
    RIGHTS,
    Action,
    Circumstances,
    may,
    table,
)

DAY = 24 * 60 * 60 * 1000
ENDED = 1_700_000_000_000
LAPSED = [State.EXPIRED, State.EXPIRED_TRIAL, State.REFUNDED]


def in_state(state: State) -> License:
    return License(state, since=ENDED, ended=ENDED)


def test_every_state_answers_every_action() -> None:
    assert set(RIGHTS) == set(State)
    assert all(set(rights) == set(Action) for rights in RIGHTS.values())


@pytest.mark.parametrize("state", [State.TRIAL, State.ACTIVE, State.CANCELLING, State.PAST_DUE])
def test_who_paid_or_tries_may_do_everything(state: State) -> None:
    assert all(may(in_state(state), action, Circumstances(ENDED)) for action in Action)


@given(state=st.sampled_from(State), days=st.integers(0, 1000))
def test_no_state_ends_a_running_theft(state: State, days: int) -> None:
    assert may(in_state(state), Action.REPORT_THEFT, Circumstances(ENDED + days * DAY))


def test_who_followed_somebody_reads_nothing() -> None:
    here = Circumstances(ENDED, stalking=True)
    for action in (Action.READ_EVIDENCE, Action.EXPORT):
        assert not may(in_state(State.SUSPENDED), action, here)
        assert may(in_state(State.SUSPENDED), action, Circumstances(ENDED))


def test_the_documents_table_is_this_one() -> None:
    assert table() in Path("docs/licensing.md").read_text()


@pytest.mark.parametrize("state", LAPSED)
def test_a_lapsed_license_has_one_more_theft(state: State) -> None:
    late = ENDED + 100 * DAY
    assert may(in_state(state), Action.MARK_STOLEN, Circumstances(late))
    used = Circumstances(late + 1, goodwill_used=late)
    assert not may(in_state(state), Action.MARK_STOLEN, used)
    assert may(in_state(state), Action.REPORT_THEFT, used)


@pytest.mark.parametrize("state", [*LAPSED, State.GRACE, State.DISPUTED, State.PAUSED])
def test_reading_and_taking_away_what_is_ones_own_is_never_for_sale(state: State) -> None:
    forever = Circumstances(ENDED + 10_000 * DAY)
    assert may(in_state(state), Action.READ_EVIDENCE, forever)
    assert may(in_state(state), Action.EXPORT, forever)
    assert not may(in_state(state), Action.ADD_LAPTOP, forever)


def test_a_revoked_license_leaves_a_month_to_export() -> None:
    last = ENDED + LAST_EXPORT.days * DAY
    assert may(in_state(State.REVOKED), Action.EXPORT, Circumstances(last - 1))
    assert not may(in_state(State.REVOKED), Action.EXPORT, Circumstances(last))
