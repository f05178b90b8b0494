"""A two-tone sound, as loud as the laptop can, and whether it really ran."""

import io
import math
import os
import signal
import struct
import subprocess
import tempfile
import time
import wave
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from agent.hosts.session import Session, start_in

RATE = 22_050
TONES_HZ = (960, 770)
TONE_S = 0.5  # so that both begin and end at zero, and a cycle takes a second
PEAK = 32_000  # of 32,767
_LOUDER_EVERY_S, _MIXER_S = 2.0, 2.0
_GLANCE_S = 0.2

Stopped = Callable[[float], bool]  # waits this long at most; True when it is to stop


@dataclass(frozen=True, slots=True)
class Player:
    """A program that plays a file, and what turns the volume up on its way to the loudspeaker."""

    words: tuple[str, ...]
    louder: tuple[tuple[str, ...], ...]


# The sound server of a desktop first; ALSA where there is none, or nobody is signed in; macOS.
PLAYERS = (
    Player(
        ("pw-play",),
        (
            ("wpctl", "set-mute", "@DEFAULT_AUDIO_SINK@", "0"),
            ("wpctl", "set-volume", "@DEFAULT_AUDIO_SINK@", "1.0"),
        ),
    ),
    Player(
        ("paplay",),
        (
            ("pactl", "set-sink-mute", "@DEFAULT_SINK@", "0"),
            ("pactl", "set-sink-volume", "@DEFAULT_SINK@", "100%"),
        ),
    ),
    Player(("aplay", "-q"), (("amixer", "-q", "sset", "Master", "100%", "unmute"),)),
    Player(
        ("/usr/bin/afplay",),
        (("/usr/bin/osascript", "-e", "set volume output volume 100 without output muted"),),
    ),
)


@dataclass(frozen=True, slots=True)
class Heard:
    """How long it sounded, by which program; `exit_code` is that of the last one that failed."""

    seconds: float
    player: str = ""
    exit_code: int | None = None


def sound(seconds: float, session: Session | None, stopped: Stopped, round_s: float = 3) -> Heard:
    """Play over and over, in the person's session first, until the time is over or `stopped`.

    A program that fails, or ends sooner than its sound, was not heard: the next one has its turn.
    """
    until, heard = time.monotonic() + seconds, Heard(0.0)
    with tempfile.NamedTemporaryFile(prefix="homeward-", suffix=".wav") as file:
        file.write(tones(round_s))
        file.flush()
        Path(file.name).chmod(0o644)  # the person's programs read it
        for place, player in _ways(session):
            while time.monotonic() < until and not stopped(0):
                program = _start(place, (*player.words, file.name))
                if program is None:
                    break
                began = time.monotonic()
                cut_off = _follow(program, place, player, until, stopped)
                ran = time.monotonic() - began
                if not cut_off and (program.returncode or ran < round_s / 2):
                    heard = replace(heard, exit_code=program.returncode)
                    break
                heard = replace(heard, seconds=heard.seconds + ran, player=player.words[0])
    return heard


def tones(seconds: float) -> bytes:
    """A WAV file: two tones in turn, a sound that carries and is not music."""
    turns = [2 * math.pi * hertz / RATE for hertz in TONES_HZ for _ in range(round(TONE_S * RATE))]
    cycle = b"".join(struct.pack("<h", round(PEAK * math.sin(t * n))) for n, t in enumerate(turns))
    samples = (cycle * math.ceil(seconds))[: 2 * round(seconds * RATE)]
    with io.BytesIO() as file:
        with wave.open(file, "wb") as written:
            written.setnchannels(1)
            written.setsampwidth(2)
            written.setframerate(RATE)
            written.writeframes(samples)
        return file.getvalue()


def _ways(session: Session | None) -> Iterator[tuple[Session, Player]]:
    ourselves = Session("agent", os.geteuid(), False, True, False)
    for place in (session, ourselves) if session else (ourselves,):
        yield from ((place, player) for player in PLAYERS)


def _start(place: Session, words: Sequence[str]) -> "subprocess.Popen[str] | None":
    quiet = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.DEVNULL)
    try:
        return start_in(place, list(words), **quiet)
    except OSError:
        return None


def _follow(
    program: "subprocess.Popen[str]", place: Session, player: Player, until: float, stopped: Stopped
) -> bool:
    """Keep it loud until it ends; True when it was cut off because it is enough."""
    louder_at = time.monotonic()
    while program.poll() is None:
        if time.monotonic() >= until or stopped(_GLANCE_S):
            _end(program)
            return True
        if time.monotonic() >= louder_at:
            _turn_up(place, player)
            louder_at = time.monotonic() + _LOUDER_EVERY_S
    return False


def _turn_up(place: Session, player: Player) -> None:
    """Whoever turns it down hears it again soon. Without a mixer it is as loud as it is."""
    for words in player.louder:
        if mixer := _start(place, words):
            try:
                mixer.wait(_MIXER_S)
            except subprocess.TimeoutExpired:
                _end(mixer)


def _end(program: "subprocess.Popen[str]") -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(program.pid, signal.SIGKILL)
    program.wait()
