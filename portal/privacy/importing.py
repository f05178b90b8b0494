"""Laptops of the past and what they sent, brought by their owner from another portal.

Nothing is believed for being in a copy: orders are its owner's, envelopes the laptop's own, by
signature. A laptop that is brought reports no more under its old name; it is enrolled anew.
"""

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.accounts.forms import KeyForm
from portal.accounts.models import Account, KeyringKey
from portal.accounts.operations import add_keys
from portal.audit import operations as audit
from portal.devices.models import Device, DeviceOrders
from portal.evidence.operations import whole_receipt
from portal.intake import core
from portal.intake.core import Past, Place, Sent
from portal.intake.models import Attachment, Fork, Head, Report
from portal.intake.store import DAY_MS
from portal.privacy.import_forms import BroughtFork, BroughtLaptop, BroughtRecord
from portal.problems import Problem
from portal.thefts.models import Theft
from shared import checkin, crypto, envelope, orders
from shared.errors import Malformed
from shared.orders import Orders
from shared.pairing import Offer


def bring_laptop(session: Session, account: Account, form: BroughtLaptop, now: int) -> Device:
    """Raises Problem already-here, ProtocolError."""
    offer = Offer(form.device_key, form.command_key)
    if session.scalar(select(Device.number).where(Device.id == offer.device_id)):
        raise _already_here()
    chain = _chain(form, offer, account)
    newest = chain[-1].will
    device = Device(
        id=offer.device_id, account_id=account.id, device_key=offer.device_key,
        command_key=offer.command_key, paired=min(form.paired, now), revoked=form.left or now,
        vault_epoch=newest.vault_epoch, vault_key=newest.vault_key,
        orders_serial=chain[-1].serial, known_serial=form.known_serial, known_at=form.known_at,
        last_heard=form.last_heard,
    )  # fmt: skip
    session.add(device)
    session.flush()  # gives it its number
    received = [given.received for given in form.orders]
    _keep_orders(session, device, chain, received)
    _keep_thefts(session, device, chain, received)
    add_keys(session, account.id, _new_keys(session, account, form), now)
    whom = audit.account(account.id)
    audit.note(session, actor=whom, action="brought", subject=audit.laptop(device.id), now=now)
    try:
        session.commit()
    except IntegrityError as error:
        raise _already_here() from error
    return device


def _already_here() -> Problem:
    return Problem(409, "already-here", "This laptop is at this portal already.")


def _chain(form: BroughtLaptop, offer: Offer, account: Account) -> list[Orders]:
    """From serial 1, each signed by this owner on top of the one before."""
    chain: list[Orders] = []
    for given in form.orders:
        document = orders.parse(given.raw)
        held = chain[-1] if chain else None
        orders.accept(document, held, offer.device_id, account.owner_key)
        chain.append(document)
    return chain


def _keep_orders(
    session: Session, device: Device, chain: list[Orders], received: list[int]
) -> None:
    session.add_all(
        DeviceOrders(
            device_number=device.number, serial=one.serial, raw=one.raw, hash=one.hash, received=at
        )
        for one, at in zip(chain, received, strict=True)
    )


def _keep_thefts(
    session: Session, device: Device, chain: list[Orders], received: list[int]
) -> None:
    """One from each first order that says stolen to the next that says home."""
    running: Theft | None = None
    for one, at in zip(chain, received, strict=True):
        theft = one.will.theft
        if theft and running is None:
            running = Theft(
                device_number=device.number, id=theft.id, opened=at, opened_serial=one.serial
            )
            session.add(running)
        elif running and theft is None:
            running.closed, running.closed_serial = at, one.serial
            running = None


def _new_keys(session: Session, account: Account, form: BroughtLaptop) -> list[KeyForm]:
    kids = select(KeyringKey.kid).where(KeyringKey.account_id == account.id)
    held = set(session.scalars(kids))
    return [key for key in form.keyring if key.kid not in held]


def bring_records(
    session: Session, device: Device, records: list[BroughtRecord], now: int
) -> checkin.Head:
    """Each continues the chain; what is here already is skipped. Raises Problem, ProtocolError."""
    held = session.get(Head, device.number)
    head = checkin.Head(held.seq, held.chain_hash) if held else None
    past = _past(session, device)
    for record in records:
        sent = _sent(device, record)
        where = core.place(sent, head, past)
        if where is Place.FORK:
            raise Problem(
                422, "broken-chain", f"Record {sent.seq} does not follow the one before it. Take a"
                " new copy at the portal it is from.",
            )  # fmt: skip
        if where is Place.NEXT:
            held = _append(session, device, held, sent, record, now)
            head = checkin.Head(sent.seq, sent.chain_hash)
    if head is None:
        raise Malformed("no record was brought")
    session.commit()
    return head


def _sent(device: Device, record: BroughtRecord | BroughtFork) -> Sent:
    body = record.body
    wire = record.skeleton + body if body is not None else _skeleton(record.skeleton)
    return core.check(envelope.parse(wire), device.id, device.device_key)


def _skeleton(skeleton: bytes) -> bytes:
    return envelope.SKELETON_MAGIC + skeleton


def _past(session: Session, device: Device) -> Past:
    given = select(DeviceOrders.hash).where(DeviceOrders.device_number == device.number)

    def chain_hash(seq: int) -> bytes | None:
        found = session.scalar(
            select(Report.skeleton).where(Report.device == device.number, Report.seq == seq)
        )
        return found and crypto.sha256(crypto.domain("chain"), found)

    return Past(
        chain_hash,
        is_orders=lambda value: session.scalar(given.where(DeviceOrders.hash == value)) is not None,
        first_orders=lambda: session.scalar(given.where(DeviceOrders.serial == 1)),
    )


def _append(
    session: Session, device: Device, held: Head | None, sent: Sent, record: BroughtRecord, now: int
) -> Head:
    """The same day as at the portal it is from: days rise with seq (intake/store.py)."""
    if record.received > now:
        raise Malformed("a record was received in a time to come")
    day = max(record.received // DAY_MS, held.day if held else device.paired // DAY_MS)
    spent = sent.cost + (held.day_bytes if held and held.day == day else 0)
    if spent > core.DAILY_BYTES:
        raise Problem(409, "too-much", "No laptop sends so much in a day. Nothing more was taken.")
    report = Report(
        day=day, device=device.number, seq=sent.seq, skeleton=record.skeleton, body=record.body,
        received=record.received, receipt=record.receipt, sighting=record.sighting,
    )  # fmt: skip
    session.add(report)
    for index, file in enumerate(sent.files):
        if session.get(Attachment, (device.number, file.sha256)) is None:
            listed = Attachment(
                device=device.number, sha256=file.sha256, seq=sent.seq, index=index, size=file.size
            )
            session.add(listed)
    head = held or Head(device=device.number)
    head.seq, head.chain_hash, head.day, head.day_bytes = sent.seq, sent.chain_hash, day, spent
    head.receipt = whole_receipt(device, report) or head.receipt or bytes(184)
    session.add(head)
    return head


def bring_forks(session: Session, device: Device, forks: list[BroughtFork]) -> None:
    """What the laptop signed beside its chain; raises ProtocolError."""
    for fork in forks:
        sent = _sent(device, fork)
        if session.get(Fork, (device.number, sent.chain_hash)) is None:
            session.add(
                Fork(
                    device=device.number, chain_hash=sent.chain_hash, seq=sent.seq,
                    skeleton=fork.skeleton, body=fork.body, received=fork.received,
                )
            )  # fmt: skip
    session.commit()
