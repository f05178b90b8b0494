"""What the portal has signed: receipts beside the rows, receipts a laptop quotes, sightings."""

from typing import Any

from owner.chain import Row, Shown
from owner.findings import Code, Finding, found
from shared import crypto, receipt
from shared.checkin import Head
from shared.encoding import unb64
from shared.errors import BadSignature, Malformed, ProtocolError
from shared.receipt import Receipt
from shared.sighting import Sighting, open_sighting

_NO_SIGHTING = bytes(32)


def check_beside(
    rows: list[Row], portal_keys: dict[bytes, bytes], findings: list[Finding]
) -> dict[int, Receipt]:
    """The receipts that hold, by the report they stand with; names what they leave uncovered."""
    held = {}
    for row in rows:
        if row.receipt is None:
            continue
        problem = _problem(row.receipt, row, portal_keys)
        if problem is None:
            held[row.seq] = row.receipt
        else:
            findings.append(problem)
    last = max(held, default=-1)
    bare = [row.seq for row in rows if row.seq > last]
    if bare:
        findings.append(found(Code.NO_RECEIPT, bare[0], first=bare[0], last=bare[-1]))
    return held


def _problem(signed: Receipt, row: Row, portal_keys: dict[bytes, bytes]) -> Finding | None:
    refusal = _refusal(signed, row.envelope.header.device_id, portal_keys)
    if refusal is not None:
        return found(refusal, row.seq)
    if (signed.seq, signed.chain_hash) != (row.seq, row.envelope.chain_hash):
        return found(Code.RECEIPT_CONTRADICTION, row.seq, about=signed.seq)
    return None


def _refusal(signed: Receipt, device_id: bytes, portal_keys: dict[bytes, bytes]) -> Code | None:
    public = portal_keys.get(signed.signer)
    if public is None:
        return Code.UNKNOWN_PORTAL_KEY
    try:
        signed.verify(public)
    except BadSignature:
        return Code.BAD_RECEIPT
    return None if signed.device_id == device_id else Code.BAD_RECEIPT


def covering(rows: list[Row], held: dict[int, Receipt]) -> dict[int, Receipt]:
    """For each report the receipt of the check-in that brought it: the first at or after it."""
    covered, following = {}, None
    for seq in sorted((row.seq for row in rows), reverse=True):
        following = held.get(seq, following)
        if following is not None:
            covered[seq] = following
    return covered


def check_quoted(
    record: dict[str, Any], row: Row, shown: Shown, portal_keys: dict[bytes, bytes]
) -> Finding | None:
    """A record quotes the last receipt its laptop had; what is shown now must agree."""
    quoted = record.get("receipt")
    if quoted is None:
        return None
    try:
        signed = receipt.parse(unb64(quoted))
    except (ProtocolError, TypeError, AttributeError):
        return found(Code.BAD_RECEIPT, row.seq)
    refusal = _refusal(signed, row.envelope.header.device_id, portal_keys)
    if refusal is not None:
        return found(refusal, row.seq)
    if signed.seq >= row.seq or shown.contradicts(Head(signed.seq, signed.chain_hash)):
        return found(Code.RECEIPT_CONTRADICTION, row.seq, about=signed.seq)
    return None


def open_beside(
    row: Row, held: Receipt | None, keys: list[crypto.OpeningKey], findings: list[Finding]
) -> Sighting | None:
    """What the portal saw of the check-in that this row ended."""
    if held is None or (row.sighting is None and held.sighting_commit == _NO_SIGHTING):
        return None
    if row.sighting is None:
        findings.append(found(Code.MISSING_SIGHTING, row.seq))
        return None
    for key in keys:
        try:
            return open_sighting(row.sighting, row.envelope.chain_hash, held.sighting_commit, key)
        except Malformed:
            break
        except ProtocolError:
            continue
    findings.append(found(Code.SIGHTING_MISMATCH, row.seq))
    return None
