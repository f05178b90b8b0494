"""Promo codes: so much less, for so many, until then, once for each account."""

from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal

from licensing.errors import BadPromo


@dataclass(frozen=True, slots=True)
class Promo:
    """`percent` off the first period; `limit` how often in all; ms; `tiers` empty for every one."""

    code: str
    percent: int
    limit: int
    begins: int
    ends: int
    tiers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Use:
    """What is asked: for which tier, when (ms), and how often the code was used already."""

    tier: str
    now: int
    used: int
    used_by_account: bool


def normal(typed: str) -> str:
    """As codes are stored, whatever was typed."""
    return "".join(typed.upper().split())


def reduced(promo: Promo, minor: int, use: Use) -> int:
    """What is left of a price in minor units; raises BadPromo."""
    if not promo.begins <= use.now < promo.ends:
        raise BadPromo("This code is not valid today. Buy without it, or use another.")
    if promo.tiers and use.tier not in promo.tiers:
        raise BadPromo("This code is for another license. Choose that one, or buy without it.")
    if use.used_by_account:
        raise BadPromo("This account has used this code already. Buy without it.")
    if use.used >= promo.limit:
        raise BadPromo("This code has been used up. Buy without it, or use another.")
    off = (Decimal(minor) * promo.percent / 100).quantize(Decimal(1), ROUND_HALF_EVEN)
    return minor - int(off)
