"""What the portal adds to a check-in: a signed receipt, and a sealed sighting (protocol.md 7)."""

from collections.abc import Callable
from dataclasses import asdict, dataclass

from portal.geoip import City
from portal.intake.core import CheckIn, Sent
from shared import receipt, sighting
from shared.crypto import SigningKey
from shared.sighting import Sighting

Lookup = Callable[[str], City | None]


@dataclass(frozen=True, slots=True)
class Testimony:
    receipt: bytes
    sighting: bytes


@dataclass(frozen=True, slots=True)
class Witness:
    """`city` finds where an address is; the address goes into the sealed bytes, nowhere else."""

    receipt_key: SigningKey
    city: Lookup

    def testify(self, check_in: CheckIn, last: Sent, vault_key: bytes) -> Testimony:
        """For the last new envelope of a check-in; raises Malformed for a useless vault key."""
        ip, port = check_in.peer
        city = self.city(ip)
        where = asdict(city) if city else {}
        seen = Sighting(ip=ip, port=port, received=check_in.received, **where)
        sealed, commit = sighting.seal(seen, last.chain_hash, vault_key)
        raw = receipt.make(
            check_in.claim.device_id, last.seq, last.chain_hash, check_in.received, commit,
            self.receipt_key,
        )  # fmt: skip
        return Testimony(raw, sealed)
