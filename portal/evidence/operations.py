"""A laptop's evidence as it was sent: the portal hands it out and can open none of it."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.devices.models import Device
from portal.intake.models import Attachment, Fork, Head, Report
from portal.intake.store import DAY_MS
from shared import crypto, envelope, receipt

MOST = 500


@dataclass(frozen=True, slots=True)
class Record:
    """One envelope in its wire form, with what the portal witnessed where it did."""

    seq: int
    envelope: bytes
    received: int
    receipt: bytes | None
    sighting: bytes | None


@dataclass(frozen=True, slots=True)
class Page:
    """Records by rising seq; `next` is what to ask `after` for more, None at the end."""

    records: tuple[Record, ...]
    next: int | None


def evidence(session: Session, device: Device, after: int, limit: int) -> Page:
    limit = min(max(limit, 1), MOST)
    head = session.get(Head, device.number)
    if head is None:
        return Page((), None)
    # Named one by one: a range over the key's first column could not seek. A laptop's days rise
    # with its seq, so this order is the order of seq.
    days = range(device.paired // DAY_MS, head.day + 1)
    query = (
        select(Report)
        .where(Report.day.in_(days), Report.device == device.number, Report.seq > after)
        .order_by(Report.day, Report.seq)
        .limit(limit + 1)
    )
    found = session.scalars(query).all()
    records = tuple(_record(device, report) for report in found[:limit])
    return Page(records, records[-1].seq if len(found) > limit else None)


def _record(device: Device, report: Report) -> Record:
    return Record(
        report.seq, _wire(report), report.received, whole_receipt(device, report), report.sighting
    )


def _wire(stored: Report | Fork) -> bytes:
    if stored.body is None:
        return envelope.SKELETON_MAGIC + stored.skeleton
    return stored.skeleton + stored.body


def whole_receipt(device: Device, report: Report) -> bytes | None:
    """The whole receipt again, byte for byte: its head says what the row says already."""
    if report.receipt is None:
        return None
    chain_hash = crypto.sha256(crypto.domain("chain"), report.skeleton)
    return receipt.whole(device.id, report.seq, chain_hash, report.received, report.receipt)


@dataclass(frozen=True, slots=True)
class Forked:
    envelope: bytes
    received: int


def forks(session: Session, device: Device) -> tuple[Forked, ...]:
    """What was validly signed and did not continue the chain, oldest first."""
    query = select(Fork).where(Fork.device == device.number).order_by(Fork.received, Fork.seq)
    return tuple(Forked(_wire(fork), fork.received) for fork in session.scalars(query))


def owns_file(session: Session, account_id: bytes, sha256: bytes) -> bool:
    """Whether a laptop of this account has sent the file."""
    query = (
        select(Attachment.device)
        .join(Device, Device.number == Attachment.device)
        .where(
            Device.account_id == account_id,
            Attachment.sha256 == sha256,
            Attachment.stored.is_not(None),
        )
    )
    return session.scalar(query.limit(1)) is not None
