"""Sightings (portal -> owner), protocol.md 7: what only the portal could see, sealed, forgotten."""

from dataclasses import dataclass
from typing import Any

from shared import crypto
from shared.disclosure import Disclosure, unpad
from shared.encoding import from_json, number, text, to_json
from shared.errors import BodyMismatch, Malformed


@dataclass(frozen=True, slots=True)
class Sighting:
    """Where a check-in came from. `received` in ms, `radius_km` how vague the city is.

    The city fields are None where the portal has no city database or it has no answer.
    """

    ip: str
    port: int
    received: int
    city: str | None = None
    country: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    radius_km: float | None = None
    asn: str | None = None
    database: str | None = None


def seal(sighting: Sighting, chain_hash: bytes, vault_key: bytes) -> tuple[bytes, bytes]:
    """(sealed bytes, commit): SEAL(VK, D("hpke/sighting") || chain_hash, padded JSON)."""
    # Not asdict: it copies deeply, and the portal does this once for every check-in.
    fields = {name: getattr(sighting, name) for name in Sighting.__slots__}
    disclosure = Disclosure.of(to_json(fields))
    sealed = crypto.seal(vault_key, "hpke/sighting", chain_hash, disclosure.padded())
    return sealed, disclosure.commit


def open_sighting(
    sealed: bytes, chain_hash: bytes, commit: bytes, vault_key: crypto.OpeningKey
) -> Sighting:
    """Open and check against the receipt's commit; raises CannotOpen, BodyMismatch, Malformed."""
    return _from_json(from_json(disclose(sealed, chain_hash, commit, vault_key).plaintext))


def disclose(
    sealed: bytes, chain_hash: bytes, commit: bytes, vault_key: crypto.OpeningKey
) -> Disclosure:
    """What the receipt's commit opens to, to show it to others; raises as `open_sighting`."""
    disclosure = unpad(vault_key.open("hpke/sighting", chain_hash, sealed))
    if not crypto.same(disclosure.commit, commit):
        raise BodyMismatch("the sighting is not the one the receipt commits to")
    return disclosure


def _from_json(data: dict[str, Any]) -> Sighting:
    try:
        return Sighting(
            ip=text(data["ip"]),
            port=number(data["port"], 0, 65535),
            received=number(data["received"]),
            latitude=_measured(data["latitude"]),
            longitude=_measured(data["longitude"]),
            radius_km=_measured(data["radius_km"]),
            **{name: _said(data[name]) for name in ("city", "country", "asn", "database")},
        )
    except KeyError as error:
        raise Malformed("a sighting lacks something") from error


def _said(value: Any) -> str | None:
    return None if value is None else text(value)


def _measured(value: Any) -> float | None:
    if value is None:
        return None
    if type(value) not in (int, float) or abs(value) > 1e6:
        raise Malformed("a sighting's number is not one")
    return float(value)
