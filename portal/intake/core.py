"""What makes a check-in acceptable, in the order of protocol.md 7: no web and no database here."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from shared import checkin, crypto, envelope, media
from shared.checkin import Claim, Head
from shared.envelope import Attachment, Envelope, Kind
from shared.errors import Malformed, TooLarge, WrongDevice

MAX_BODY = 1024 * 1024
MAX_FORKS = 1000  # each costs its sender a signature and us at most 64 KiB
DAILY_BYTES = 1024**3  # envelopes and the files they list, for each laptop and day
CLOCK_SLACK_MS = 5 * 60 * 1000
_MAX_SEQ = 2**63 - 1  # what a database's integer holds


@dataclass(frozen=True, slots=True)
class Sent:
    """One envelope whose signature holds; `files` are the media it lists."""

    envelope: Envelope
    chain_hash: bytes
    files: tuple[Attachment, ...]

    @property
    def seq(self) -> int:
        return self.envelope.header.seq

    @property
    def cost(self) -> int:
        """Bytes it takes or will take of the day's quota."""
        body = self.envelope.body or b""
        return envelope.SKELETON_SIZE + len(body) + sum(file.size for file in self.files)


@dataclass(frozen=True, slots=True)
class CheckIn:
    """A check-in that its laptop has signed. `peer` is where it came from, `received` in ms."""

    claim: Claim
    envelopes: tuple[Sent, ...]
    peer: tuple[str, int]
    received: int

    @property
    def fresh(self) -> bool:
        """Whether its clock agrees with ours: an old one may be a replay by somebody else."""
        return abs(self.claim.ms - self.received) <= CLOCK_SLACK_MS


@dataclass(frozen=True, slots=True)
class Request:
    """A check-in as it came, its Authorization read but not yet believed.

    `lease` is the seq of the lease its laptop has, where it asks for a newer one.
    """

    claim: Claim
    signature: bytes
    body: bytes
    peer: tuple[str, int]
    received: int
    lease: int | None = None


def read(authorization: str, body: bytes, peer: tuple[str, int], received: int) -> Request:
    """Raises TooLarge, Malformed."""
    if len(body) > MAX_BODY:
        raise TooLarge("a check-in may have 1 MiB; send the envelopes in several")
    claim, signature = checkin.parse_authorization(authorization)
    if claim.orders_serial > _MAX_SEQ:
        raise Malformed("no orders have such a serial")
    return Request(claim, signature, body, peer, received)


def accept(request: Request, device_key: bytes) -> CheckIn:
    """Check every length, name and signature of a request; raises a ProtocolError.

    `device_key` is the laptop's, found by the device id of the claim.
    """
    envelopes = tuple(envelope.parse_many(request.body))
    checkin.verify(request.claim, request.signature, request.body, device_key)
    sent = tuple(check(one, request.claim.device_id, device_key) for one in envelopes)
    if any(later.seq <= one.seq for one, later in pairwise(sent)):
        raise Malformed("envelopes must come oldest first")
    return CheckIn(request.claim, sent, request.peer, request.received)


def check(one: Envelope, device_id: bytes, device_key: bytes) -> Sent:
    """One envelope of this laptop; raises a ProtocolError."""
    if one.header.device_id != device_id:
        raise WrongDevice("an envelope of another laptop")
    if one.header.seq > _MAX_SEQ:
        raise Malformed("no laptop has written so many records")
    one.verify(device_key)
    # A file over the limit can never be uploaded, so it need not be expected.
    files = tuple(file for file in one.attachments() if file.size <= media.MAX_SIZE)
    return Sent(one, one.chain_hash, files)


class Place(StrEnum):
    """Where an envelope stands to what is stored."""

    NEXT = "next"
    KNOWN = "known"
    FORK = "fork"


@dataclass(frozen=True, slots=True)
class Past:
    """What has been stored of one device, asked only where needed.

    `chain_hash` of an older seq or None, `is_orders` whether some orders of the device have this
    hash, `first_orders` the hash of its orders serial 1.
    """

    chain_hash: Callable[[int], bytes | None]
    is_orders: Callable[[bytes], bool]
    first_orders: Callable[[], bytes | None]


def place(sent: Sent, head: Head | None, past: Past) -> Place:
    """Whether an envelope continues the head, was stored before, or is a fork.

    After lost state a segment may start at any higher seq; a gap never passes unnoticed, since
    the owner's client names it. "seq <= head" alone would not mean "stored": hence the look-up.
    """
    header = sent.envelope.header
    if head and header.seq <= head.seq:
        return Place.KNOWN if past.chain_hash(header.seq) == sent.chain_hash else Place.FORK
    if header.kind is Kind.SEGMENT_START:
        follows = past.is_orders(header.prev)
    elif head is None:
        follows = header.seq == 0 and header.prev == past.first_orders()
    else:
        follows = header.seq == head.seq + 1 and crypto.same(header.prev, head.chain_hash)
    return Place.NEXT if follows else Place.FORK
