"""Slowing down whoever tries too often, in rows, so that every process counts together.

A key is an HMAC under the pepper: the table tells nobody who tried, or from where.
"""

import ipaddress
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete
from sqlalchemy.orm import Session

from portal.accounts.models import Throttle
from portal.problems import Problem
from shared.crypto import domain, hmac_sha256

_MS = timedelta(milliseconds=1)
FORGOTTEN_MS = timedelta(hours=1) // _MS


@dataclass(frozen=True, slots=True)
class Limit:
    """After `free` tries within the hour each further one waits, twice as long every time."""

    use: str
    free: int
    longest: timedelta

    def wait_ms(self, tries: int) -> int:
        if tries < self.free:
            return 0
        doubled = timedelta(seconds=1 << min(tries - self.free, 20))
        return min(doubled, self.longest) // _MS


# Short for one email: the owner must get in on her bad day, also while somebody else guesses.
EMAIL = Limit("email", free=10, longest=timedelta(seconds=15))
# Longer for the second factor: whoever fails here already has the password.
SECOND = Limit("second", free=5, longest=timedelta(minutes=15))
PREFIX = Limit("prefix", free=50, longest=timedelta(minutes=15))
REGISTER = Limit("register", free=200, longest=timedelta(minutes=15))
PAIR = Limit("pair", free=200, longest=timedelta(minutes=15))


@dataclass(frozen=True, slots=True)
class Watched:
    """One key under one limit."""

    limit: Limit
    key: bytes


def watch(limit: Limit, pepper: bytes, whom: str) -> Watched:
    """`whom` is an email or a network prefix."""
    key = hmac_sha256(pepper, domain(f"throttle/{limit.use}"), whom.encode())
    return Watched(limit, key)


def prefix_of(address: str | None) -> str:
    """The network an address belongs to: /24 for IPv4, /64 for IPv6, which one line may fill."""
    try:
        ip = ipaddress.ip_address(address or "")
    except ValueError:
        return "unknown"
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped:
        ip = ip.ipv4_mapped
    return str(ipaddress.ip_network((ip, 24 if ip.version == 4 else 64), strict=False))


def check(session: Session, watched: tuple[Watched, ...], now: int) -> None:
    """Raises Problem slow-down while any of them has to wait."""
    waits = [_left_ms(session.get(Throttle, one.key), one.limit, now) for one in watched]
    if longest := max(waits):
        raise Problem(
            429, "slow-down", "Too many tries. Wait a little, then try again.",
            retry_after_s=-(-longest // 1000),
        )  # fmt: skip


def _left_ms(row: Throttle | None, limit: Limit, now: int) -> int:
    if row is None or row.last + FORGOTTEN_MS <= now:
        return 0
    return max(0, row.last + limit.wait_ms(row.tries) - now)


def count(session: Session, watched: tuple[Watched, ...], now: int) -> None:
    """One more try by each."""
    for one in watched:
        row = session.get(Throttle, one.key)
        if row is None:
            row = Throttle(key=one.key, tries=0, last=now)
            session.add(row)
        elif row.last + FORGOTTEN_MS <= now:
            row.tries = 0
        row.tries, row.last = row.tries + 1, now


def forget(session: Session, watched: Watched) -> None:
    """It was the owner after all."""
    session.execute(delete(Throttle).where(Throttle.key == watched.key))


def purge(session: Session, now: int) -> None:
    session.execute(delete(Throttle).where(Throttle.last <= now - FORGOTTEN_MS))
