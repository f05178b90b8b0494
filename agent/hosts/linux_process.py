"""This boot, and how programs are started and end (Linux)."""

import signal
import sys
import time
from pathlib import Path

SETTINGS = Path("/etc/homeward/agent.toml")
# How a sound is played and a window shown here, in the order in which it is tried.
PLAYERS = ("pipewire", "pulse", "alsa")
WINDOWS = ("tk", "zenity", "notification", "terminals")
BOX = ""  # no program of our own besides Tk

_PR_SET_PDEATHSIG = 1  # linux/prctl.h


def boottime() -> float:
    """Seconds since boot, sleep counted."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def boot_id(file: Path = Path("/proc/sys/kernel/random/boot_id")) -> str:
    """What tells this boot from any other."""
    return file.read_text().strip()


def end_with_parent() -> None:
    """Have the kernel kill this process when the thread that started it ends, however it ends."""
    # Imported here: only the sensors' short-lived programs need it.
    import ctypes

    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def program(module: str) -> list[str]:
    """The command that starts a sensor's program where it may look."""
    return [sys.executable, "-I", "-m", module]
