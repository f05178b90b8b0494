"""Orders (owner -> laptop), protocol.md 4: the whole standing each time, with a serial.

The laptop, the portal and the owner's client all apply `accept`; only the laptop acts on it.
"""

import struct
from dataclasses import dataclass
from datetime import timedelta

from shared import crypto
from shared.encoding import to_json
from shared.errors import (
    Expired,
    Malformed,
    OutOfOrder,
    TooLarge,
    UnknownSigner,
    UnknownSuite,
    WrongDevice,
)
from shared.will import Signer, Standing, Theft, Will
from shared.will import read as read_will
from shared.will import to_json as will_to_json

# Whoever speaks of orders speaks of what stands in them.
__all__ = [
    "LONGEST_MANDATE", "MAX_JSON", "Orders", "Signer", "Standing", "Theft", "Will", "accept",
    "make", "parse", "prove_owner_change",
]  # fmt: skip

MAGIC = b"HWO1"
HEADER = struct.Struct(">4sB3s16sQ32s16sI")
MAX_JSON = 16 * 1024
LONGEST_MANDATE = timedelta(days=30)
FIRST_PREV = bytes(32)  # serial 1 follows nothing


@dataclass(frozen=True, slots=True)
class Orders:
    """An orders document taken apart. `raw` is what was signed and shipped.

    The JSON is read only when `will` is asked for, which `accept` does after the signature held.
    """

    device_id: bytes
    serial: int
    prev: bytes
    signer: bytes
    raw: bytes

    @property
    def will(self) -> Will:
        """What the owner wants; raises Malformed."""
        return read_will(self.raw[HEADER.size + crypto.SIGNATURE_SIZE :])

    @property
    def hash(self) -> bytes:
        """H of the whole document: the next one's `prev`."""
        return crypto.sha256(self.raw)

    def verify(self, public: bytes) -> None:
        """Check the signature with the key the caller trusts; raises BadSignature."""
        head, rest = self.raw[: HEADER.size], self.raw[HEADER.size :]
        signature, body = rest[: crypto.SIGNATURE_SIZE], rest[crypto.SIGNATURE_SIZE :]
        crypto.verify(public, "orders", signature, head, body)


def make(
    device_id: bytes, previous: Orders | None, will: Will, signer: crypto.SigningKey
) -> Orders:
    """Sign the next orders of a device (serial 1 where `previous` is None); raises TooLarge."""
    body = to_json(will_to_json(will))
    if len(body) > MAX_JSON:
        raise TooLarge(f"orders may have {MAX_JSON} bytes of JSON")
    serial = previous.serial + 1 if previous else 1
    prev = previous.hash if previous else FIRST_PREV
    head = HEADER.pack(
        MAGIC, crypto.SUITE, bytes(3), device_id, serial, prev, signer.id, len(body)
    )  # fmt: skip
    made = parse(head + signer.sign("orders", head, body) + body)
    _ = made.will  # what could not be read again must not be signed
    return made


def parse(raw: bytes) -> Orders:
    """Take one document apart; raises Malformed, UnknownSuite, TooLarge. Verifies nothing."""
    if len(raw) < HEADER.size + crypto.SIGNATURE_SIZE:
        raise Malformed("orders are cut off")
    magic, suite, zero, device_id, serial, prev, signer, size = HEADER.unpack_from(raw)
    if magic != MAGIC or any(zero):
        raise Malformed("not orders")
    if suite != crypto.SUITE:
        raise UnknownSuite(f"suite {suite} is not spoken here")
    if size > MAX_JSON:
        raise TooLarge(f"orders may have {MAX_JSON} bytes of JSON")
    body = raw[HEADER.size + crypto.SIGNATURE_SIZE :]
    if len(body) != size or serial < 1:
        raise Malformed("orders are not as long as they say, or have no serial")
    return Orders(device_id, serial, prev, signer, raw)


def accept(
    orders: Orders, held: Orders | None, device_id: bytes, pinned: bytes, now: int = 0
) -> None:
    """Check that `orders` are genuine and follow `held`.

    `pinned` is the OSK pinned at pairing; once orders are held, the owner is the one they name.
    `now` (ms) is the laptop's now*, so that a signer whose time has passed cannot date back.

    Order of checks: device, signer, signature, serial and prev, then the JSON: rights, mandate.
    Raises WrongDevice, UnknownSigner, BadSignature, OutOfOrder, Malformed, Expired.
    """
    if orders.device_id != device_id:
        raise WrongDevice("these orders are for another laptop")
    owner = held.will.owner if held else pinned
    key, until = _signing_key(orders, held, owner)
    orders.verify(key)
    serial = held.serial if held else 0
    if orders.serial != serial + 1 or orders.prev != (held.hash if held else FIRST_PREV):
        raise OutOfOrder(f"orders {orders.serial} do not follow orders {serial}")
    will = orders.will
    if until is not None and max(now, will.t) > until:
        raise UnknownSigner("signed by somebody whose time to give orders has passed")
    _check_rights(orders, held, owner)
    if will.theft and will.theft.until - will.t > LONGEST_MANDATE / timedelta(milliseconds=1):
        raise Expired("a mandate may reach at most 30 days ahead")


def _signing_key(orders: Orders, held: Orders | None, owner: bytes) -> tuple[bytes, int | None]:
    """(the key that signed, until when it may), None for a key whose time does not end."""
    if orders.signer == crypto.key_id(owner):
        return owner, None
    if held and orders.signer == crypto.key_id(held.will.recovery):
        return held.will.recovery, None
    for signer in held.will.signers if held else ():
        if orders.signer == crypto.key_id(signer.public) and "orders" in signer.may:
            return signer.public, signer.until
    raise UnknownSigner("signed by a key that may not give orders")


def _check_rights(orders: Orders, held: Orders | None, owner: bytes) -> None:
    """Who may change what: the recovery key may replace the owner, a signer may change no key."""
    will = orders.will
    if held is None:
        if will.owner != owner:
            raise UnknownSigner("the first orders name another owner")
        return
    old = held.will
    if orders.signer == crypto.key_id(old.recovery):
        if will.owner == old.owner:
            raise UnknownSigner("the recovery key may do nothing but replace the owner's key")
        return
    if will.owner != old.owner:
        crypto.verify(will.owner, "owner-change", will.owner_proof, orders.device_id, old.owner)
    if orders.signer != crypto.key_id(owner) and _reserved(will) != _reserved(old):
        raise UnknownSigner("only the owner may change keys, or how long evidence stays")


def prove_owner_change(device_id: bytes, old_owner: bytes, new: crypto.SigningKey) -> bytes:
    """The new owner key's consent, for `Will.owner_proof`: 64 bytes."""
    return new.sign("owner-change", device_id, old_owner)


def _reserved(will: Will) -> tuple[object, ...]:
    return (
        will.owner, will.recovery, will.vault_epoch, will.vault_key, will.signers, will.keep
    )  # fmt: skip
