"""Pairing, protocol.md 3: the agent pins its owner without trusting the portal.

Both ends derive everything from one secret S that travels on a screen, never through the portal.
"""

import os
from dataclasses import dataclass

from shared import crypto
from shared.encoding import crockford, uncrockford
from shared.errors import BadMac, Malformed

SECRET_SIZE = 15  # 24 Crockford characters, 6 x 4
MAC_SIZE = 32
VALID_S = 600  # ten minutes, one use
_OFFER_VERSION = 1
_OFFER_SIZE = 1 + 2 * crypto.KEY_SIZE


@dataclass(frozen=True, slots=True)
class Secret:
    """S, the code a person carries from the laptop's screen to the owner's client."""

    value: bytes

    @classmethod
    def generate(cls) -> "Secret":
        return cls(os.urandom(SECRET_SIZE))

    @classmethod
    def from_code(cls, code: str) -> "Secret":
        """Read the code as typed; raises Malformed."""
        return cls(uncrockford(code, SECRET_SIZE))

    @property
    def code(self) -> str:
        """Six groups of four."""
        return crockford(self.value)

    @property
    def rid(self) -> bytes:
        """The mailbox's name, 16 bytes: all the portal learns of S."""
        return crypto.hkdf(self.value, "pair/rid", 16)

    def mac_offer(self, offer: bytes) -> bytes:
        """HMAC(Kd, offer), 32 bytes: made by the laptop."""
        return crypto.hmac_sha256(crypto.hkdf(self.value, "pair/device", 32), offer)

    def mac_orders(self, orders: bytes) -> bytes:
        """HMAC(Ko, orders), 32 bytes: made by the owner's client."""
        return crypto.hmac_sha256(crypto.hkdf(self.value, "pair/owner", 32), orders)

    def check_offer(self, offer: bytes, mac: bytes) -> None:
        """Raises BadMac."""
        if not crypto.same(self.mac_offer(offer), mac):
            raise BadMac("this offer does not come from the laptop that shows the code")

    def check_orders(self, orders: bytes, mac: bytes) -> None:
        """Raises BadMac."""
        if not crypto.same(self.mac_orders(orders), mac):
            raise BadMac("these orders do not come from the owner who has the code")


@dataclass(frozen=True, slots=True)
class Offer:
    """The laptop's public keys: DSK signs envelopes, DXK receives commands."""

    device_key: bytes
    command_key: bytes

    @property
    def raw(self) -> bytes:
        """01 || DSK_pk || DXK_pk, 65 bytes."""
        return bytes([_OFFER_VERSION]) + self.device_key + self.command_key

    @property
    def device_id(self) -> bytes:
        """16 bytes that certify these keys: H(D("homeward/v1/device-id") || offer)[:16]."""
        return crypto.sha256(crypto.domain("device-id"), self.raw)[:16]


def parse_offer(raw: bytes) -> Offer:
    """Raises Malformed."""
    if len(raw) != _OFFER_SIZE or raw[0] != _OFFER_VERSION:
        raise Malformed("not a laptop's offer of version 1")
    return Offer(raw[1:33], raw[33:])


def fingerprint(owner_key: bytes) -> str:
    """What laptop, portal and owner client all show: 80 bits of H(D(fingerprint) || OSK_pk)."""
    return crockford(crypto.sha256(crypto.domain("fingerprint"), owner_key)[:10])
