"""Turns the volume up while an alarm sounds, and back to what it was."""

import re
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from agent.hosts.session import Session, start_in

Words = tuple[str, ...]
_PIPEWIRE, _PULSE = "@DEFAULT_AUDIO_SINK@", "@DEFAULT_SINK@"
_OSASCRIPT = ("/usr/bin/osascript", "-e")
_LOUDNESS = (sys.executable, "-I", "-m", "agent.hosts.windows_loudness")
_PATIENCE_S = 2.0


@dataclass(frozen=True, slots=True)
class Mixer:
    """`asks` print how loud it is; `back` makes of that what sets it so again, or nothing."""

    asks: tuple[Words, ...]
    louder: tuple[Words, ...]
    back: Callable[[str], tuple[Words, ...]]

    def before(self, place: Session) -> tuple[Words, ...]:
        """What will put it back. Without a mixer it is as loud as it is."""
        return self.back("".join(_said(place, words) for words in self.asks))

    def turn_up(self, place: Session) -> None:
        set_to(place, self.louder)


def set_to(place: Session, how: Sequence[Words]) -> None:
    for words in how:
        _said(place, words)


def _said(place: Session, words: Words) -> str:
    """What it printed, in English; nothing where there is no such program, or it hangs."""
    english = replace(place, environment={**place.environment, "LC_ALL": "C"})
    streams = {"stdin": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with suppress(OSError):
        program = start_in(english, list(words), stdout=subprocess.PIPE, **streams)
        try:
            return program.communicate(timeout=_PATIENCE_S)[0]
        except subprocess.TimeoutExpired:
            program.kill()
            program.communicate()
    return ""


def _pipewire_back(said: str) -> tuple[Words, ...]:
    found = re.search(r"Volume: ([\d.]+)( \[MUTED\])?", said)
    if not found:
        return ()
    muted = "1" if found[2] else "0"
    return (
        ("wpctl", "set-volume", _PIPEWIRE, found[1]),
        ("wpctl", "set-mute", _PIPEWIRE, muted),
    )


def _pulse_back(said: str) -> tuple[Words, ...]:
    channels = re.findall(r"(\d+) +/ +\d+%", said)
    if not channels:
        return ()
    muted = "1" if "Mute: yes" in said else "0"
    return (
        ("pactl", "set-sink-volume", _PULSE, *channels),
        ("pactl", "set-sink-mute", _PULSE, muted),
    )


def _alsa_back(said: str) -> tuple[Words, ...]:
    channels = re.findall(r"Playback (\d+) .*\[(on|off)\]", said)
    if not channels:
        return ()
    volumes = ",".join(volume for volume, _ in channels)
    muted = "unmute" if any(state == "on" for _, state in channels) else "mute"
    return (("amixer", "-q", "sset", "Master", volumes, muted),)


def _macos_back(said: str) -> tuple[Words, ...]:
    found = re.search(r"output volume:(\d+),.*output muted:(true|false)", said)
    if not found:
        return ()
    muted = "with" if found[2] == "true" else "without"
    return ((*_OSASCRIPT, f"set volume output volume {found[1]} {muted} output muted"),)


def _windows_back(said: str) -> tuple[Words, ...]:
    found = re.search(r"volume:([\d.]+) muted:([01])", said)
    return ((*_LOUDNESS, found[1], found[2]),) if found else ()


PIPEWIRE = Mixer(
    asks=(("wpctl", "get-volume", _PIPEWIRE),),
    louder=(("wpctl", "set-mute", _PIPEWIRE, "0"), ("wpctl", "set-volume", _PIPEWIRE, "1.0")),
    back=_pipewire_back,
)
PULSE = Mixer(
    asks=(("pactl", "get-sink-volume", _PULSE), ("pactl", "get-sink-mute", _PULSE)),
    louder=(("pactl", "set-sink-mute", _PULSE, "0"), ("pactl", "set-sink-volume", _PULSE, "100%")),
    back=_pulse_back,
)
ALSA = Mixer(
    asks=(("amixer", "sget", "Master"),),
    louder=(("amixer", "-q", "sset", "Master", "100%", "unmute"),),
    back=_alsa_back,
)
MACOS = Mixer(
    asks=((*_OSASCRIPT, "get volume settings"),),
    louder=((*_OSASCRIPT, "set volume output volume 100 without output muted"),),
    back=_macos_back,
)
WINDOWS = Mixer(asks=(_LOUDNESS,), louder=((*_LOUDNESS, "1.0", "0"),), back=_windows_back)
