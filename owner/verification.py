"""From what the portal hands over to evidence an owner may believe, protocol.md 9, in its order.

Pure: bytes and pins in, records and findings out. A bad record is named beside what is good; it
never stops the rest.
"""

from dataclasses import dataclass, field, replace
from typing import Any

from owner import chain, orderchain, receipts
from owner.chain import Row, Shown, Start
from owner.directory import Directory, Pins
from owner.findings import BY_CHOICE, Code, Finding, found
from owner.orderchain import OrderChain
from shared import crypto
from shared.checkin import Head
from shared.disclosure import Disclosure
from shared.encoding import unb64
from shared.errors import BodyMismatch, Malformed, ProtocolError
from shared.keeping import DAY_MS, keeping
from shared.readings import parse_record
from shared.receipt import Receipt
from shared.sighting import Sighting


@dataclass(frozen=True, slots=True)
class Handed:
    """What the portal handed over of one laptop, unchecked. `records` are all after `after`."""

    orders: list[Any]
    records: list[Any]
    forks: list[Any] = field(default_factory=list)
    head: Head | None = None
    offer: str | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """One genuine report: `record` and `disclosure` are None where it could not be opened.

    `receipt` is the one that covers it; `sighting` stands with the last report of a check-in.
    """

    row: Row
    record: dict[str, Any] | None
    disclosure: Disclosure | None
    receipt: Receipt | None
    sighting: Sighting | None

    @property
    def seq(self) -> int:
        return self.row.seq

    @property
    def moment(self) -> int:
        """When it was made by the laptop's clock, or else received (ms); 0 if neither is known."""
        if self.record is not None:
            return int(self.record["t"])
        return self.receipt.received if self.receipt else 0


@dataclass(frozen=True, slots=True)
class Result:
    """`high` is the new mark, or None where what was shown must not move it. `let_go` are the
    reports whose content is gone because their owner's orders say so.
    """

    evidence: tuple[Evidence, ...]
    forks: tuple[Evidence, ...]
    findings: tuple[Finding, ...]
    orders: OrderChain
    high: Head | None
    let_go: frozenset[int] = frozenset()

    @property
    def verified(self) -> bool:
        """Everything shown is genuine, in order and complete but for losses named by name."""
        return all(finding.is_loss for finding in self.findings)

    def moves(self, pins: Pins) -> Pins:
        """The pins after this: genuine newer orders, and the mark."""
        return self.orders.pin(pins).with_high(self.high)

    @property
    def last(self) -> Head | None:
        """The last report shown, to go on behind."""
        if not self.evidence:
            return None
        return Head(self.evidence[-1].seq, self.evidence[-1].row.envelope.chain_hash)

    def since(self, moment: int) -> "Result":
        """Only what the laptop dated at or after `moment` (ms); the findings stay whole."""
        later = tuple(one for one in self.evidence if one.moment >= moment)
        return replace(self, evidence=later)

    def with_findings(self, more: list[Finding]) -> "Result":
        return replace(self, findings=(*self.findings, *more))


@dataclass(frozen=True, slots=True)
class Trust:
    """What the checks stand on: the owner's directory and private keys, nothing of the portal's."""

    directory: Directory
    pins: Pins
    keys: dict[bytes, crypto.OpeningKey]

    @property
    def portal_keys(self) -> dict[bytes, bytes]:
        return {crypto.key_id(key.public): key.public for key in self.directory.portal_keys}

    def vault_keys(self) -> list[crypto.OpeningKey]:
        return [self.keys[kid] for kid in self.pins.vaults.values() if kid in self.keys]


def verify(handed: Handed, trust: Trust, now: int, after: Head | None = None) -> Result:
    """Check everything, at `now` (ms). `after` starts behind a report that was verified before.

    Without `after` the walk starts at the first report, whose `prev` is orders serial 1.
    """
    findings: list[Finding] = []
    orders = orderchain.check(handed.orders, trust.pins, trust.directory)
    findings += [*orders.findings, *offer_changed(handed.offer, trust.pins)]
    start = _start(orders, after)
    rows = chain.genuine(chain.read_rows(handed.records, findings), trust.pins, findings)
    chain.link(rows, start, findings)
    shown = chain.shown(rows, start)
    held = receipts.check_beside(rows, trust.portal_keys, findings)
    proof = _Proof(held, receipts.covering(rows, held))
    opened = [_open(row, proof, trust, findings) for row in rows]
    for evidence in opened:
        findings += _contradictions(evidence, shown, orders, trust)
    findings += chain.against_marks(shown, (trust.pins.high, handed.head))
    high = _new_mark(rows, findings)
    forks = chain.against_forks(handed.forks, shown, trust.pins, findings)
    spurs = [_open(row, _Proof({}, {}), trust, findings) for row in forks]
    let_go = _let_go(opened, orders, now)
    kept = tuple(f for f in findings if f.code not in BY_CHOICE or f.seq not in let_go)
    return Result(tuple(opened), tuple(spurs), kept, orders, high, let_go)


def _let_go(opened: list[Evidence], orders: OrderChain, now: int) -> frozenset[int]:
    """Dated by signed receipts, so that a portal cannot pass off what is new as old. Its clock may
    be a day ahead of ours.
    """
    wills = [document.will for document in orders.orders]
    if not wills:
        return frozenset()
    asked = keeping(wills, now + DAY_MS)
    empty = [(one.seq, one.receipt) for one in opened if one.row.envelope.body is None]
    return frozenset(seq for seq, by in empty if by and asked.may_be_gone(by.received))


def offer_changed(offer: Any, pins: Pins) -> list[Finding]:
    """The portal's own table of laptops is never used; that it differs is still worth knowing."""
    try:
        same = offer is None or unb64(offer) == pins.offer.raw
    except (Malformed, TypeError, AttributeError):
        same = False
    return [] if same else [found(Code.DEVICE_KEY_CHANGED)]


def _start(orders: OrderChain, after: Head | None) -> Start:
    hashes = frozenset(document.hash for document in orders.orders)
    if after is not None:
        return Start(after.seq, after.chain_hash, hashes)
    return Start(-1, orders.orders[0].hash if orders.orders else None, hashes)


@dataclass(frozen=True, slots=True)
class _Proof:
    """Receipts by report: those that stand with one, and those that cover one."""

    held: dict[int, Receipt]
    covering: dict[int, Receipt]


def _open(row: Row, proof: _Proof, trust: Trust, findings: list[Finding]) -> Evidence:
    covered = proof.covering.get(row.seq)
    sighting = receipts.open_beside(row, proof.held.get(row.seq), trust.vault_keys(), findings)
    if row.envelope.body is None:
        return Evidence(row, None, None, covered, sighting)
    kid = trust.pins.vaults.get(row.envelope.header.epoch, b"")
    try:
        disclosure = row.envelope.open(trust.keys[kid])
        record = parse_record(disclosure.plaintext)
    except BodyMismatch:
        findings.append(found(Code.COMMIT_MISMATCH, row.seq))
    except (ProtocolError, KeyError):
        findings.append(found(Code.CANNOT_OPEN, row.seq))
    else:
        return Evidence(row, record, disclosure, covered, sighting)
    return Evidence(row, None, None, covered, sighting)


def _contradictions(
    evidence: Evidence, shown: Shown, orders: OrderChain, trust: Trust
) -> list[Finding]:
    """What the laptop says it heard from the portal, against what the portal shows."""
    if evidence.record is None:
        return []
    quoted = receipts.check_quoted(evidence.record, evidence.row, shown, trust.portal_keys)
    contradictions = [] if quoted is None else [quoted]
    serial = evidence.record.get("orders_serial")
    if isinstance(serial, int) and serial > len(orders.orders):
        contradictions.append(found(Code.ORDERS_WITHHELD, evidence.seq, serial=serial))
    return contradictions


_STALLS = frozenset({Code.ROLLBACK, Code.TRUNCATED, Code.FORK})


def _new_mark(rows: list[Row], findings: list[Finding]) -> Head | None:
    if not rows or any(finding.code in _STALLS for finding in findings):
        return None
    return Head(rows[-1].seq, rows[-1].envelope.chain_hash)
