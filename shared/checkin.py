"""The check-in's two halves that are not envelopes, protocol.md 7: who asks, what is answered."""

import re
from dataclasses import dataclass
from typing import Any

from shared import crypto
from shared.encoding import b64, binary, items, mapping, number, text, unb64
from shared.errors import Malformed

SCHEME = "Homeward"
NO_COMMAND = bytes(16)
LEASE_HEADER = "Homeward-Lease"  # its value: the seq of the lease the laptop has, 0 for none
GOODBYE = b"leave"  # signed in place of a body by a laptop that lets its owner go
_TOKEN = re.compile(
    r"Homeward ([0-9a-f]{32})\.([0-9]{1,16})\.([0-9]{1,16})\.([0-9a-f]{32})\.([A-Za-z0-9_-]{86})"
)


@dataclass(frozen=True, slots=True)
class Claim:
    """The Authorization header: which laptop, when by its clock (ms), and what it already knows.

    `last_command` is the id of the last command the laptop has dealt with, zeros for none; it
    lets the portal stop repeating (docs/decisions/0004).
    """

    device_id: bytes
    ms: int
    orders_serial: int
    last_command: bytes

    def signed_part(self, body: bytes) -> bytes:
        return b"".join((
            self.device_id,
            self.ms.to_bytes(8, "big"),
            crypto.sha256(body),
            self.orders_serial.to_bytes(8, "big"),
            self.last_command,
        ))  # fmt: skip


def authorize(claim: Claim, body: bytes, device_key: crypto.SigningKey) -> str:
    """The Authorization header's value for this body."""
    signature = device_key.sign("check-in", claim.signed_part(body))
    parts = (
        claim.device_id.hex(), str(claim.ms), str(claim.orders_serial),
        claim.last_command.hex(), b64(signature),
    )  # fmt: skip
    return f"{SCHEME} {'.'.join(parts)}"


def parse_authorization(value: str) -> tuple[Claim, bytes]:
    """(claim, signature); raises Malformed. The claim is only worth what `verify` says."""
    match = _TOKEN.fullmatch(value)
    if match is None:
        raise Malformed("the Authorization header is not a laptop's")
    device_id, ms, serial, last_command, signature = match.groups()
    claim = Claim(bytes.fromhex(device_id), int(ms), int(serial), bytes.fromhex(last_command))
    return claim, unb64(signature)


def verify(claim: Claim, signature: bytes, body: bytes, device_key: bytes) -> None:
    """Raises BadSignature."""
    crypto.verify(device_key, "check-in", signature, claim.signed_part(body))


@dataclass(frozen=True, slots=True)
class Head:
    """The last envelope the portal has stored of a device."""

    seq: int
    chain_hash: bytes


@dataclass(frozen=True, slots=True)
class Answer:
    """What a check-in brings back.

    `receipt` covers everything up to the head; `orders` are all that are newer than the serial
    the laptop knows, in order; `commands` all that wait; `head` is None before the first
    envelope; `you` is the address the portal saw; `wake` is a ticket for the wake channel;
    `lease` a word on the license (docs/licensing.md), for a laptop that asked for one.
    """

    receipt: bytes | None
    orders: tuple[bytes, ...]
    commands: tuple[bytes, ...]
    head: Head | None
    you: tuple[str, int]
    wake: str | None = None
    lease: str | None = None

    def to_json(self) -> dict[str, Any]:
        return {
            "receipt": self.receipt and b64(self.receipt),
            "orders": [b64(raw) for raw in self.orders],
            "commands": [b64(raw) for raw in self.commands],
            "head": self.head and {"seq": self.head.seq, "chain": b64(self.head.chain_hash)},
            "you": {"ip": self.you[0], "port": self.you[1]},
            "wake": self.wake,
            **({"lease": self.lease} if self.lease else {}),
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Answer":
        """Undo `to_json`; raises Malformed."""
        try:
            receipt, head, you = data["receipt"], data["head"], mapping(data["you"])
            return cls(
                receipt=None if receipt is None else binary(receipt),
                orders=tuple(binary(raw) for raw in items(data["orders"])),
                commands=tuple(binary(raw) for raw in items(data["commands"])),
                head=None if head is None else parse_head(head),
                you=(text(you["ip"]), number(you["port"], 0, 65535)),
                wake=None if data["wake"] is None else text(data["wake"]),
                lease=text(data["lease"]) if data.get("lease") else None,
            )
        except (KeyError, TypeError) as error:
            raise Malformed("the portal's answer lacks something") from error


def parse_head(data: dict[str, Any]) -> Head:
    """{"seq", "chain"} as answers and refusals carry it; raises Malformed."""
    try:
        return Head(number(data["seq"], 0, 2**64 - 1), binary(data["chain"], 32))
    except (KeyError, TypeError) as error:
        raise Malformed("the portal's head lacks something") from error
