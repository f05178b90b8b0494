"""How patient a trace of the way to an address is, on every system."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from ipaddress import ip_address

from shared.readings import Hop


@dataclass(frozen=True, slots=True)
class Limits:
    """`until` is a moment of time.monotonic()."""

    until: float
    hops: int = 20
    probes: int = 2
    wait_s: float = 1.0
    silent_hops: int = 5


def silent_end(hops: tuple[Hop, ...]) -> int:
    """How many hops at the end did not answer."""
    last = max((i for i, hop in enumerate(hops) if hop.ip is not None), default=-1)
    return len(hops) - 1 - last


def collect(told: Iterable[Hop], limits: Limits, clock: Callable[[], float]) -> tuple[Hop, ...]:
    """Hops as another program tells them, until there is no use in waiting for more."""
    hops: tuple[Hop, ...] = ()
    for hop in told:
        hops = (*hops, hop)
        if silent_end(hops) >= limits.silent_hops or clock() >= limits.until:
            break
    return hops


def is_ip(word: str) -> bool:
    try:
        return bool(ip_address(word.partition("%")[0]))
    except ValueError:
        return False
