"""Alarm, message, lock and wipe as the beat takes them: refused or handed on, answered, once."""

import subprocess
import sys
import time
from dataclasses import replace

import pytest

from agent import errand
from agent.commands.outcome import Outcome, Result
from agent.device import NAME as KEYS
from agent.errands import ERRANDS, Errands
from agent.journal import Journal
from shared.command import Wish, parse
from tests.agent.other_end import DAY

MESSAGE = {"text": "Please call 555-0100."}
WIPE = {"folders": ["/home/alice/Letters"], "homes": [], "forget": False, "dry_run": False}
SHOWN = Outcome(Result.BEGUN, "shown", {"way": "tk"})


@pytest.fixture
def home(laptop):
    """At home, past the first report, with today's clock: other programs have no other."""
    laptop.clock.t = time.time_ns() // 1_000_000
    laptop.beat("start")
    return laptop


@pytest.fixture
def stolen(home):
    home.give(home.owner.stolen(t=home.clock.t))
    home.beat("wake")
    return home


def send(laptop, what, said, **changes):
    raw = laptop.owner.wish(what, laptop.clock.t, said=said, **changes)
    laptop.held.commands.append(raw)
    laptop.beat("wake")
    return parse(raw)


def errands(laptop):
    return Errands(laptop.file(ERRANDS))


def journal(laptop):
    lines = [line for line in Journal(laptop.settings.public).lines() if line["what"] == "command"]
    return [(line["wish"], line["result"], line["detail"]) for line in lines]


def test_a_lock_is_answered_with_what_became_of_it(home):
    home.locking = Outcome(Result.FAILED, "stays-unlocked", {"sessions": 2, "locked": 1})
    send(home, Wish.LOCK, {})
    answer = home.records[-1]
    assert (answer["result"], answer["detail"]) == ("failed", "stays-unlocked")
    assert answer["said"] == {"sessions": 2, "locked": 1}
    assert journal(home) == [("lock", "failed", "stays-unlocked")]


def test_a_message_is_handed_on_and_every_word_about_it_reaches_the_owner(home):
    order = send(home, Wish.MESSAGE, MESSAGE)
    assert home.answers == [("begun", "")]
    assert home.sent[-1] == order.id
    errands(home).answer(order.id, "message", SHOWN)
    errands(home).answer(order.id, "message", Outcome(Result.DONE, "acknowledged"))
    home.beat("asked")
    assert home.answers[1:] == [("begun", "shown"), ("done", "acknowledged")]
    assert {record["command_id"] for record in home.records[-2:]} == {order.id.hex()}
    assert home.records[-2]["said"] == {"way": "tk"}
    assert list(errands(home).answers()) == []


def test_neither_disk_nor_journal_tells_what_a_message_says(home):
    send(home, Wish.MESSAGE, MESSAGE)
    for path in home.settings.state_dir.rglob("*"):
        assert not path.is_file() or b"555-0100" not in path.read_bytes()


def test_what_nobody_carries_out_is_begun_again_at_every_beat(home):
    order = send(home, Wish.MESSAGE, MESSAGE)
    with errands(home).held(order.id):
        home.sent.clear()
        home.beat("due")
        assert home.sent == []
    home.beat("due")
    assert home.sent == [order.id]


class Killed(list):
    """What happens to a beat the moment it would begin an errand."""

    def append(self, command_id):
        raise KeyboardInterrupt


def test_a_beat_killed_after_handing_on_neither_forgets_nor_repeats_it(home):
    raw = home.owner.wish(Wish.MESSAGE, home.clock.t, said=MESSAGE)
    home.held.commands.append(raw)
    home.sent = Killed()
    with pytest.raises(KeyboardInterrupt):
        home.beat("wake")
    home.sent = []
    home.beat("due")
    assert set(home.sent) == {parse(raw).id}
    assert home.answers == [("begun", "")]


MALFORMED = {
    "a message that says nothing": (Wish.MESSAGE, {"text": " \n "}),
    "a message as long as a book": (Wish.MESSAGE, {"text": "a" * 1001}),
    "a message that is no text": (Wish.MESSAGE, {"text": ["a"]}),
    "a message without words": (Wish.MESSAGE, {}),
    "an alarm without end": (Wish.ALARM, {"seconds": 86_400}),
    "an alarm of no time": (Wish.ALARM, {"seconds": 0}),
    "a wipe of nothing": (Wish.WIPE, WIPE | {"folders": []}),
    "a wipe that does not say whether it only counts": (Wish.WIPE, {"folders": ["/home/a/b"]}),
}


@pytest.mark.parametrize("which", MALFORMED)
def test_what_is_not_within_bounds_is_refused(stolen, which):
    what, said = MALFORMED[which]
    send(stolen, what, said)
    assert stolen.answers == [("refused", "malformed")]
    assert stolen.sent == []


def test_a_wipe_while_at_home_is_refused_and_stands_in_the_journal(home):
    send(home, Wish.WIPE, WIPE)
    assert home.answers == [("refused", "not-stolen")]
    assert journal(home) == [("wipe", "refused", "not-stolen")]
    assert home.sent == []


def test_a_wipe_after_the_mandate_is_refused(stolen):
    stolen.clock.passes(days=15)
    stolen.beat("due")
    send(stolen, Wish.WIPE, WIPE)
    assert stolen.answers == [("refused", "not-stolen")]


def test_a_wipe_that_would_be_good_for_more_than_a_week_is_refused(stolen):
    send(stolen, Wish.WIPE, WIPE, expires=stolen.clock.t + 8 * DAY)
    assert stolen.answers == [("refused", "expired")]


def test_a_wipe_of_a_stolen_laptop_is_handed_on(stolen):
    order = send(stolen, Wish.WIPE, WIPE)
    assert stolen.answers == [("begun", "")]
    assert stolen.sent[-1] == order.id


def test_after_a_wipe_that_was_to_forget_the_laptop_says_so_and_leaves(stolen):
    order = send(stolen, Wish.WIPE, WIPE | {"forget": True})
    errands(stolen).answer(order.id, "wipe", Outcome(Result.DONE, leaving=True))
    stolen.portal.misbehave = lambda method, path: (503, b"")
    stolen.beat("asked")
    assert stolen.file(KEYS).exists()
    stolen.portal.misbehave = lambda method, path: None
    stolen.beat("due")
    assert stolen.answers == [("begun", ""), ("done", "")]
    assert stolen.held.left
    assert not stolen.file(KEYS).exists()


def test_a_damaged_answer_is_set_aside_and_others_are_told(home):
    order = send(home, Wish.MESSAGE, MESSAGE)
    errands(home).answer(order.id, "message", SHOWN)
    next(errands(home).answers()).path.write_bytes(b"\0")
    errands(home).answer(order.id, "message", Outcome(Result.DONE, "acknowledged"))
    home.beat("asked")
    assert home.answers == [("begun", ""), ("done", "acknowledged")]


def settings_file(laptop, tmp_path, more=""):
    file = tmp_path / "agent.toml"
    places = f'portal = "{laptop.settings.portal}"\nstate_dir = "{laptop.settings.state_dir}"\n'
    file.write_text(places + more)
    return file


def carried_out(file, command_id):
    words = [sys.executable, "-I", "-m", "agent.errand", "--settings", str(file), command_id.hex()]
    return subprocess.Popen(words)


@pytest.fixture
def letters(tmp_path):
    folder = tmp_path / "Letters"
    folder.mkdir()
    for number in range(3):
        (folder / str(number)).write_text("private")
    return folder


def test_a_program_of_its_own_carries_it_out_and_the_next_beat_answers(stolen, tmp_path, letters):
    order = send(stolen, Wish.WIPE, WIPE | {"folders": [str(letters)]})
    assert carried_out(settings_file(stolen, tmp_path), order.id).wait(60) == 0
    assert list(letters.iterdir()) == []
    assert errands(stolen).idle() == []
    stolen.beat("asked")
    assert stolen.answers == [("begun", ""), ("done", "")]
    (counted,) = stolen.records[-1]["said"]["folders"]
    assert (counted["folder"], counted["files"], counted["kept"]) == (str(letters), 3, 0)


def test_a_dry_run_counts_and_removes_nothing(stolen, tmp_path, letters):
    order = send(stolen, Wish.WIPE, WIPE | {"folders": [str(letters)], "dry_run": True})
    assert carried_out(settings_file(stolen, tmp_path), order.id).wait(60) == 0
    stolen.beat("asked")
    assert stolen.answers[-1] == ("done", "counted")
    assert stolen.records[-1]["said"]["folders"][0]["files"] == 3
    assert len(list(letters.iterdir())) == 3


def test_a_wipe_handed_on_before_the_laptop_came_home_is_not_carried_out(stolen, tmp_path, letters):
    order = send(stolen, Wish.WIPE, WIPE | {"folders": [str(letters)]})
    stolen.give(stolen.owner.order(stolen.clock.t))
    stolen.beat("wake")
    assert carried_out(settings_file(stolen, tmp_path), order.id).wait(60) == 0
    stolen.beat("asked")
    assert stolen.answers[-1] == ("refused", "not-stolen")
    assert len(list(letters.iterdir())) == 3


def test_a_wipe_killed_halfway_goes_on_where_it_was(stolen, tmp_path, letters):
    file, number = settings_file(stolen, tmp_path), 1000
    while True:
        for one in range(number):
            (letters / f"more-{one}").write_text("private")
        order = send(stolen, Wish.WIPE, WIPE | {"folders": [str(letters)]})
        child = carried_out(file, order.id)
        note = stolen.file(f"wipe-{order.id.hex()}.json")
        while child.poll() is None and not (note.exists() and b'"files":200' in note.read_bytes()):
            time.sleep(0.001)
        child.kill()
        child.wait()
        if any(letters.iterdir()):
            break
        number *= 2  # this machine was faster than we were
    stolen.sent.clear()
    stolen.beat("due")
    assert stolen.sent == [order.id]
    assert carried_out(file, order.id).wait(60) == 0
    assert list(letters.iterdir()) == []
    stolen.beat("asked")
    assert stolen.answers[-1] == ("done", "")
    assert stolen.records[-1]["said"]["resumed"] is True
    assert not note.exists()


def test_two_programs_for_one_command_do_it_once(home, tmp_path):
    order = send(home, Wish.MESSAGE, MESSAGE)
    with errands(home).held(order.id):
        assert carried_out(settings_file(home, tmp_path), order.id).wait(60) == 0
    assert errands(home).holds(order.id)
    assert list(errands(home).answers()) == []


def test_without_the_program_that_acts_as_root_the_owner_hears_so(home, tmp_path):
    order = send(home, Wish.MESSAGE, MESSAGE)
    chosen = replace(
        home.settings, action_socket=tmp_path / "nobody", action_state=tmp_path / "root"
    )
    errand.run(chosen, order.id)
    home.beat("asked")
    assert home.answers == [("begun", ""), ("failed", "no-way-to-act")]
    assert list(home.file(ERRANDS).iterdir()) == []
