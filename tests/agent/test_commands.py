import json

import pytest

from agent import durable
from agent.commands.ledger import NAME
from agent.device import NAME as KEYS
from agent.journal import Journal
from shared.checkin import NO_COMMAND
from shared.command import Wish, parse
from shared.crypto import SigningKey
from shared.encoding import b64
from shared.orders import Signer
from shared.pairing import Offer
from tests.agent.other_end import DAY, MINUTE, NOW, Owner, pictures


def send(laptop, *raw):
    laptop.held.commands += raw
    return laptop.beat("wake")


def wish(laptop, what=Wish.REPORT_NOW, **changes):
    return laptop.owner.wish(what, **changes)


@pytest.fixture
def home(laptop):
    """At home, and past the first report."""
    laptop.beat("start")
    return laptop


def test_report_now_makes_a_report_and_an_answer(home):
    send(home, wish(home))
    assert [report["why"] for report in home.reports] == ["hourly", "report-now"]
    assert home.answers == [("done", "")]


def test_report_now_looks_at_no_camera_at_home(home):
    send(home, wish(home))
    assert home.sensors.cameras_opened == 0


def test_report_now_of_a_stolen_laptop_brings_a_picture(home):
    home.give(home.owner.stolen())
    home.beat("wake")
    send(home, wish(home))
    assert len(pictures(home.held, home.owner)) == 2


def test_a_command_is_obeyed_once_though_the_portal_repeats_it(home):
    home.held.commands.append(wish(home))
    home.portal.change_answer = lambda answer: repeat(home, answer)
    for _ in range(3):
        home.clock.passes(minutes=1)
        home.beat("wake")
    assert home.answers == [("done", "")]
    assert len(home.reports) == 2


def repeat(laptop, answer):
    """A portal that never stops sending every command there ever was."""
    everything = [command_json(raw) for raw in laptop.held.commands]
    return {**answer, "commands": everything}


def command_json(raw):
    return b64(raw)


def test_the_claim_names_the_last_command_dealt_with(home):
    assert home.held.claims[-1].last_command == NO_COMMAND
    raw = wish(home)
    send(home, raw)
    assert home.held.claims[-1].last_command == parse(raw).id


def test_an_old_command_replayed_is_refused(home):
    first, second = wish(home), wish(home)
    send(home, first)
    send(home, second)
    home.portal.change_answer = lambda answer: repeat(home, answer)
    home.beat("wake")
    home.portal.change_answer = lambda answer: answer
    home.beat("wake")
    assert [report["why"] for report in home.reports].count("report-now") == 2
    assert home.answers == [("done", ""), ("done", ""), ("refused", "out-of-order")]


REFUSED = {
    "of a stranger": ({"signer": SigningKey.generate()}, "unknown-signer"),
    "expired": ({"t": NOW - DAY}, "expired"),
    "of the future": ({"t": NOW + 11 * MINUTE}, "expired"),
    "valid for too long": ({"expires": NOW + 91 * DAY}, "expired"),
    "from before its counter": ({"counter": 0}, "out-of-order"),
    "after orders not heard": ({"orders_serial": 2}, "out-of-order"),
    "for another laptop": ({"device_id": bytes(16)}, "wrong-device"),
    "sealed to another laptop": (
        {"offer": Offer(bytes(32), Owner().vault.public), "device_id": None}, "cannot-open"
    ),
}  # fmt: skip


@pytest.mark.parametrize("which", REFUSED)
def test_a_command_is_refused_by_its_name(home, which):
    changes, code = REFUSED[which]
    if "device_id" in changes and changes["device_id"] is None:
        changes = changes | {"device_id": home.device.id}
    send(home, wish(home, **changes))
    assert home.answers == [("refused", code)]
    assert len(home.reports) == 1
    lines = [line for line in Journal(home.settings.public).lines() if line["what"] == "command"]
    assert [(line["result"], line["detail"]) for line in lines] == [("refused", code)]


def test_a_command_from_a_clock_ten_minutes_ahead_is_obeyed(home):
    send(home, wish(home, t=NOW + 9 * MINUTE))
    assert home.answers == [("done", "")]


@pytest.mark.parametrize("at", [5, 30, 100, 160, -1])
def test_a_changed_byte_is_never_obeyed(home, at):
    raw = bytearray(wish(home))
    raw[at] ^= 1
    send(home, bytes(raw))
    assert len(home.reports) == 1
    assert ("done", "") not in home.answers


def test_something_that_is_no_command_is_reported(home):
    home.portal.change_answer = lambda answer: {**answer, "commands": ["bm9uc2Vuc2U"]}
    home.beat("wake")
    home.beat("wake")
    assert home.events == ["command-refused"]


def test_a_helper_may_command_while_the_owner_lets_her(home):
    helper = SigningKey.generate()
    signer = Signer(helper.public, ("command",), NOW + DAY, "my sister")
    home.give(home.owner.order(signers=(signer,)))
    send(home, wish(home, signer=helper))
    home.clock.passes(days=2)
    send(home, wish(home, signer=helper, t=home.clock.t))
    assert home.answers == [("done", ""), ("refused", "unknown-signer")]


def test_a_helper_without_the_right_may_not(home):
    helper = SigningKey.generate()
    signer = Signer(helper.public, ("orders",), NOW + DAY, "my sister")
    home.give(home.owner.order(signers=(signer,)))
    send(home, wish(home, signer=helper))
    assert home.answers == [("refused", "unknown-signer")]


def test_a_command_interrupted_is_not_done_twice(home):
    raw = wish(home)
    home.held.commands.append(raw)
    look = home.sensors.look

    def dies(plan):
        raise KeyboardInterrupt

    home.sensors.look = dies
    with pytest.raises(KeyboardInterrupt):
        home.beat("wake")
    home.sensors.look = look
    home.beat("wake")
    assert home.answers == [("failed", "interrupted")]
    assert len(home.reports) == 1


def test_after_losing_its_counters_it_trusts_no_older_command(home):
    old = wish(home)
    send(home, old)
    home.file(NAME).write_bytes(b"")
    home.clock.passes(minutes=1)
    home.portal.change_answer = lambda answer: repeat(home, answer)
    home.beat("wake")
    home.portal.change_answer = lambda answer: answer
    home.beat("wake")
    assert home.events == ["state-lost"]
    assert home.answers == [("done", ""), ("refused", "expired")]


def test_leave_answers_and_then_forgets_everything(home):
    send(home, wish(home, Wish.LEAVE))
    assert home.answers == [("done", "")]
    assert home.events == ["leaving"]
    assert not home.file(KEYS).exists()
    assert {path.name for path in home.settings.private.iterdir()} == {"beat.lock"}
    assert home.status["paired"] is False
    assert home.held.left


def test_the_ledger_is_written_before_the_command_acts(home):
    raw = wish(home)
    seen = []
    look = home.sensors.look

    def watch(plan):
        seen.append(durable.read_json(home.file(NAME))["begun"])
        return look(plan)

    home.sensors.look = watch
    send(home, raw)
    assert seen == [parse(raw).id.hex()]
    assert json.loads(home.file(NAME).read_bytes().splitlines()[0])["begun"] == NO_COMMAND.hex()
