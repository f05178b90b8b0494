"""How patient a trace of the way to an address is, on every system."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """`until` is a moment of time.monotonic()."""

    until: float
    hops: int = 20
    probes: int = 2
    wait_s: float = 1.0
    silent_hops: int = 5
