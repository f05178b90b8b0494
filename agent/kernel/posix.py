"""Linux and macOS: signals, process groups and poll()."""

from __future__ import annotations

import _socket
import fcntl
import os
import select
import signal

TYPE_CHECKING = False  # typing itself would cost the supervisor a megabyte
if TYPE_CHECKING:
    from typing import Protocol

    class Network(Protocol):
        """Something to poll, and what its messages come to."""

        def fileno(self) -> int: ...
        def changed(self) -> bool: ...


LOCK = "supervisor.lock"


class Bell:
    """What the resident process sleeps on. From now on SIGTERM stops, SIGHUP asks for a beat."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._rang: set[str] = set()
        self._signals, nudge = os.pipe()
        for end in (self._signals, nudge):
            os.set_blocking(end, False)
        signal.set_wakeup_fd(nudge)
        signal.signal(signal.SIGCHLD, lambda *_: None)  # the wakeup fd does the rest
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self._rang.add("stop"))
        signal.signal(signal.SIGHUP, lambda *_: self._rang.add("asked"))

    def wait(self, ms: int, line: int | None, events: int, child: Child | None) -> set[str]:
        """What rang: stop, asked, network, line. Ends early when the child ends, too."""
        del child  # its end comes as a signal
        poll = select.poll()
        poll.register(self._signals, select.POLLIN)
        poll.register(self._network.fileno(), select.POLLIN)
        if line is not None:
            poll.register(line, events)
        ready = {fd for fd, _ in poll.poll(ms)}
        if self._signals in ready:
            os.read(self._signals, 4096)
        rang, self._rang = self._rang, set()
        if line in ready:
            rang.add("line")
        if self._network.fileno() in ready and self._network.changed():
            rang.add("network")
        return rang


class Child:
    """A program in a group of its own, so that whatever it starts can be ended with it."""

    def __init__(self, command: list[str]) -> None:
        environment = {name: text for name, text in os.environ.items() if name != "NOTIFY_SOCKET"}
        self._pid = os.posix_spawn(command[0], command, environment, setpgroup=0)

    def exit_code(self) -> int | None:
        """None while it runs. Call no more once it has been told."""
        pid, state = os.waitpid(self._pid, os.WNOHANG)
        return os.waitstatus_to_exitcode(state) if pid else None

    def ask_to_end(self) -> None:
        self._signal(signal.SIGTERM)

    def kill(self) -> None:
        """With everything it started, also what it left behind."""
        self._signal(signal.SIGKILL)

    def _signal(self, number: int) -> None:
        try:
            os.killpg(self._pid, number)
        except ProcessLookupError:
            return
        except PermissionError:
            return  # macOS says so of a group of which only the ended child is left


def chance() -> float:
    return int.from_bytes(os.urandom(4), "big") / 2**32


def only_one(private: str) -> bool:
    """One supervisor for each state folder; the kernel ends the lock with its process."""
    # Whoever finds the lock held may send it; until there is a bell it must not end the process.
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    path = os.path.join(private, LOCK)  # noqa: PTH118  (no pathlib here)
    file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def watchdog_s() -> float:
    return int(os.environ.get("WATCHDOG_USEC", "0")) / 1e6 or 3600


def notify(word: str) -> None:
    """sd_notify(3), where a service manager listens."""
    address = os.environ.get("NOTIFY_SOCKET")
    if not address or (word.startswith("WATCHDOG") and "WATCHDOG_USEC" not in os.environ):
        return
    manager = _socket.socket(_socket.AF_UNIX, _socket.SOCK_DGRAM)
    try:
        manager.connect("\0" + address[1:] if address.startswith("@") else address)
        manager.send(word.encode())
    except OSError:
        return
    finally:
        manager.close()
