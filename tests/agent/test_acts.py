"""An alarm, a message, a wipe carried out before the person at the laptop: what they see and hear,
what they can do about it, and that nobody but the owner has it done.
"""

import os
import time
from dataclasses import replace

import pytest

from agent import acts
from agent.acts import Scene
from agent.commands.ledger import Ledger
from agent.commands.outcome import Result
from agent.commands.rules import Authority
from agent.errands import ERRANDS, Errands
from agent.hosts.session import Session
from agent.standing import Standing
from shared.command import Wish, parse
from shared.crypto import SigningKey
from tests.agent.other_end import DAY, MINUTE, NOW
from tests.agent.screen import hand, needs_screen, screen
from tests.agent.stand_in import stand_in

MESSAGE = {"text": "Please call 555-0100.\u202e\nThank you."}
ALARM = {"seconds": 5}


class Root:
    """A program that acts, with what it knows by itself, and a person it acts before."""

    def __init__(self, laptop, folder):
        folder.mkdir()
        self.laptop, self.folder = laptop, folder
        self.standing, self.ledger = Standing(folder, laptop.device.first_orders), Ledger(folder)
        self.standing.save()
        self.ledger.save()
        self.people = [Session("1", os.getuid(), True, True, False, {"PATH": str(folder)})]
        self.now, self.enough = NOW, False

    def person(self):
        """Whoever is there now; the last one stays."""
        return self.people.pop(0) if len(self.people) > 1 else self.people[0]

    def stopped(self, wait_s):
        time.sleep(min(wait_s, 0.05))
        return self.enough() if callable(self.enough) else self.enough

    def act(self, raw):
        device = self.laptop.device
        authority = Authority(device.id, self.standing, self.ledger, self.standing.now(self.now))
        scene = Scene(self.folder, (), self.person, self.stopped, lambda: self.now)
        return list(acts.carry_out(parse(raw), authority, device.opening, scene))

    def told(self, raw):
        return [(one.result, one.detail) for one in self.act(raw)]


@pytest.fixture
def root(laptop, tmp_path):
    return Root(laptop, tmp_path / "root")


@pytest.fixture
def letters(tmp_path):
    folder = tmp_path / "Letters"
    folder.mkdir()
    (folder / "one").write_text("private")
    return folder


def wipe(folder, **changes):
    said = {"folders": [str(folder)], "homes": [], "forget": False, "dry_run": False}
    return said | changes


def plays(root):
    return stand_in(root.folder, "pw-play", "exec /bin/sleep 60")


def test_an_alarm_that_nobody_answers_ends_by_itself(root, alice):
    stand_in(root.folder, "notify-send", "exit 0")
    plays(root)
    (last,) = root.act(alice.wish(Wish.ALARM, said=ALARM))
    assert (last.result, last.detail) == (Result.DONE, "timed-out")
    assert last.said["player"] == "pw-play"
    assert last.said["seconds"] >= ALARM["seconds"] - 1


def test_an_alarm_ends_when_the_person_at_the_laptop_has_heard_it(root, alice):
    stand_in(root.folder, "notify-send", "exit 0")
    heard = plays(root)
    root.enough = heard.exists
    assert root.told(alice.wish(Wish.ALARM, said={"seconds": 600})) == [("done", "acknowledged")]


@needs_screen
def test_the_button_of_its_window_ends_an_alarm(root, alice):
    heard = plays(root)
    with screen() as display:
        root.people = [replace(root.people[0], environment={
            "DISPLAY": display, "PATH": f"{root.folder}:/usr/bin"})]  # fmt: skip
        presses = []

        def pressed():
            if heard.exists():
                presses.append(hand(display, "key", "Return"))
            return False

        root.enough = pressed
        told = root.told(alice.wish(Wish.ALARM, said={"seconds": 600}))
    assert told == [("done", "acknowledged")]
    assert presses


def test_an_alarm_that_no_loudspeaker_played_is_not_called_heard(root, alice):
    for player in ("pw-play", "paplay", "aplay"):
        stand_in(root.folder, player, "exit 1")
    (last,) = root.act(alice.wish(Wish.ALARM, said=ALARM))
    if last.result is Result.DONE:  # this machine has a loudspeaker that needs no session
        assert last.said["player"] == "aplay"
    else:
        assert (last.result, last.detail) == (Result.FAILED, "not-heard")


def test_a_message_is_shown_in_plain_letters_and_says_whose_it_is(root, alice):
    shown = stand_in(root.folder, "notify-send", "exit 0")
    told = root.told(alice.wish(Wish.MESSAGE, said=MESSAGE))
    assert told == [("begun", "shown"), ("done", "shown")]
    said = shown.read_text()
    assert "A message from the owner of this laptop" in said
    assert "Please call 555-0100.\nThank you." in said
    assert "Homeward shows this" in said


@needs_screen
def test_a_message_stands_until_it_was_read(root, alice):
    with screen() as display:
        root.people = [replace(root.people[0], environment={"DISPLAY": display})]

        def presses_later():
            hand(display, "key", "Return")
            return False

        root.enough = presses_later
        told = root.told(alice.wish(Wish.MESSAGE, said=MESSAGE))
    assert told == [("begun", "shown"), ("done", "acknowledged")]


def test_a_message_waits_for_somebody_to_sign_in_and_unlock(root, alice):
    stand_in(root.folder, "notify-send", "exit 0")
    locked = replace(root.people[0], locked=True)
    root.people = [None, None, locked, locked, *root.people]
    told = [detail for _, detail in root.told(alice.wish(Wish.MESSAGE, said=MESSAGE))]
    assert told == ["waits-for-sign-in", "waits-for-unlock", "shown", "shown"]


def test_a_message_that_came_too_late_for_anybody_is_not_shown(root, alice):
    root.people = [None]
    raw = alice.wish(Wish.MESSAGE, said=MESSAGE)

    def time_passes():
        root.now += 2 * DAY
        return False

    root.enough = time_passes
    assert root.told(raw) == [("begun", "waits-for-sign-in"), ("failed", "not-shown-in-time")]


def test_a_message_that_cannot_be_shown_is_not_called_shown(root, alice):
    stand_in(root.folder, "wall", "exit 1")
    stand_in(root.folder, "notify-send", "exit 1")
    told = root.told(alice.wish(Wish.MESSAGE, said=MESSAGE))
    assert told == [("failed", "cannot-be-shown")]


REFUSED = {
    "of a stranger": ({"signer": SigningKey.generate()}, "unknown-signer"),
    "expired": ({"t": NOW - DAY}, "expired"),
    "of the future": ({"t": NOW + 11 * MINUTE}, "expired"),
    "for another laptop": ({"device_id": bytes(16)}, "wrong-device"),
    "after orders not heard": ({"orders_serial": 2}, "out-of-order"),
    "of a counter from before": ({"counter": 0}, "out-of-order"),
}


@pytest.mark.parametrize("which", REFUSED)
def test_what_the_owner_did_not_wish_now_is_not_done(root, alice, which):
    shown = stand_in(root.folder, "notify-send", "exit 0")
    changes, code = REFUSED[which]
    assert root.told(alice.wish(Wish.MESSAGE, said=MESSAGE, **changes)) == [("refused", code)]
    assert not shown.exists()


@pytest.mark.parametrize("at", [5, 30, 100, 160, -1])
def test_a_changed_byte_is_never_obeyed(root, alice, at):
    shown = stand_in(root.folder, "notify-send", "exit 0")
    raw = bytearray(alice.wish(Wish.MESSAGE, said=MESSAGE))
    raw[at] ^= 1
    try:
        told = root.told(bytes(raw))
    except Exception as error:
        assert type(error).__module__ == "shared.errors"  # noqa: PT017  (either way is a refusal)
    else:
        assert [result for result, _ in told] == ["refused"]
    assert not shown.exists()


def test_a_command_is_carried_out_once_though_it_is_brought_again(root, alice):
    stand_in(root.folder, "notify-send", "exit 0")
    raw = alice.wish(Wish.MESSAGE, said=MESSAGE)
    assert root.told(raw)[-1] == ("done", "shown")
    Errands(root.folder / ERRANDS).end(parse(raw).id)
    root.ledger = Ledger(root.folder)
    root.ledger.load()
    assert root.told(raw) == [("refused", "out-of-order")]


def test_a_command_cut_off_by_a_kill_is_carried_out_again(root, alice):
    stand_in(root.folder, "notify-send", "exit 0")
    raw = alice.wish(Wish.MESSAGE, said=MESSAGE)
    root.told(raw)
    assert root.told(raw)[-1] == ("done", "shown")


def test_a_wipe_while_at_home_touches_nothing(root, alice, letters):
    assert root.told(alice.wish(Wish.WIPE, said=wipe(letters))) == [("refused", "not-stolen")]
    assert (letters / "one").exists()


def test_a_wipe_of_a_stolen_laptop_says_what_it_emptied(root, alice, letters):
    root.standing.hear(alice.stolen().raw, NOW)
    (last,) = root.act(alice.wish(Wish.WIPE, said=wipe(letters, forget=True)))
    assert (last.result, last.leaving) == (Result.DONE, True)
    assert last.said["folders"][0]["files"] == 1
    assert letters.exists()
    assert list(letters.iterdir()) == []


@pytest.mark.parametrize("folder", ["/", "/etc/passwd.d", "/home", "/usr/local", "relative/path"])
def test_a_wipe_of_what_is_no_persons_is_refused_whole(root, alice, letters, folder):
    root.standing.hear(alice.stolen().raw, NOW)
    said = wipe(letters, folders=[str(letters), folder])
    assert root.told(alice.wish(Wish.WIPE, said=said)) == [("refused", "folder-not-allowed")]
    assert (letters / "one").exists()


def test_a_folder_that_is_not_there_is_said_and_takes_no_keys_along(root, alice, letters):
    root.standing.hear(alice.stolen().raw, NOW)
    said = wipe(letters, folders=[str(letters), str(letters / "gone")], forget=True)
    (last,) = root.act(alice.wish(Wish.WIPE, said=said))
    assert (last.result, last.detail, last.leaving) == (Result.FAILED, "incomplete", False)
    assert [one["there"] for one in last.said["folders"]] == [True, False]


def test_reports_and_leaving_are_no_business_of_the_program_that_acts(root, alice):
    assert root.told(alice.wish(Wish.REPORT_NOW)) == [("refused", "not-supported")]
    assert root.told(alice.wish(Wish.LEAVE)) == [("refused", "not-supported")]
