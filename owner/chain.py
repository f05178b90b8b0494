"""The laptop's chain of envelopes as the portal shows it: whose, unchanged, complete, in order."""

from dataclasses import dataclass, replace
from typing import Any

from owner.directory import Pins
from owner.findings import Code, Finding, found
from shared import crypto, envelope, receipt
from shared.checkin import Head
from shared.encoding import unb64
from shared.envelope import Envelope, Kind
from shared.errors import BadSignature, ProtocolError
from shared.receipt import Receipt


@dataclass(frozen=True, slots=True)
class Row:
    """One envelope with what the portal put beside it."""

    envelope: Envelope
    receipt: Receipt | None = None
    sighting: bytes | None = None

    @property
    def seq(self) -> int:
        return self.envelope.header.seq


def read_rows(raw: list[Any], findings: list[Finding]) -> list[Row]:
    """What can be read at all."""
    rows = []
    for number, item in enumerate(raw):
        try:
            row = Row(envelope.parse(unb64(item["envelope"])))
        except (ProtocolError, KeyError, TypeError, AttributeError):
            findings.append(found(Code.MALFORMED, row=number))
            continue
        rows.append(_with_receipt(row, item, findings))
    return rows


def _with_receipt(row: Row, item: dict[str, Any], findings: list[Finding]) -> Row:
    """A receipt that cannot be read must not cost the report it stands with."""
    try:
        signed, sighting = item.get("receipt"), item.get("sighting")
        return replace(
            row,
            receipt=None if signed is None else receipt.parse(unb64(signed)),
            sighting=None if sighting is None else unb64(sighting),
        )
    except (ProtocolError, TypeError, AttributeError):
        findings.append(found(Code.BAD_RECEIPT, row.seq))
        return row


def genuine(rows: list[Row], pins: Pins, findings: list[Finding]) -> list[Row]:
    """The rows this laptop signed, each place once, in the laptop's order.

    A row whose body is not the signed one keeps its place in the chain and loses the body.
    """
    kept: dict[int, Row] = {}
    highest = -1
    for row in rows:
        refusal = _refusal(row, pins)
        if refusal is not None:
            findings.append(found(refusal, row.seq))
        elif row.seq in kept:
            same = kept[row.seq].envelope.chain_hash == row.envelope.chain_hash
            findings.append(found(Code.REPLAYED if same else Code.FORK, row.seq))
        else:
            if row.seq < highest:
                findings.append(found(Code.REORDERED, row.seq))
            highest = max(highest, row.seq)
            kept[row.seq] = _with_body_checked(row, findings)
    return [kept[seq] for seq in sorted(kept)]


def _refusal(row: Row, pins: Pins) -> Code | None:
    if row.envelope.header.device_id != pins.device_id:
        return Code.GRAFTED
    try:
        row.envelope.without_body().verify(pins.offer.device_key)
    except BadSignature:
        return Code.BAD_SIGNATURE
    return None


def _with_body_checked(row: Row, findings: list[Finding]) -> Row:
    sealed = row.envelope
    if sealed.body is None:
        findings.append(found(Code.ERASED_BODY, row.seq))
    elif crypto.sha256(sealed.body) != sealed.header.body_hash:
        findings.append(found(Code.BODY_MISMATCH, row.seq))
        return replace(row, envelope=sealed.without_body())
    return row


@dataclass(frozen=True, slots=True)
class Start:
    """A walk begins behind report `seq` (-1: at the first), whose chain hash this is.

    `orders` are the hashes of all genuine orders: a new segment follows one of them.
    """

    seq: int
    chain_hash: bytes | None
    orders: frozenset[bytes]


def link(rows: list[Row], start: Start, findings: list[Finding]) -> None:
    """Name every break between the rows, which are genuine and sorted."""
    expected, previous = start.seq + 1, start.chain_hash
    for row in rows:
        finding = _break(row, expected, previous, start.orders)
        if finding is not None:
            findings.append(finding)
        if row.seq >= expected:
            expected, previous = row.seq + 1, row.envelope.chain_hash


def _break(
    row: Row, expected: int, previous: bytes | None, orders: frozenset[bytes]
) -> Finding | None:
    header = row.envelope.header
    if row.seq < expected:
        return found(Code.REPLAYED, row.seq)
    if header.kind is Kind.SEGMENT_START:
        # Its number is meant to jump, so nothing here says whether reports stood between; the
        # mark and the receipts its laptop quotes may.
        return found(Code.SEGMENT_START if header.prev in orders else Code.FORK, row.seq)
    if row.seq > expected:
        return found(Code.GAP, first=expected, last=row.seq - 1)
    if previous is not None and header.prev != previous:
        return found(Code.FORK, row.seq)
    return None


@dataclass(frozen=True, slots=True)
class Shown:
    """The chain hash of every report shown, by seq, and of the one the walk began `after`."""

    hashes: dict[int, bytes]
    after: int

    def contradicts(self, mark: Head) -> bool:
        """Whether this report, once seen or signed for, is missing now or another."""
        return mark.seq >= self.after and self.hashes.get(mark.seq) != mark.chain_hash


def shown(rows: list[Row], start: Start) -> Shown:
    hashes = {row.seq: row.envelope.chain_hash for row in rows}
    if start.chain_hash is not None:
        hashes[start.seq] = start.chain_hash
    return Shown(hashes, start.seq)


def against_marks(shown: Shown, marks: tuple[Head | None, ...]) -> list[Finding]:
    """Compare with the highest report ever checked here, and with the head the portal claims."""
    last = max(shown.hashes, default=-1)
    for mark in filter(None, marks):
        if mark.seq > last:
            return [found(Code.TRUNCATED, mark.seq, found=last)]
        if shown.contradicts(mark):
            return [found(Code.ROLLBACK, mark.seq)]
    return []


def against_forks(raw: list[Any], shown: Shown, pins: Pins, findings: list[Finding]) -> list[Row]:
    """The forks the portal kept: those that this laptop signed and that differ from the chain."""
    forks = []
    for row in read_rows(raw, findings):
        refusal = _refusal(row, pins)
        if refusal is not None:
            findings.append(found(refusal, row.seq))
        elif shown.hashes.get(row.seq) != row.envelope.chain_hash:
            findings.append(found(Code.FORK, row.seq))
            forks.append(row)
    return forks
