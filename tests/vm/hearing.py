"""Listens to what QEMU recorded of the laptop's loudspeaker."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from agent.session.sound import TONES_HZ

RATE, CHANNELS, HEADER = 44_100, 2, 44  # QEMU's own; the header is true only once QEMU has ended
__all__ = ["TONES_HZ", "Heard", "length", "listen"]


@dataclass(frozen=True, slots=True)
class Heard:
    """The greatest sample, of 32767, and the frequency that carries the most."""

    peak: int
    hertz: float


def length(recording: Path) -> int:
    """In bytes of sound."""
    return max(0, recording.stat().st_size - HEADER)


def listen(recording: Path, since: int) -> Heard:
    """What came after the first `since` bytes."""
    raw = recording.read_bytes()[HEADER + since :]
    frames = np.frombuffer(raw[: len(raw) // 4 * 4], "<i2").reshape(-1, CHANNELS)
    assert len(frames), "nothing was played"
    left = frames[:, 0].astype(np.float64)
    loudest = int(np.argmax(np.abs(np.fft.rfft(left))[1:])) + 1
    return Heard(int(np.abs(left).max()), loudest * RATE / len(left))
