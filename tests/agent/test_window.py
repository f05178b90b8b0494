"""A window on a real X screen, read and answered by hand; and what is left where there is none."""

import os
import sys

import pytest

from agent.hosts.session import Session
from agent.session.window import CannotShow, Seen, Window, show_window
from tests.agent.screen import hand, needs_screen, screen
from tests.agent.stand_in import stand_in

WORDS = Window("Message from the owner", ("Please call +1 555 0100.", "Thank you."), "I have read")
PYTHON = (sys.executable,)


@pytest.fixture
def session():
    with screen() as display:
        yield Session("1", os.getuid(), True, True, False, {"DISPLAY": display})


@pytest.fixture
def bare(tmp_path):
    """Somebody with a screen the agent cannot reach, and the programs a test puts on their PATH."""
    return Session("1", os.getuid(), True, True, False, {"PATH": str(tmp_path), "DISPLAY": ":none"})


@needs_screen
def test_it_covers_the_screen_until_the_button_is_pressed(session):
    shown = show_window(WORDS, session)
    display = session.environment["DISPLAY"]
    window = hand(display, "search", "--name", WORDS.title).splitlines()[-1]
    size = hand(display, "getwindowgeometry", "--shell", window)
    assert (shown.way, shown.wait(0)) == ("tk", None)
    assert "X=0\nY=0\nWIDTH=800\nHEIGHT=600" in size
    answer = None
    while answer is None:
        hand(display, "key", "Return")
        answer = shown.wait(1)
    assert answer is Seen.ACKNOWLEDGED


@needs_screen
def test_a_window_taken_away_was_not_acknowledged(session):
    shown = show_window(WORDS, session)
    shown.close()
    assert shown.wait(60) is Seen.CLOSED


@needs_screen
def test_a_python_without_tk_leaves_it_to_the_next(session, tmp_path):
    stand_in(tmp_path, "python", "exit 4")
    words = (str(tmp_path / "none"), str(tmp_path / "python"), *PYTHON)
    shown = show_window(WORDS, session, pythons=words)
    assert shown.way == "tk"
    shown.close()


def test_without_tk_zenity_asks(bare, tmp_path):
    heard = stand_in(tmp_path, "zenity", "/bin/sleep 4; exit 0")
    shown = show_window(WORDS, bare, pythons=())
    assert shown.way == "zenity"
    assert shown.wait(60) is Seen.ACKNOWLEDGED
    said = heard.read_text().splitlines()
    assert "--no-markup" in said
    assert "--text=Please call +1 555 0100." in said


def test_a_notification_takes_no_markup_and_no_answer(bare, tmp_path):
    stand_in(tmp_path, "zenity", "exit 1")
    heard = stand_in(tmp_path, "notify-send", "exit 0")
    shown = show_window(Window("A", ("<b>bold</b>",), "Read"), bare, pythons=PYTHON)
    assert (shown.way, shown.wait(0)) == ("notification", Seen.SHOWN)
    assert heard.read_text().splitlines()[-1] == "&lt;b&gt;bold&lt;/b&gt;"


def test_without_a_screen_every_terminal_is_told(bare, tmp_path):
    stand_in(tmp_path, "wall", f"/bin/cat > {tmp_path}/text")
    assert show_window(WORDS, bare, pythons=()).way == "terminals"
    assert "Please call +1 555 0100." in (tmp_path / "text").read_text()


def test_nobody_is_told_that_it_was_shown_when_it_was_not(bare, tmp_path):
    for name in ("zenity", "notify-send", "wall"):
        stand_in(tmp_path, name, "exit 1")
    with pytest.raises(CannotShow):
        show_window(WORDS, bare, pythons=PYTHON)
