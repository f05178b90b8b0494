"""Leases (portal -> laptop): a signed word on the license, believed offline for its time.

    HWL1.<b64url(chain)>.<b64url(payload)>.<b64url(signature)>

`chain` is the root's word on the key that signs leases; the root's public half is pinned in the
agent. Both signatures are Ed25519 under labels of their own (docs/licensing.md), the algorithm is
not for the document to choose. A lease tells nothing about a person, and orders nothing: it widens
what is offered, never what is looked at.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from licensing.errors import LeaseRefused
from shared import crypto
from shared.encoding import binary, from_json, items, mapping, number, text, unb64
from shared.errors import ProtocolError

PREFIX = "HWL1"
LONGEST = 4096  # characters
LENGTH = timedelta(days=30)
GRACE = timedelta(days=14)
LONGEST_CHAIN = timedelta(days=90)
AUDIENCE = "homeward-agent"
ENTITLEMENTS = frozenset({"reports", "theft", "commands"})


@dataclass(frozen=True, slots=True)
class Lease:
    """What the laptop may show of its license. Times in ms; `seq` never falls.

    `device_key_hash` is SHA-256 of the laptop's public signing key: another laptop's lease is
    worth nothing. `state` and `tier` are names for people. `theft_every_s` is how often a stolen
    laptop reports at most: a limit that was passed makes it slower, never silent.
    """

    license_id: str
    device_id: bytes
    device_key_hash: bytes
    tier: str
    state: str
    entitlements: frozenset[str]
    issued: int
    not_before: int
    expires: int
    grace_until: int
    seq: int
    theft_every_s: int = 0

    def covers(self, now: int) -> bool:
        """Whether hourly reports are within it, its grace included."""
        return "reports" in self.entitlements and now < self.grace_until


def read(
    token: str, *, roots: Collection[bytes], device_key: bytes, now: int, least_seq: int
) -> Lease:
    """Check and read a lease; raises LeaseRefused.

    `roots` are the pinned public keys (the present and the next), `now` the highest time ever
    signed or the clock, whichever is later, `least_seq` that of the last lease believed.
    """
    try:
        chain, payload, signature = _parts(token)
        key = _online_key(chain, roots, now)
        crypto.verify(key, "lease", signature, payload)
        lease = _from_json(from_json(payload))
    except ProtocolError as error:
        raise LeaseRefused(f"This lease is not believed: {error}") from error
    _belongs(lease, device_key, now, least_seq)
    return lease


def _parts(token: str) -> tuple[bytes, bytes, bytes]:
    if len(token) > LONGEST:
        raise LeaseRefused("This lease is too long to be one.")
    prefix, *parts = token.split(".")
    if prefix != PREFIX or len(parts) != 3:
        raise LeaseRefused("This is not a lease.")
    chain, payload, signature = map(unb64, parts)
    return chain, payload, signature


def _online_key(chain: bytes, roots: Collection[bytes], now: int) -> bytes:
    """The key the root vouches for; raises ProtocolError, LeaseRefused."""
    signature, said = chain[: crypto.SIGNATURE_SIZE], chain[crypto.SIGNATURE_SIZE :]
    _by_any(roots, signature, said)
    data = from_json(said)
    _require(data.get("use") == "lease", "its key may not sign leases")
    begins, ends = number(data.get("from")), number(data.get("until"))
    _require(ends - begins <= _ms(LONGEST_CHAIN), "its key is vouched for too long")
    _require(begins <= now < ends, "its key is not in force")
    return binary(data.get("public"), crypto.KEY_SIZE)


def _by_any(roots: Collection[bytes], signature: bytes, said: bytes) -> None:
    for root in roots:
        try:
            crypto.verify(root, "lease-key", signature, said)
        except ProtocolError:
            continue
        return
    raise LeaseRefused("No root this laptop knows vouches for this lease.")


def _belongs(lease: Lease, device_key: bytes, now: int, least_seq: int) -> None:
    _require(lease.device_key_hash == crypto.sha256(device_key), "it is another laptop's")
    _require(lease.not_before <= now, "its time has not come")
    _require(now < lease.grace_until, "its time is over")
    _require(lease.seq >= least_seq, "a newer one was believed before")


def _from_json(data: dict[str, Any]) -> Lease:
    _require(data.get("v") == 1 and data.get("aud") == AUDIENCE, "it is for somebody else")
    times = mapping(data.get("times"))
    said = [text(one) for one in items(data.get("ent"))]
    return Lease(
        license_id=text(data.get("lid")),
        device_id=binary(data.get("dev"), 16),
        device_key_hash=binary(data.get("dpk"), 32),
        tier=text(data.get("tier")),
        state=text(data.get("state")),
        entitlements=ENTITLEMENTS & set(said),
        issued=number(times.get("issued")),
        not_before=number(times.get("from")),
        expires=number(times.get("until")),
        grace_until=number(times.get("grace")),
        seq=number(data.get("seq")),
        theft_every_s=number(data.get("slow", 0), 0, 86400),
    )


def _require(holds: bool, why: str) -> None:
    if not holds:
        raise LeaseRefused(f"This lease is not believed: {why}.")


def _ms(length: timedelta) -> int:
    return round(length.total_seconds() * 1000)
