"""The resident process: sleeps, wakes on time, on another network or on a poke, spawns a beat,
ends what hangs.

Small on purpose: it imports only what stands here (a test watches), and knows nothing that matters.
It counts on CLOCK_BOOTTIME, which neither sleep nor a changed clock disturbs. The timeout of poll()
does not count sleep, so none is longer than LONGEST_NAP_S: a laptop that slept notices with the
first message about its network, and at the latest then.
"""

from __future__ import annotations

import fcntl
import gc
import os
import select
import signal
import sys
import time

from agent import kernel
from agent.rhythm import Rhythm
from agent.wake import Channel

DEADLINE_S, MERCY_S = 240, 10  # a beat that takes longer is asked to end, then killed
LONGEST_NAP_S = 120
LOCK = "supervisor.lock"
NEXT = "next"


class Supervisor:
    """`program` is what it spawns, with one more word: why."""

    def __init__(self, private: str, program: list[str], deadline_s: float = DEADLINE_S) -> None:
        self._next = os.path.join(private, NEXT)  # noqa: PTH118  (pathlib would weigh too much)
        self._program = program
        self._deadline_s = deadline_s
        self._child = 0
        self._kill_at = 0.0
        self._rhythm = Rhythm(kernel.now(), kernel.sleep_so_far(), kernel.chance)
        self._channel: Channel | None = None
        self._stopping = False
        self._network = kernel.networks()
        self._signals, self._nudge = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._netlink = kernel.network_messages()

    def run(self) -> None:
        """Until SIGTERM; SIGHUP asks for a beat."""
        signal.set_wakeup_fd(self._nudge)
        signal.signal(signal.SIGCHLD, lambda *_: None)  # the wakeup fd does the rest
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self._stop())
        signal.signal(signal.SIGHUP, lambda *_: self._rhythm.ask("asked", kernel.now()))
        kernel.notify("READY=1")
        gc.collect()
        gc.freeze()
        while not self._stopping:
            self._act(kernel.now())
            self._nap()
            kernel.notify("WATCHDOG=1")
        self._end()

    def _stop(self) -> None:
        self._stopping = True

    @property
    def _listening(self) -> bool:
        return self._channel is not None and self._channel.listening

    def _act(self, now: float) -> None:
        self._rhythm.notice_sleep(now, kernel.sleep_so_far())
        if self._child:
            self._mind_child(now)
        if not self._child and (why := self._rhythm.reason(now, self._listening)):
            self._spawn(why, now)

    def _spawn(self, why: str, now: float) -> None:
        environment = {name: text for name, text in os.environ.items() if name != "NOTIFY_SOCKET"}
        # A group of its own, so that what it starts can be ended with it.
        self._child = os.posix_spawn(
            self._program[0], [*self._program, why], environment, setpgroup=0
        )
        self._kill_at = now + self._deadline_s
        self._rhythm.began(now)

    def _mind_child(self, now: float) -> None:
        pid, state = os.waitpid(self._child, os.WNOHANG)
        if pid:
            # Whatever it started and left behind goes with it.
            kernel.end_group(self._child, signal.SIGKILL)
            self._child = 0
            said = _read_next(self._next) if os.waitstatus_to_exitcode(state) == 0 else {}
            self._rhythm.ended(now, said)
            self._listen(said, now)
        elif now >= self._kill_at:
            late = now >= self._kill_at + MERCY_S
            kernel.end_group(self._child, signal.SIGKILL if late else signal.SIGTERM)

    def _listen(self, door: dict[str, str], now: float) -> None:
        if not {"ticket", "ip", "certificates"} <= door.keys():
            return
        if self._channel and not self._channel.over:
            self._channel.door = door
        else:
            self._channel = Channel(door, now)

    def _nap(self) -> None:
        poll, channel = select.poll(), self._channel
        poll.register(self._signals, select.POLLIN)
        poll.register(self._netlink.fileno(), select.POLLIN)
        heard_on = channel.fd if channel and not channel.over else None
        if channel and heard_on is not None:
            poll.register(heard_on, channel.events)
        ready = {fd for fd, _ in poll.poll(self._nap_ms())}
        if self._signals in ready:
            os.read(self._signals, 4096)
        if self._netlink.fileno() in ready:
            self._hear_network()
        if channel and channel.step(kernel.now(), heard_on in ready):
            self._rhythm.poked("wake", kernel.now())

    def _nap_ms(self) -> int:
        now = kernel.now()
        until = [now + min(LONGEST_NAP_S, kernel.watchdog_s() / 2)]
        if self._child:
            until.append(self._kill_at if now < self._kill_at else now + MERCY_S)
        else:
            until.append(self._rhythm.next(self._listening))
        if self._channel and not self._channel.over:
            until.append(self._channel.due)
        return max(0, int((min(until) - now) * 1000) + 1)

    def _hear_network(self) -> None:
        """Many messages are about nothing: only another address or way out is another network."""
        kernel.drain(self._netlink)
        network = kernel.networks()
        if network != self._network:
            self._network = network
            self._rhythm.network_changed(kernel.now())

    def _end(self) -> None:
        if self._channel:
            self._channel.close()
        if not self._child:
            return
        kernel.end_group(self._child, signal.SIGTERM)
        until = kernel.now() + MERCY_S
        while os.waitpid(self._child, os.WNOHANG) == (0, 0):
            if kernel.now() > until:
                kernel.end_group(self._child, signal.SIGKILL)
            time.sleep(0.05)


def _read_next(path: str) -> dict[str, str]:
    """The "name value" lines a beat has left; {} where there are none."""
    try:
        with open(path, encoding="utf-8") as lines:  # noqa: PTH123  (no pathlib here)
            return dict(line.rstrip("\n").split(" ", 1) for line in lines if " " in line)
    except (OSError, ValueError):
        return {}


def _only_one(private: str) -> None:
    """One supervisor for each state folder; the kernel ends the lock with its process."""
    path = os.path.join(private, LOCK)  # noqa: PTH118  (no pathlib here)
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        sys.exit("The agent is running already. See: homeward-agent status")


def main() -> None:
    private, settings = sys.argv[1:]
    # Whoever finds the lock held may send it; until `run` listens it must not end the process.
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    _only_one(private)
    beat = [sys.executable, "-I", "-m", "agent.beat", "--settings", settings]
    Supervisor(private, beat).run()


if __name__ == "__main__":
    main()
