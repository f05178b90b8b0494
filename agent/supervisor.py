"""The resident process: sleeps, wakes on time, on another network or on a poke, spawns a beat,
ends what hangs.

Small on purpose: it imports only what stands here (a test watches), and knows nothing that matters.
It counts on the clock that neither sleep nor a changed time disturbs. The timeout of its waiting
does not count sleep, so none is longer than LONGEST_NAP_S: a laptop that slept notices with the
first message about its network, and at the latest then.
"""

from __future__ import annotations

import gc
import os
import sys
import time

from agent import kernel
from agent.rhythm import Rhythm
from agent.wake import Channel

DEADLINE_S, MERCY_S = 240, 10  # a beat that takes longer is asked to end, then killed
LONGEST_NAP_S = 120
NEXT = "next"


class Supervisor:
    """`program` is what it spawns, with one more word: why."""

    def __init__(self, private: str, program: list[str], deadline_s: float = DEADLINE_S) -> None:
        self._next = os.path.join(private, NEXT)  # noqa: PTH118  (pathlib would weigh too much)
        self._program = program
        self._deadline_s = deadline_s
        self._child: kernel.Child | None = None
        self._kill_at = 0.0
        self._rhythm = Rhythm(kernel.now(), kernel.sleep_so_far(), kernel.chance)
        self._channel: Channel | None = None
        self._stopping = False
        self._bell = kernel.bell(private)

    def run(self) -> None:
        """Until the system asks it to stop."""
        kernel.notify("READY=1")
        gc.collect()
        gc.freeze()
        while not self._stopping:
            self._act(kernel.now())
            self._nap()
            kernel.notify("WATCHDOG=1")
        self._end()

    @property
    def _listening(self) -> bool:
        return self._channel is not None and self._channel.listening

    def _act(self, now: float) -> None:
        if self._child:
            self._mind_child(self._child, now)
        if not self._child and (why := self._rhythm.reason(now, self._listening)):
            self._spawn(why, now)

    def _spawn(self, why: str, now: float) -> None:
        self._child = kernel.Child([*self._program, why])
        self._kill_at = now + self._deadline_s
        self._rhythm.began(now)

    def _mind_child(self, child: kernel.Child, now: float) -> None:
        code = child.exit_code()
        if code is not None:
            child.kill()  # whatever it started and left behind
            self._child = None
            said = _read_next(self._next) if code == 0 else {}
            self._rhythm.ended(now, said)
            self._listen(said, now)
        elif now >= self._kill_at + MERCY_S:
            child.kill()
        elif now >= self._kill_at:
            child.ask_to_end()

    def _listen(self, door: dict[str, str], now: float) -> None:
        if not {"ticket", "ip", "certificates"} <= door.keys():
            return
        if self._channel and not self._channel.over:
            self._channel.door = door
        else:
            self._channel = Channel(door, now)

    def _nap(self) -> None:
        channel = self._channel if self._channel and not self._channel.over else None
        line, events = (channel.fd, channel.events) if channel else (None, 0)
        rang, now = self._bell.wait(self._nap_ms(), line, events, self._child), kernel.now()
        self._stopping = "stop" in rang
        self._rhythm.notice_sleep(now, kernel.sleep_so_far())  # before what waking up brings
        if "asked" in rang:
            self._rhythm.ask("asked", now)
        if "network" in rang:
            self._rhythm.network_changed(now)
        if channel and channel.step(now, "line" in rang):
            self._rhythm.poked("wake", now)

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

    def _end(self) -> None:
        if self._channel:
            self._channel.close()
        if not self._child:
            return
        self._child.ask_to_end()
        until = kernel.now() + MERCY_S
        while self._child.exit_code() is None:
            if kernel.now() > until:
                self._child.kill()
            time.sleep(0.05)
        # What it started may be deaf to the question, or have begun in the moment between.
        self._child.kill()


def _read_next(path: str) -> dict[str, str]:
    """The "name value" lines a beat has left; {} where there are none."""
    try:
        with open(path, encoding="utf-8") as lines:  # noqa: PTH123  (no pathlib here)
            return dict(line.rstrip("\n").split(" ", 1) for line in lines if " " in line)
    except (OSError, ValueError):
        return {}


def serve(private: str, settings: str) -> None:
    if not kernel.only_one(private):
        sys.exit("The agent is running already. See: homeward-agent status")
    beat = [sys.executable, "-I", "-m", "agent.beat", "--settings", settings]
    Supervisor(private, beat).run()


if __name__ == "__main__":
    serve(*sys.argv[1:])
