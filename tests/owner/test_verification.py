"""What the owner's client believes of what a portal hands over: pure data, tampered with."""

import random
from dataclasses import replace

import pytest

from owner.verification import Trust, verify
from shared import envelope
from shared.encoding import b64, unb64
from shared.envelope import Place
from tests.cast import NOW, Laptop
from tests.owner.story import Story, codes, flip, opened, row, without_body


@pytest.fixture
def story() -> Story:
    return Story().tell(5)


def test_an_honest_portal_is_believed(story: Story) -> None:
    result = story.check()
    assert result.verified
    assert not result.findings
    assert opened(result) == [0, 1, 2, 3, 4]
    assert result.high == story.head


def test_an_empty_chain_is_nothing_to_complain_about() -> None:
    story = Story()
    result = verify(story.handed(), story.trust(), NOW)
    assert result.verified
    assert result.high is None


def test_several_reports_in_one_check_in_share_its_receipt_and_sighting() -> None:
    story = Story()
    story.check_in(story.report(), story.report(), story.report())
    result = story.check()
    assert not result.findings
    assert [one.receipt is not None for one in result.evidence] == [True, True, True]
    assert [one.sighting is not None for one in result.evidence] == [False, False, True]


def test_a_dropped_report_is_a_gap(story: Story) -> None:
    del story.rows[2]
    result = story.check()
    assert "gap" in codes(result)
    assert not result.verified
    assert opened(result) == [0, 1, 3, 4]
    assert "Reports 2 to 2 are missing." in [finding.sentence for finding in result.findings]


def test_dropped_first_reports_are_a_gap(story: Story) -> None:
    del story.rows[:2]
    assert "gap" in codes(story.check())


def test_reordered_reports_are_named_and_still_read(story: Story) -> None:
    story.rows[1], story.rows[3] = story.rows[3], story.rows[1]
    result = story.check()
    assert codes(result) == {"reordered"}
    assert not result.verified
    assert opened(result) == [0, 1, 2, 3, 4]


def test_a_replayed_report_is_named_and_counted_once(story: Story) -> None:
    story.rows.append(story.rows[1])
    result = story.check(story.handed(head=None))
    assert "replayed" in codes(result)
    assert opened(result) == [0, 1, 2, 3, 4]


def test_a_report_of_another_laptop_is_not_believed(story: Story) -> None:
    bobs = Story().tell(3)
    story.rows[2] = bobs.rows[2]
    result = story.check()
    assert {"grafted", "gap"} <= codes(result)
    assert opened(result) == [0, 1, 3, 4]


def test_a_report_mallory_signed_in_the_laptops_name_is_not_believed(story: Story) -> None:
    mallory = Laptop()
    place = Place(story.laptop.id, 1, 5, story.laptop.prev)
    forged = envelope.make(place, story.plaintext(), (), story.vault.public, mallory.signing)
    story.rows.append(row(forged, story.received))
    result = story.check(story.handed(head=None))
    assert "bad-signature" in codes(result)
    assert 5 not in opened(result)


@pytest.mark.parametrize("at", [5, 12, 35, 60, 80, 110, 139, 150, 203])
def test_a_flipped_bit_of_the_skeleton_is_found(story: Story, at: int) -> None:
    story.rows[2] = flip(story.rows[2], "envelope", at)
    result = story.check()
    assert not result.verified
    assert codes(result) & {"malformed", "grafted", "bad-signature"}
    assert opened(result) == [0, 1, 3, 4]


@pytest.mark.parametrize("at", [204, 220, 400, -1])
def test_a_flipped_bit_of_the_body_costs_that_report_alone(story: Story, at: int) -> None:
    story.rows[2] = flip(story.rows[2], "envelope", at)
    result = story.check()
    assert codes(result) == {"body-mismatch"}
    assert not result.verified
    assert opened(result) == [0, 1, 3, 4]


def test_an_erased_body_is_a_named_loss_and_the_chain_holds(story: Story) -> None:
    story.rows[2] = without_body(story.rows[2])
    result = story.check()
    assert codes(result) == {"erased-body"}
    assert result.verified
    assert opened(result) == [0, 1, 3, 4]


def test_a_truncated_chain_is_found_by_the_mark(story: Story) -> None:
    mark = story.mark_at(4)
    del story.rows[3:]
    result = story.check(high=mark)
    assert "truncated" in codes(result)
    assert not result.verified
    assert result.high is None


def test_a_chain_shorter_than_the_portals_own_head_is_truncated(story: Story) -> None:
    head = story.head
    del story.rows[4]
    assert "truncated" in codes(story.check(story.handed(head=head)))


def test_an_emptied_chain_is_truncated(story: Story) -> None:
    mark = story.mark_at(0)
    result = verify(story.handed(records=[], head=None), story.trust(high=mark), NOW)
    assert codes(result) == {"truncated"}


def test_another_history_of_the_same_length_is_a_rollback(story: Story) -> None:
    """Mallory, with the laptop's keys and the portal's help, tells the last day anew."""
    mark = story.mark_at(4)
    story.laptop.seq, story.laptop.prev = 3, story.mark_at(2).chain_hash
    del story.rows[3:]
    story.tell(2)
    result = story.check(high=mark)
    assert "rollback" in codes(result)
    assert result.high is None


def test_two_versions_of_a_report_are_a_fork(story: Story) -> None:
    story.laptop.seq, story.laptop.prev = 4, story.mark_at(3).chain_hash
    story.rows.append(row(story.report("other"), story.received))
    result = story.check(story.handed(head=None))
    assert "fork" in codes(result)
    assert not result.verified


def test_a_report_that_follows_another_past_is_a_fork(story: Story) -> None:
    story.laptop.prev = bytes(32)
    story.tell(1)
    assert "fork" in codes(story.check())


def test_a_fork_the_portal_kept_is_shown_with_its_content(story: Story) -> None:
    story.laptop.seq, story.laptop.prev = 2, story.mark_at(1).chain_hash
    aside = story.report("a second life")
    story.forks.append({"envelope": b64(aside.wire), "received": story.received})
    result = story.check()
    assert codes(result) == {"fork"}
    assert not result.verified
    assert [fork.record and fork.record["why"] for fork in result.forks] == ["a second life"]
    assert result.high == story.head


def test_a_fork_nobody_signed_is_not_shown(story: Story) -> None:
    forged = flip(story.rows[2], "envelope", 203)
    story.forks.append({"envelope": forged["envelope"], "received": 0})
    result = story.check()
    assert codes(result) == {"bad-signature"}
    assert not result.forks


def test_a_new_segment_is_a_named_loss(story: Story) -> None:
    story.quoted = None
    story.check_in(story.new_segment(1_000_000))
    result = story.tell(2).check()
    assert codes(result) == {"segment-start"}
    assert result.verified
    assert result.high == story.head


def test_a_new_segment_that_follows_no_orders_is_a_fork(story: Story) -> None:
    held = story.laptop.held
    story.laptop.held = replace(story.given[0], raw=b"other orders")
    lost = story.new_segment(1_000_000)
    story.laptop.held = held
    story.check_in(lost)
    assert "fork" in codes(story.check())


def test_a_segment_does_not_hide_what_was_dropped_before_it(story: Story) -> None:
    mark = story.mark_at(4)
    story.quoted = None
    story.check_in(story.new_segment(1_000_000))
    del story.rows[3:5]
    assert "rollback" in codes(story.check(high=mark))


def test_a_report_whose_key_is_not_here_is_named_and_the_rest_goes_on(story: Story) -> None:
    trust = story.trust()
    result = verify(story.handed(), Trust(trust.directory, trust.pins, {}), NOW)
    assert "cannot-open" in codes(result)
    assert len(result.evidence) == 5
    assert not opened(result)


def test_a_record_that_says_nonsense_is_named(story: Story) -> None:
    story.check_in(story.laptop.seal(b"not json"))
    result = story.check()
    assert codes(result) == {"cannot-open"}
    assert opened(result) == [0, 1, 2, 3, 4]


@pytest.mark.parametrize(
    "rubbish", [None, 5, "x", {}, {"envelope": None}, {"envelope": "!!"}, {"envelope": "AAAA"}]
)
def test_rubbish_among_the_rows_is_named_and_the_rest_goes_on(
    story: Story, rubbish: object
) -> None:
    result = story.check(story.handed(records=[*story.rows, rubbish]))
    assert codes(result) == {"malformed"}
    assert opened(result) == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("rubbish", [5, "x", [], {"receipt": 5}])
def test_rubbish_as_receipt_costs_no_report(story: Story, rubbish: object) -> None:
    story.rows[4] = story.rows[4] | {"receipt": rubbish}
    result = story.check()
    assert "bad-receipt" in codes(result)
    assert opened(result) == [0, 1, 2, 3, 4]


def test_going_on_behind_a_verified_report_needs_what_follows_only(story: Story) -> None:
    mark = story.mark_at(2)
    handed = story.handed(records=story.rows[3:])
    result = verify(handed, story.trust(high=mark), NOW, after=mark)
    assert not result.findings
    assert opened(result) == [3, 4]


def test_going_on_behind_a_verified_report_still_finds_a_gap(story: Story) -> None:
    mark = story.mark_at(2)
    handed = story.handed(records=story.rows[4:])
    assert "gap" in codes(verify(handed, story.trust(high=mark), NOW, after=mark))


def test_going_on_behind_a_verified_report_still_finds_another_past(story: Story) -> None:
    mark = replace(story.mark_at(2), chain_hash=bytes(32))
    handed = story.handed(records=story.rows[3:])
    assert "fork" in codes(verify(handed, story.trust(), NOW, after=mark))


def tampered(story: Story, dice: random.Random) -> list[dict[str, object]]:
    """The rows after one random act of somebody with full write access."""
    rows = [dict(stored) for stored in story.rows]
    at = dice.randrange(len(rows))
    act = dice.randrange(5)
    if act == 0:
        del rows[at]
    elif act == 1:
        size = len(unb64(str(rows[at]["envelope"])))
        rows[at] = flip(rows[at], "envelope", dice.randrange(size))
    elif act == 2:
        rows[at]["envelope"] = rows[dice.randrange(len(rows))]["envelope"]
    elif act == 3:
        dice.shuffle(rows)
    else:
        rows = rows[:at]
    return rows


def test_whatever_is_done_to_the_rows_no_other_report_is_believed() -> None:
    """Property: what is believed is what the laptop said, and any loss has a name."""
    story = Story().tell(6)
    said = {one.seq: one.disclosure for one in story.check().evidence}
    dice = random.Random(20261121)
    for _ in range(150):
        rows = tampered(story, dice)
        result = story.check(story.handed(records=rows), high=story.head)
        believed = {one.seq: one.disclosure for one in result.evidence if one.record}
        assert all(said[seq] == disclosure for seq, disclosure in believed.items())
        assert result.findings or rows == story.rows
        assert not (result.verified and believed != said)


def test_a_report_of_the_chain_is_no_fork_of_itself(story: Story) -> None:
    """Sent twice while the first answer was lost on its way."""
    story.forks.append({"envelope": story.rows[2]["envelope"], "received": story.received})
    assert story.check().verified
