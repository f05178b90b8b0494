"""This boot, and where the sensors' programs run (macOS).

A camera is for programs in the session of the person at the laptop, who allows it. launchd starts
them when the agent connects to their socket: packaging/launchd/.
"""

import os
import select
import sys
import threading
from contextlib import suppress
from pathlib import Path

from agent.hosts.asked import Ask, ask
from agent.kernel.macos import now

SETTINGS = Path("/Library/Application Support/Homeward/agent.toml")
# How a sound is played and a window shown here, in the order in which it is tried.
PLAYERS = ("macos",)
WINDOWS = ("tk", "box", "terminals")
BOX = "agent.hosts.macos_box"  # the program behind that word
SOCKETS = Path("/tmp")  # noqa: S108  (each is believed only where the person in front owns it)
_LAUNCHD = 1
_IN_SESSION = ("camera", "around")  # of agent/children


def boottime() -> float:
    """Seconds since boot, sleep counted."""
    return now()


def boot_id(asked: Ask = ask) -> str:
    """What tells this boot from any other."""
    return asked(["/usr/sbin/sysctl", "-n", "kern.bootsessionuuid"]).strip()


def end_with_parent() -> None:
    """End this process when the one that started it ends, however it ends."""
    parent = os.getppid()
    if parent != _LAUNCHD:
        threading.Thread(target=_end_after, args=(parent,), daemon=True).start()


def _end_after(parent: int) -> None:
    exits = select.kevent(parent, select.KQ_FILTER_PROC, select.KQ_EV_ADD, select.KQ_NOTE_EXIT)
    with suppress(ProcessLookupError):  # it has ended already
        select.kqueue().control([exits], 1)
    os._exit(1)


def program(module: str) -> list[str]:
    """The command that starts a sensor's program where it may look."""
    job = module.rpartition(".")[2]
    socket = SOCKETS / f"homeward-{job}.sock"
    if job in _IN_SESSION and _is_of_whoever_is_in_front(socket):
        return [sys.executable, "-I", "-m", "agent.hosts.macos_relay", str(socket)]
    return [sys.executable, "-I", "-m", module]


def _is_of_whoever_is_in_front(socket: Path, console: Path = Path("/dev/console")) -> bool:
    """The console belongs to whoever is signed in there. Others may put what they like in /tmp."""
    try:
        return socket.is_socket() and socket.stat().st_uid == console.stat().st_uid
    except OSError:
        return False
