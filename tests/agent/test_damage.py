"""Every file the agent keeps, damaged or gone: it lives on, opens no camera, and says so."""

import shutil

import pytest

from agent.beat import main
from agent.chain import NAME as PLACE
from agent.commands.ledger import NAME as LEDGER
from agent.device import NAME as KEYS
from agent.parts import CONSENT
from agent.receipts import NAME as RECEIPT
from agent.schedule import NAME as LOOKED
from agent.standing import NAME as STANDING
from shared.envelope import Kind
from shared.orders import parse
from tests.agent.other_end import pictures

STATE = (STANDING, PLACE, LEDGER, CONSENT, RECEIPT, LOOKED)


def cut(path):
    path.write_bytes(path.read_bytes()[:-10])


def flip(path):
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


HARM = {"cut": cut, "emptied": lambda path: path.write_bytes(b""), "a flipped bit": flip,
        "random": lambda path: path.write_bytes(b"\0\xff" * 500)}  # fmt: skip


@pytest.fixture
def lived(laptop):
    """Some hours old: every file exists."""
    for _ in range(3):
        laptop.beat()
        laptop.clock.passes(hours=1)
    return laptop


@pytest.mark.parametrize("harm", HARM)
@pytest.mark.parametrize("name", STATE)
def test_a_damaged_file_is_set_aside_and_told(lived, name, harm):
    HARM[harm](lived.file(name))
    lived.beat()
    lived.clock.passes(hours=1)
    lived.beat()
    assert lived.events == ["state-lost"]
    (told,) = [record for record in lived.records if record["type"] == "event"]
    assert told["details"] == {"file": name}
    assert lived.file(f"{name}.corrupt-1").exists()
    assert lived.sensors.cameras_opened == 0
    assert len(lived.reports) == 5
    lived.portal.check_chain(lived.held)


@pytest.mark.parametrize("name", [STANDING, PLACE, LEDGER])
def test_a_file_that_was_removed_is_as_bad_as_damaged(lived, name):
    lived.file(name).unlink()
    lived.beat()
    assert lived.events == ["state-lost"]


@pytest.mark.parametrize("harm", HARM)
def test_damaged_keys_end_in_a_sentence_and_ask_nobody(lived, harm, tmp_path):
    HARM[harm](lived.file(KEYS))
    settings_file = tmp_path / "agent.toml"
    settings_file.write_text(
        f'portal = "{lived.settings.portal}"\nstate_dir = "{lived.settings.state_dir}"\n'
    )
    asked = len(lived.portal.requests)
    assert main(["--settings", str(settings_file), "start"]) == 0
    assert "Pair it again" in lived.status["problem"]
    assert len(lived.portal.requests) == asked


def test_lost_orders_are_heard_again_from_the_portal(lived):
    lived.give(lived.owner.stolen(), lived.owner.order(), lived.owner.stolen())
    lived.beat("wake")
    cut(lived.file(STANDING))
    lived.clock.passes(minutes=1)
    lived.beat("wake")
    assert lived.status["orders_serial"] == 4
    assert lived.status["standing"] == "stolen"


def test_lost_orders_without_a_portal_mean_home(lived, unplugged):
    lived.give(lived.owner.stolen())
    lived.beat("wake")
    cut(lived.file(STANDING))
    unplugged.sensors, unplugged.clock = lived.sensors, lived.clock
    opened = lived.sensors.cameras_opened
    lived.clock.passes(minutes=6)
    unplugged.beat()
    assert unplugged.status["standing"] == "home"
    assert lived.sensors.cameras_opened == opened


def test_a_lost_place_begins_a_segment_far_past_every_number_used(lived):
    before = lived.held.head.header.seq
    cut(lived.file(PLACE))
    lived.beat()
    segment = [sent for sent in lived.held.envelopes if sent.header.kind is Kind.SEGMENT_START]
    assert len(segment) == 1
    assert segment[0].header.prev == parse(lived.held.orders[-1]).hash
    assert segment[0].header.seq > before
    assert lived.records[lived.held.envelopes.index(segment[0])]["event"] == "state-lost"


def test_a_clock_set_back_does_not_make_a_segment_fall_behind(lived):
    cut(lived.file(PLACE))
    lived.beat()
    lived.clock.t = 1000
    cut(lived.file(PLACE))
    lived.clock.passes(hours=1)
    lived.beat()
    lived.portal.check_chain(lived.held)
    assert lived.events == ["state-lost", "state-lost"]
    assert lived.held.forks == []


def test_a_damaged_record_costs_itself_alone(lived, unplugged):
    unplugged.sensors, unplugged.clock = lived.sensors, lived.clock
    for _ in range(5):
        unplugged.beat()
        lived.clock.passes(hours=1)
    with unplugged.opened() as parts:
        flip(parts.outbox.records()[2].path)
    lived.beat()
    assert "state-lost" in lived.events
    assert "forked" in lived.events
    lived.portal.check_chain(lived.held)
    # What came after the gap reached the portal too, as a fork it keeps.
    assert len(lived.held.forks) >= 2
    lived.clock.passes(hours=1)
    lived.beat()
    with lived.opened() as parts:
        assert parts.outbox.records() == []


def test_a_damaged_picture_is_not_sent_for_the_real_one(lived):
    lived.portal.misbehave = lambda method, path: (503, b"") if method == "PUT" else None
    lived.give(lived.owner.stolen())
    lived.beat()
    with lived.opened() as parts:
        flip(parts.outbox.media()[0].path)
    lived.portal.misbehave = lambda method, path: None
    lived.beat()
    with lived.opened() as parts:
        assert parts.outbox.media() == []
    assert lived.held.media == {}


def test_state_brought_back_from_a_backup_makes_a_fork_and_then_goes_on(lived, tmp_path):
    backup = tmp_path / "backup"
    shutil.copytree(lived.settings.private, backup)
    lived.clock.passes(hours=1)
    lived.beat()
    shutil.rmtree(lived.settings.private)
    shutil.copytree(backup, lived.settings.private)
    for _ in range(3):
        lived.clock.passes(hours=1)
        lived.beat()
    assert "forked" in lived.events
    assert lived.held.forks
    lived.portal.check_chain(lived.held)
    assert list(lived.file("aside").iterdir())


def test_a_portal_that_lost_its_newest_records_is_taken_up_again(lived):
    lived.held.envelopes = lived.held.envelopes[:1]
    lived.held.receipt = None
    for _ in range(2):
        lived.clock.passes(hours=1)
        lived.beat()
    assert "forked" in lived.events
    lived.portal.check_chain(lived.held)


def test_pictures_of_a_fork_do_not_stay_for_ever(lived):
    lived.give(lived.owner.stolen())
    lived.beat("wake")
    lived.held.envelopes = lived.held.envelopes[:1]
    lived.held.receipt = None
    for _ in range(3):
        lived.clock.passes(minutes=5)
        lived.beat()
    with lived.opened() as parts:
        assert parts.outbox.media() == []
        assert parts.outbox.records() == []
    assert pictures(lived.held, lived.owner)
