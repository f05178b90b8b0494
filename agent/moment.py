"""One reading of the laptop's clocks: every beat happens at a moment."""

import time
from dataclasses import dataclass

from agent.hosts import host


@dataclass(frozen=True, slots=True)
class Moment:
    """`t` is the wall clock in ms and may lie; `boottime` (seconds, sleep counted) only grows until
    the next boot, which `boot_id` tells apart.
    """

    t: int
    boottime: float
    boot_id: str


def read() -> Moment:
    return Moment(time.time_ns() // 1_000_000, host.boottime(), host.boot_id())
