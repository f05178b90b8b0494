"""What an owner wants of a laptop: the JSON inside orders (protocol.md 4)."""

from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from typing import Any

from shared import crypto
from shared.encoding import (
    b64,
    binary,
    flag,
    from_json,
    items,
    mapping,
    number,
    text,
)
from shared.errors import Malformed

NOTICE_AFTER_S = 24 * 3600
LONGEST_THEFT_MS = 180 * 24 * 3600 * 1000


KEEP_DAYS, KEEP_THEFT_DAYS = (7, 365), (30, 730)


class Standing(StrEnum):
    HOME = "home"
    STOLEN = "stolen"


@dataclass(frozen=True, slots=True)
class Theft:
    """The mandate. Times in Unix milliseconds; it ends by itself at `until`, see `ends`.

    `notice_after_s` is how long after `since` a notice covers the screen of whoever uses the
    laptop, 0 for at once. `confirmed` answers a laptop that said its usual user is back: the time
    it said, and so the owner says anew that it is stolen.
    """

    id: str
    since: int
    until: int
    interval_s: int = 300
    camera: bool = True
    traceroute: bool = True
    note: str = ""
    notice_after_s: int = NOTICE_AFTER_S
    confirmed: int = 0

    @property
    def ends(self) -> int:
        """However often it is renewed, half a year after it began it is over (ms)."""
        return min(self.until, self.since + LONGEST_THEFT_MS)

    def is_told(self, now: int) -> bool:
        """Whether whoever uses the laptop gets the notice by now: after a day at the latest."""
        return bool(self.confirmed) or now >= self.since + self.notice_after_s * 1000


@dataclass(frozen=True, slots=True)
class Keep:
    """How long the portal keeps what the laptop reported: `days` after it was received, and what
    belongs to a theft `theft_days` after that ended; what it received earlier than `before` (ms)
    not at all. With `hold` nothing goes by its age. See shared/keeping.py.
    """

    days: int = 90
    theft_days: int = 90
    before: int = 0
    hold: bool = False


@dataclass(frozen=True, slots=True)
class Signer:
    """Somebody else who may sign: `may` names what ("orders", "command"), until when (ms)."""

    public: bytes
    may: tuple[str, ...]
    until: int
    label: str


@dataclass(frozen=True, slots=True)
class Will:
    """What the owner wants: the JSON of an orders document.

    `t` is when it was signed (ms). `drill_days` is how often the laptop drills by itself, 0 for
    never. `owner_proof` is the new owner key's signature where the owner changes without the
    recovery key, else empty.
    """

    standing: Standing
    t: int
    owner: bytes
    recovery: bytes
    vault_epoch: int
    vault_key: bytes
    theft: Theft | None = None
    watch_interval_s: int = 3600
    drill_days: int = 0
    keep: Keep = Keep()
    signers: tuple[Signer, ...] = ()
    thresholds: dict[str, Any] = field(default_factory=dict)
    owner_proof: bytes = b""


def to_json(will: Will) -> dict[str, Any]:
    theft = will.theft
    return {
        "standing": will.standing.value,
        "t": will.t,
        "theft": theft and _theft_to_json(theft),
        "watch": {
            "interval_s": will.watch_interval_s,
            **({"drill_days": will.drill_days} if will.drill_days else {}),
        },
        **({"keep": _keep_to_json(will.keep)} if will.keep != Keep() else {}),
        "vault": {"epoch": will.vault_epoch, "pk": b64(will.vault_key)},
        "owner": b64(will.owner),
        "recovery": b64(will.recovery),
        "signers": [
            {"pk": b64(s.public), "may": list(s.may), "until": s.until, "label": s.label}
            for s in will.signers
        ],
        "thresholds": will.thresholds,
        **({"owner_proof": b64(will.owner_proof)} if will.owner_proof else {}),
    }


@lru_cache(maxsize=64)
def read(body: bytes) -> Will:
    """Raises Malformed."""
    return _from_json(from_json(body))


def _from_json(data: dict[str, Any]) -> Will:
    try:
        standing = Standing(data["standing"])
        theft = _theft_from_json(data["theft"])
        will = Will(
            standing=standing,
            t=number(data["t"]),
            owner=binary(data["owner"], crypto.KEY_SIZE),
            recovery=binary(data["recovery"], crypto.KEY_SIZE),
            vault_epoch=number(data["vault"]["epoch"], 1, 2**32 - 1),
            vault_key=binary(data["vault"]["pk"], crypto.KEY_SIZE),
            theft=theft,
            watch_interval_s=number(data["watch"]["interval_s"], 60, 86400),
            drill_days=number(data["watch"].get("drill_days", 0), 0, 366),
            keep=_keep_from_json(data["keep"]) if "keep" in data else Keep(),
            signers=tuple(_signer_from_json(s) for s in items(data["signers"])),
            thresholds=mapping(data["thresholds"]),
            owner_proof=binary(data.get("owner_proof", "")),
        )
    except Malformed:
        raise
    except (KeyError, TypeError, ValueError) as error:
        raise Malformed("orders lack something, or say it in the wrong form") from error
    if (standing is Standing.STOLEN) != (theft is not None):
        raise Malformed("stolen and a theft go together")
    return will


def _theft_to_json(theft: Theft) -> dict[str, Any]:
    """What says nothing new is left out: an agent of before reads the rest."""
    said = {name: getattr(theft, name) for name in Theft.__slots__}
    usual = {"notice_after_s": NOTICE_AFTER_S, "confirmed": 0}
    return {name: value for name, value in said.items() if usual.get(name) != value}


def _theft_from_json(data: Any) -> Theft | None:
    if data is None:
        return None
    return Theft(
        id=text(data["id"]),
        since=number(data["since"]),
        until=number(data["until"]),
        interval_s=number(data["interval_s"], 60, 86400),
        camera=flag(data["camera"]),
        traceroute=flag(data["traceroute"]),
        note=text(data["note"]),
        notice_after_s=number(data.get("notice_after_s", NOTICE_AFTER_S), 0, NOTICE_AFTER_S),
        confirmed=number(data.get("confirmed", 0)),
    )


def _keep_to_json(keep: Keep) -> dict[str, Any]:
    return {name: getattr(keep, name) for name in Keep.__slots__}


def _keep_from_json(data: Any) -> Keep:
    return Keep(
        days=number(data["days"], *KEEP_DAYS),
        theft_days=number(data["theft_days"], *KEEP_THEFT_DAYS),
        before=number(data["before"]),
        hold=flag(data["hold"]),
    )


def _signer_from_json(data: Any) -> Signer:
    may = tuple(text(right) for right in items(data["may"]))
    return Signer(
        binary(data["pk"], crypto.KEY_SIZE), may, number(data["until"]), text(data["label"])
    )
