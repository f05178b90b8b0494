"""What the agent cannot do, whoever asks: no code for it, and no word."""

import ast
from pathlib import Path

import pytest

import agent
from shared import command, crypto
from shared.command import HEADER, MAGIC, Wish
from shared.encoding import to_json

# Sound from a room, screens, keys and pointers, faces, and shells for somebody far away.
NEVER = {
    "sounddevice", "pyaudio", "soundcard", "alsaaudio", "mss", "pyautogui", "pyscreenshot",
    "ImageGrab", "pynput", "keyboard", "mouse", "evdev", "Xlib", "face_recognition", "dlib",
    "mediapipe", "paramiko", "asyncssh", "pty", "v4l2loopback", "pyvirtualcam",
}  # fmt: skip
NO_FACES = ("CascadeClassifier", "FaceDetectorYN", "FaceRecognizerSF", "readNet", "HOGDescriptor")
SOURCES = sorted(Path(agent.__file__).parent.rglob("*.py"))


def test_an_owner_has_these_wishes_and_no_others():
    assert {wish.value for wish in Wish} == {
        "alarm", "message", "lock", "wipe", "report-now", "drill", "leave",
    }  # fmt: skip


@pytest.mark.parametrize("wish", ["shell", "screenshot", "record", "keys", "files", "hide", ""])
def test_a_wish_of_another_kind_is_refused_though_its_owner_signed_it(laptop, wish):
    laptop.beat("start")
    laptop.held.commands.append(_signed(laptop.owner, wish, laptop.clock.t))
    laptop.beat("wake")
    assert laptop.answers == [("refused", "malformed")]


def test_no_code_listens_watches_a_screen_reads_keys_or_knows_a_face():
    assert len(SOURCES) > 50
    for path in SOURCES:
        text = path.read_text("utf-8")
        assert not [word for word in NO_FACES if word in text], path
        assert not NEVER & set(_imported(ast.parse(text))), path


def _imported(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield (node.module or "").split(".")[0]
            yield from (alias.name for alias in node.names)


def _signed(owner, wish, t):
    """By hand, since no client of ours can write such a wish."""
    genuine = command.parse(owner.wish(Wish.REPORT_NOW, t))
    terms = genuine.terms
    context = HEADER.pack(
        MAGIC, 1, 0, 0, terms.device_id, genuine.id, owner.signing.id, terms.counter,
        terms.issued, terms.expires, terms.orders_serial, bytes(32), 0,
    )[:88]  # fmt: skip
    sealed = crypto.seal(owner.offer.command_key, "hpke/command", context, to_json({"wish": wish}))
    header = context + crypto.sha256(sealed) + len(sealed).to_bytes(4, "big")
    return header + owner.signing.sign("command", header) + sealed
