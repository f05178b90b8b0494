"""Commands (owner -> laptop), protocol.md 5: one-off wishes whose content the portal cannot see."""

import os
import struct
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from shared import crypto
from shared.encoding import from_json, to_json
from shared.errors import BodyMismatch, Malformed, TooLarge, UnknownSuite, WrongDevice

MAGIC = b"HWC1"
HEADER = struct.Struct(">4sBBH16s16s16sQQQQ32sI")
MAX_BODY = 16 * 1024
_SEALED_CONTEXT = 88  # header bytes before body_hash
_BLOCK = 512


class Wish(StrEnum):
    ALARM = "alarm"
    MESSAGE = "message"
    LOCK = "lock"
    WIPE = "wipe"
    REPORT_NOW = "report-now"
    DRILL = "drill"
    LEAVE = "leave"


@dataclass(frozen=True, slots=True)
class Terms:
    """The signed clear part. Times in Unix milliseconds; `counter` rises for each signer."""

    device_id: bytes
    counter: int
    issued: int
    expires: int
    orders_serial: int


@dataclass(frozen=True, slots=True)
class Command:
    """A parsed command; not yet verified."""

    terms: Terms
    id: bytes
    signer: bytes
    body_hash: bytes
    raw: bytes

    @property
    def _body(self) -> bytes:
        return self.raw[HEADER.size + crypto.SIGNATURE_SIZE :]

    def check_device(self, device_id: bytes) -> None:
        """Raises WrongDevice."""
        if self.terms.device_id != device_id:
            raise WrongDevice("this command is for another laptop")

    def verify(self, public: bytes) -> None:
        """Check signature, then body hash, with the signer's key the caller trusts.

        Raises BadSignature, BodyMismatch.
        """
        header = self.raw[: HEADER.size]
        signature = self.raw[HEADER.size :][: crypto.SIGNATURE_SIZE]
        crypto.verify(public, "command", signature, header)
        if crypto.sha256(self._body) != self.body_hash:
            raise BodyMismatch("the command's content is not the one that was signed")

    def open(self, command_key: crypto.OpeningKey) -> tuple[Wish, dict[str, Any]]:
        """(wish, its parameters) as the laptop; raises CannotOpen, Malformed."""
        opened = command_key.open("hpke/command", self.raw[:_SEALED_CONTEXT], self._body)
        body = from_json(opened)
        try:
            return Wish(body.pop("wish")), body
        except (KeyError, ValueError, TypeError) as error:
            raise Malformed("a wish this version does not know") from error


def make(
    terms: Terms,
    wish: Wish,
    parameters: dict[str, Any],
    command_key: bytes,
    signer: crypto.SigningKey,
) -> Command:
    """Seal a wish to the laptop's DXK and sign it; raises TooLarge."""
    body = to_json({"wish": wish.value, **parameters})
    body += b" " * (-len(body) % _BLOCK)  # white space after JSON hides which wish it is
    command_id = os.urandom(16)
    context = HEADER.pack(
        MAGIC, crypto.SUITE, 0, 0, terms.device_id, command_id, signer.id, terms.counter,
        terms.issued, terms.expires, terms.orders_serial, bytes(32), 0,
    )[:_SEALED_CONTEXT]  # fmt: skip
    sealed = crypto.seal(command_key, "hpke/command", context, body)
    if len(sealed) > MAX_BODY:
        raise TooLarge(f"a command may have {MAX_BODY} bytes")
    header = context + crypto.sha256(sealed) + struct.pack(">I", len(sealed))
    return parse(header + signer.sign("command", header) + sealed)


def parse(raw: bytes) -> Command:
    """Read one command; raises Malformed, UnknownSuite, TooLarge. Verifies nothing."""
    if len(raw) < HEADER.size + crypto.SIGNATURE_SIZE:
        raise Malformed("a command is cut off")
    (magic, suite, zero, flags, device_id, command_id, signer, counter, issued, expires,
     serial, body_hash, size) = HEADER.unpack_from(raw)  # fmt: skip
    if magic != MAGIC or zero or flags:
        raise Malformed("not a command")
    if suite != crypto.SUITE:
        raise UnknownSuite(f"suite {suite} is not spoken here")
    if size > MAX_BODY:
        raise TooLarge(f"a command may have {MAX_BODY} bytes")
    if len(raw) != HEADER.size + crypto.SIGNATURE_SIZE + size:
        raise Malformed("a command is not as long as it says")
    terms = Terms(device_id, counter, issued, expires, serial)
    return Command(terms, command_id, signer, body_hash, raw)
