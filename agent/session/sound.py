"""A two-tone sound, as loud as the laptop can, and whether it really ran."""

import io
import math
import struct
import subprocess
import sys
import tempfile
import time
import wave
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from agent.hosts import host
from agent.hosts.session import Session, ourselves, start_in
from agent.session import volume
from agent.session.volume import Mixer

RATE = 22_050
TONES_HZ = (960, 770)
TONE_S = 0.5  # so that both begin and end at zero, and a cycle takes a second
PEAK = 32_000  # of 32,767
_LOUDER_EVERY_S = 2.0
_GLANCE_S = 0.2

Stopped = Callable[[float], bool]  # waits this long at most; True when it is to stop


@dataclass(frozen=True, slots=True)
class Player:
    """A program that plays a file, and what makes it loud on its way to the loudspeaker."""

    words: tuple[str, ...]
    mixer: Mixer


# On Linux the sound server of a desktop; ALSA where there is none, or nobody is signed in.
PLAYERS = {
    "pipewire": Player(("pw-play",), volume.PIPEWIRE),
    "pulse": Player(("paplay",), volume.PULSE),
    "alsa": Player(("aplay", "-q"), volume.ALSA),
    "macos": Player(("/usr/bin/afplay",), volume.MACOS),
    "windows": Player((sys.executable, "-I", "-m", "agent.hosts.windows_player"), volume.WINDOWS),
}


@dataclass(frozen=True, slots=True)
class Heard:
    """How long it sounded, by which program; `exit_code` is that of the last one that failed."""

    seconds: float
    player: str = ""
    exit_code: int | None = None

    def __add__(self, later: "Heard") -> "Heard":
        code = self.exit_code if later.exit_code is None else later.exit_code
        return Heard(self.seconds + later.seconds, later.player or self.player, code)


def sound(seconds: float, session: Session | None, stopped: Stopped, round_s: float = 3) -> Heard:
    """Play over and over, in the person's session first, until the time is over or `stopped`.

    A program that fails, or ends sooner than its sound, was not heard: the next one has its turn.
    """
    with tempfile.TemporaryDirectory(prefix="homeward-") as folder:
        file = _written(Path(folder), tones(round_s))
        alarm, heard = _Alarm(file, round_s, time.monotonic() + seconds, stopped), Heard(0.0)
        for place, player in _ways(session):
            before = player.mixer.before(place)
            try:
                heard += _played(alarm, place, player)
            finally:
                volume.set_to(place, before)
    return heard


def _written(folder: Path, sound: bytes) -> Path:
    """The person's programs read it."""
    file = folder / "alarm.wav"
    file.write_bytes(sound)
    file.chmod(0o644)
    folder.chmod(0o755)
    return file


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
    for place in (session, ourselves()) if session else (ourselves(),):
        yield from ((place, PLAYERS[name]) for name in host.PLAYERS)


@dataclass(frozen=True, slots=True)
class _Alarm:
    """One that goes on until `until` on the monotonic clock, round by round of its file."""

    file: Path
    round_s: float
    until: float
    stopped: Stopped

    def is_over(self, wait_s: float = 0) -> bool:
        return time.monotonic() >= self.until or self.stopped(wait_s)


def _played(alarm: _Alarm, place: Session, player: Player) -> Heard:
    heard = Heard(0.0)
    while not alarm.is_over():
        program = _start(place, player.words, alarm.file)
        if program is None:
            break
        began = time.monotonic()
        cut_off = _follow(program, alarm, place, player)
        ran = time.monotonic() - began
        if not cut_off and (program.returncode or ran < alarm.round_s / 2):
            return replace(heard, exit_code=program.returncode)
        heard = Heard(heard.seconds + ran, player.words[0])
    return heard


def _start(place: Session, words: Sequence[str], file: Path) -> "subprocess.Popen[str] | None":
    """The sound stands open as its input, too, for whom the folder is shut."""
    quiet = dict.fromkeys(("stdout", "stderr"), subprocess.DEVNULL)
    try:
        with file.open("rb") as sound:
            return start_in(place, [*words, str(file)], stdin=sound, **quiet)
    except OSError:
        return None


def _follow(
    program: "subprocess.Popen[str]", alarm: _Alarm, place: Session, player: Player
) -> bool:
    """Keep it loud until it ends; True when it was cut off because it is enough."""
    louder_at = time.monotonic()
    while program.poll() is None:
        if alarm.is_over(_GLANCE_S):
            _end(program)
            return True
        if time.monotonic() >= louder_at:
            player.mixer.turn_up(place)  # whoever turns it down hears it again soon
            louder_at = time.monotonic() + _LOUDER_EVERY_S
    return False


def _end(program: "subprocess.Popen[str]") -> None:
    host.end_group(program.pid)
    program.wait()
