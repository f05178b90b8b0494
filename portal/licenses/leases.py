"""The key that signs leases, and what a lease says of an account's license.

The key and the root's word on it stand in one file of the data folder, made by
`homeward-portal license vouch`; without it no laptop is told anything about a license.
"""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from licensing import meters
from licensing.issue import Issuer
from licensing.lease import GRACE, LENGTH, Lease
from licensing.meters import Usage
from licensing.rights import Action
from portal.licenses.operations import Holding
from portal.settings import Settings
from shared.crypto import SigningKey, sha256
from shared.encoding import b64, from_json, to_json, unb64

FILE = "lease-key.json"
NO_SEAT = "no-seat"  # instead of the license's state
SKEW = timedelta(days=1)  # by how much a laptop's clock may be behind
_ENTITLES = {"reports": Action.REPORT_HOURLY, "theft": Action.MARK_STOLEN}
_MS = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class Laptop:
    """Whom a lease is for; one that is not `seated` stands beyond the license."""

    id: bytes
    key: bytes
    seated: bool = True


def issuer(settings: Settings) -> Issuer | None:
    """Read anew each time: a key is vouched for again every few weeks, with the portal running."""
    try:
        said: dict[str, Any] = from_json((settings.data_dir / FILE).read_bytes())
    except FileNotFoundError:
        return None
    return Issuer(SigningKey.from_seed(unb64(said["seed"])), unb64(said["chain"]))


def write_issuer(folder: Path, seed: bytes, chain: bytes) -> None:
    """Replace the file, whole or not at all."""
    beside = folder / f".{FILE}.new"
    beside.touch(mode=0o600)
    beside.write_bytes(to_json({"seed": b64(seed), "chain": b64(chain)}))
    beside.replace(folder / FILE)


def lease(held: Holding, laptop: Laptop, usage: Usage, license_id: str, now: int) -> Lease:
    """What the laptop may show of the license for the next month."""
    entitled = frozenset(name for name, action in _ENTITLES.items() if held.may(action, now))
    beyond = "reports" in entitled and not laptop.seated
    if beyond:
        entitled -= {"reports"}
    usual = timedelta(minutes=5)
    every = meters.interval(held.tier, usage, usual)
    expires = now + LENGTH // _MS
    return Lease(
        license_id=license_id,
        device_id=laptop.id,
        device_key_hash=sha256(laptop.key),
        tier=held.tier.name,
        state=NO_SEAT if beyond else held.license.state.value,
        entitlements=entitled | ({"commands"} if entitled else frozenset()),
        issued=now,
        not_before=now - SKEW // _MS,
        expires=expires,
        grace_until=expires + GRACE // _MS,
        seq=now // 1000,
        theft_every_s=0 if every == usual else round(every.total_seconds()),
    )
