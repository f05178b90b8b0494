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
from agent.wake import Channel

FIRST_PAUSE_S, LONGEST_PAUSE_S = 30, 600  # between tries when the portal does not answer
DEADLINE_S, MERCY_S = 240, 10  # a beat that takes longer is asked to end, then killed
SETTLE_S = 5  # one change of network comes as many messages
BURST, BURST_S = 3, 30  # beats that others may cause in a time: nobody keeps the laptop busy
SHORTEST_S = 1
LONGEST_NAP_S = 120
SLEPT_S = 10  # less is no sleep
USUAL_POLL_S = 900
LOCK = "supervisor.lock"
NEXT = "next"


class Supervisor:
    def __init__(self, private: str, settings: str) -> None:
        self._next = os.path.join(private, NEXT)  # noqa: PTH118  (pathlib would double the size)
        self._settings = settings
        self._child = 0
        self._kill_at = 0.0
        self._spawned = (-BURST_S * 1.0,) * BURST  # when the last ones were
        self._due = kernel.now()
        self._poll_due = self._due
        self._asked: tuple[str, float] | None = ("start", self._due)
        self._failures = 0
        self._channel: Channel | None = None
        self._stopping = False
        self._slept = kernel.sleep_so_far()
        self._network = kernel.networks()
        self._signals, self._nudge = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._netlink = kernel.network_messages()

    def run(self) -> None:
        signal.set_wakeup_fd(self._nudge)
        signal.signal(signal.SIGCHLD, lambda *_: None)  # the wakeup fd does the rest
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self._stop())
        signal.signal(signal.SIGHUP, lambda *_: self._ask("asked", kernel.now()))
        kernel.notify("READY=1")
        gc.collect()
        gc.freeze()
        while not self._stopping:
            self._act(kernel.now())
            self._nap()
            kernel.notify("WATCHDOG=1")
        self._end_child()

    def _stop(self) -> None:
        self._stopping = True

    def _ask(self, why: str, when: float) -> None:
        """Somebody wants a beat; the first wish counts until it is granted."""
        if self._asked is None or when < self._asked[1]:
            self._asked = (why, when)

    def _soonest(self, when: float) -> float:
        return max(when, self._spawned[0] + BURST_S)

    def _act(self, now: float) -> None:
        self._notice_sleep(now)
        if self._child:
            self._mind_child(now)
        if not self._child and (why := self._reason(now)):
            self._spawn(why, now)

    def _notice_sleep(self, now: float) -> None:
        slept = kernel.sleep_so_far()
        if slept - self._slept > SLEPT_S:
            self._failures = 0
            self._ask("woke", now + SETTLE_S)
        self._slept = slept

    def _reason(self, now: float) -> str | None:
        if self._asked and self._asked[1] <= now:
            return self._asked[0]
        return "due" if self._wanted() <= now else None

    def _wanted(self) -> float:
        """When to beat if nobody asks: at the next look, or sooner where nobody can poke us."""
        listening = self._channel is not None and self._channel.listening
        return self._due if listening else min(self._due, self._poll_due)

    def _spawn(self, why: str, now: float) -> None:
        self._asked = None
        arguments = [sys.executable, "-I", "-m", "agent.beat", "--settings", self._settings, why]
        environment = {name: text for name, text in os.environ.items() if name != "NOTIFY_SOCKET"}
        # A group of its own, so that what it starts can be ended with it.
        self._child = os.posix_spawn(sys.executable, arguments, environment, setpgroup=0)
        self._spawned, self._kill_at = (*self._spawned[1:], now), now + DEADLINE_S

    def _mind_child(self, now: float) -> None:
        pid, state = os.waitpid(self._child, os.WNOHANG)
        if pid:
            self._child = 0
            self._plan(now, good=os.waitstatus_to_exitcode(state) == 0)
        elif now >= self._kill_at:
            late = now >= self._kill_at + MERCY_S
            kernel.end_group(self._child, signal.SIGKILL if late else signal.SIGTERM)

    def _plan(self, now: float, good: bool) -> None:
        """After a beat: when the next one is, and where to listen until then."""
        said = _read_next(self._next) if good else {}
        wait = _number(said, "wait", LONGEST_PAUSE_S)
        if said.get("reached") == "yes":
            self._failures = 0
        else:
            self._failures += 1
            wait = min(wait, self._pause())
        self._due = now + max(SHORTEST_S, wait)
        poll = _number(said, "poll", USUAL_POLL_S)
        self._poll_due = now + poll * (1 + _number(said, "phase", 0) / 10) + 30 * kernel.chance()
        self._listen(said, now)

    def _pause(self) -> float:
        """Growing, and anywhere in its half: a portal that comes back is not stormed."""
        longest: float = min(LONGEST_PAUSE_S, FIRST_PAUSE_S << min(self._failures - 1, 10))
        return longest * (0.5 + kernel.chance() / 2)

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
            self._ask("wake", self._soonest(kernel.now()))

    def _nap_ms(self) -> int:
        now = kernel.now()
        until = [now + min(LONGEST_NAP_S, kernel.watchdog_s() / 2)]
        if self._child:
            until.append(self._kill_at if now < self._kill_at else now + MERCY_S)
        else:
            until.append(self._wanted())
            until += [self._asked[1]] if self._asked else []
        if self._channel and not self._channel.over:
            until.append(self._channel.due)
        return max(0, int((min(until) - now) * 1000) + 1)

    def _hear_network(self) -> None:
        """Many messages are about nothing: only another address or way out is another network."""
        kernel.drain(self._netlink)
        network = kernel.networks()
        if network != self._network:
            self._network = network
            self._failures = 0
            self._ask("network", self._soonest(kernel.now() + SETTLE_S))

    def _end_child(self) -> None:
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


def _number(said: dict[str, str], name: str, otherwise: float) -> float:
    try:
        return float(said[name])
    except (KeyError, ValueError):
        return otherwise


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
    _only_one(private)
    Supervisor(private, settings).run()


if __name__ == "__main__":
    main()
