"""Content that is gone because its owner's orders say so is no finding; anything else is."""

import pytest

from shared.will import Keep, Standing
from tests.cast import DAY, NOW
from tests.owner.story import Story, codes, opened, without_body


@pytest.fixture
def story() -> Story:
    """A report a day, ten days long."""
    story = Story()
    for _ in range(10):
        story.tell(1)
        story.received += DAY
    return story


def erase(story: Story, *places: int) -> None:
    for place in places:
        story.rows[place] = without_body(story.rows[place]) | {"sighting": None}


def test_what_is_older_than_she_chose_is_counted_and_believed(story: Story) -> None:
    story.order(keep=Keep(days=7), t=story.received)
    erase(story, 0, 1)
    result = story.check()
    assert result.verified
    assert not result.findings
    assert result.let_go == {0, 1}
    assert opened(result) == list(range(2, 10))


def test_what_is_younger_is_named(story: Story) -> None:
    story.order(keep=Keep(days=7), t=story.received)
    erase(story, 0, 6)
    result = story.check()
    assert codes(result) == {"erased-body", "missing-sighting"}
    assert {finding.seq for finding in result.findings} == {6}


def test_without_her_word_ninety_days_are_kept(story: Story) -> None:
    erase(story, 0)
    assert "erased-body" in codes(story.check())
    story.received = NOW + 91 * DAY
    assert story.check().let_go == {0}


def test_what_went_under_earlier_orders_is_no_finding_later(story: Story) -> None:
    story.order(keep=Keep(days=7), t=story.received)
    story.order(keep=Keep(days=365), t=story.received + DAY)
    erase(story, 0, 1)
    assert story.check().let_go == {0, 1}


def test_what_she_had_deleted_may_be_young(story: Story) -> None:
    story.order(keep=Keep(before=NOW + 9 * DAY), t=story.received)
    erase(story, *range(9))
    result = story.check()
    assert not result.findings
    assert result.let_go == set(range(9))


def test_what_belongs_to_a_theft_may_not_be_gone(story: Story) -> None:
    story.given.clear()
    story = Story()
    story.order(keep=Keep(days=7), t=NOW)
    story.mark_stolen()
    story.tell(3)
    story.order(standing=Standing.HOME, theft=None, t=NOW + DAY)
    story.received = NOW + 40 * DAY
    erase(story, 1)
    assert "erased-body" in codes(story.check())
    story.received = NOW + 92 * DAY
    assert story.check().let_go == {1}


def test_a_portal_cannot_pass_off_what_is_new_as_old(story: Story) -> None:
    """Only a receipt that the portal signed dates a report."""
    story.order(keep=Keep(days=7), t=story.received)
    erase(story, 9)
    story.rows[9] = story.rows[9] | {"received": NOW - 900 * DAY}
    assert "erased-body" in codes(story.check())
