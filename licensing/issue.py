"""The private half of leases: the root vouches for a key, the key signs. The portal's alone."""

from dataclasses import dataclass

from licensing.lease import AUDIENCE, LONGEST, PREFIX, Lease
from shared.crypto import SigningKey
from shared.encoding import b64, to_json


@dataclass(frozen=True, slots=True)
class Issuer:
    """The online key and the root's word on it, as `vouch` gave it."""

    key: SigningKey
    chain: bytes

    def issue(self, lease: Lease) -> str:
        """The token a laptop's `lease.read` believes."""
        payload = to_json(_to_json(lease))
        parts = (self.chain, payload, self.key.sign("lease", payload))
        token = ".".join((PREFIX, *map(b64, parts)))
        if len(token) > LONGEST:
            raise ValueError(f"a lease of {len(token)} characters")
        return token


def vouch(root: SigningKey, public: bytes, begins: int, ends: int) -> bytes:
    """The root's word that this key signs leases from `begins` to `ends` (ms): 64 bytes, JSON."""
    said = to_json({"use": "lease", "public": b64(public), "from": begins, "until": ends})
    return root.sign("lease-key", said) + said


def _to_json(lease: Lease) -> dict[str, object]:
    return {
        "v": 1,
        "aud": AUDIENCE,
        "lid": lease.license_id,
        "dev": b64(lease.device_id),
        "dpk": b64(lease.device_key_hash),
        "tier": lease.tier,
        "state": lease.state,
        "ent": sorted(lease.entitlements),
        "times": {
            "issued": lease.issued,
            "from": lease.not_before,
            "until": lease.expires,
            "grace": lease.grace_until,
        },
        "seq": lease.seq,
        **({"slow": lease.theft_every_s} if lease.theft_every_s else {}),
    }
