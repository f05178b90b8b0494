"""Pairing (protocol.md 3): the portal is a mailbox, and learns nothing it could use."""

from datetime import timedelta

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.accounts import notices, throttle
from portal.accounts.models import Account
from portal.accounts.operations import add_keys, replace_directory
from portal.accounts.visitors import Visitor
from portal.audit import operations as audit
from portal.devices.forms import Adoption, OfferForm
from portal.devices.models import Device, DeviceOrders, Pairing
from portal.licenses import seating
from portal.problems import Problem, not_found
from shared import crypto, orders, pairing
from shared.errors import Malformed
from shared.vault import KeyKind

_VALID_MS = timedelta(seconds=pairing.VALID_S) // timedelta(milliseconds=1)


def offer_pairing(session: Session, rid: bytes, form: OfferForm, by: Visitor) -> Pairing:
    """A laptop waits to be adopted; raises Problem pairing-taken, slow-down; Malformed.

    The very same offer again is an answer that got lost, not a second laptop.
    """
    pairing.parse_offer(form.offer)
    tries = (throttle.watch(throttle.PAIR, by.pepper, by.prefix),)
    throttle.check(session, tries, by.now)
    held = session.get(Pairing, rid)
    if held and (held.offer, held.mac) == (form.offer, form.mac) and held.expires > by.now:
        return held
    if held:
        raise _taken()
    throttle.count(session, tries, by.now)
    made = Pairing(
        rid=rid, offer=form.offer, mac=form.mac, created=by.now, expires=by.now + _VALID_MS
    )
    session.add(made)
    audit.note(
        session, actor=audit.NOBODY, action="offered", subject=audit.pairing(rid), now=by.now
    )
    try:
        session.commit()
    except IntegrityError as error:
        raise _taken() from error
    return made


def _taken() -> Problem:
    return Problem(409, "pairing-taken", "This code was used before. Start again with a new one.")


def waiting_offer(session: Session, rid: bytes, now: int) -> Pairing:
    """The offer an owner may still answer; raises Problem not-found."""
    found = session.get(Pairing, rid)
    if found is None or found.expires <= now or found.orders is not None:
        raise not_found()
    return found


def answer_to(session: Session, rid: bytes, now: int) -> tuple[bytes, bytes]:
    """(orders, mac) for the laptop that waits; raises Problem not-yet, not-found."""
    found = session.get(Pairing, rid)
    if found is None or found.expires <= now:
        raise not_found()
    if found.orders is None or found.orders_mac is None:
        raise Problem(404, "not-yet", "The owner has not answered yet. Ask again in two seconds.")
    return found.orders, found.orders_mac


def pair(
    session: Session,
    account: Account,
    form: Adoption,
    now: int,
    *,
    licenses_since: int | None,
) -> Device:
    """The laptop, its first orders, its vault key and the owner's pins, all or nothing.

    Raises Problem not-found, already-paired, stale-directory, no-seat, license-over; ProtocolError.
    """
    mailbox = waiting_offer(session, form.rid, now)
    offer = pairing.parse_offer(mailbox.offer)
    first = orders.parse(form.orders)
    orders.accept(first, None, offer.device_id, account.owner_key)
    _check_first(first, account, form)
    if session.scalar(select(Device.number).where(Device.id == offer.device_id)):
        raise _already_paired()
    replace_directory(session, account, form.directory)
    mailbox.orders, mailbox.orders_mac, mailbox.device_id = form.orders, form.mac, offer.device_id
    # The laptop asks every two seconds: an answer in the last one must not expire unheard.
    mailbox.expires = now + _VALID_MS
    try:
        device = _add_device(session, account, offer, first, now)
        seating.take(session, account, device.id, licenses_since, now)
        add_keys(session, account.id, form.keyring, now)
        _note(session, account, device, now)
        session.commit()
    except IntegrityError as error:
        raise _already_paired() from error
    return device


def _check_first(first: orders.Orders, account: Account, form: Adoption) -> None:
    if first.will.standing is not orders.Standing.HOME:
        raise Malformed("a laptop begins at home")
    if first.will.recovery != account.recovery_key:
        raise Malformed("the first orders name another recovery key than the account's")
    # Without it nobody could ever read what the laptop will send.
    vault_key = (KeyKind.VAULT, crypto.key_id(first.will.vault_key))
    if vault_key not in {(key.kind, key.kid) for key in form.keyring}:
        raise Malformed("the keyring lacks the vault key the orders name")


def _already_paired() -> Problem:
    return Problem(409, "already-paired", "This laptop is paired already. Enroll it anew first.")


def _add_device(
    session: Session, account: Account, offer: pairing.Offer, first: orders.Orders, now: int
) -> Device:
    device = Device(
        id=offer.device_id,
        account_id=account.id,
        device_key=offer.device_key,
        command_key=offer.command_key,
        paired=now,
        vault_epoch=first.will.vault_epoch,
        vault_key=first.will.vault_key,
        orders_serial=first.serial,
    )
    session.add(device)
    session.flush()  # gives it its number
    session.add(
        DeviceOrders(
            device_number=device.number, serial=1, raw=first.raw, hash=first.hash, received=now
        )
    )
    return device


def _note(session: Session, account: Account, device: Device, now: int) -> None:
    actor, subject = audit.account(account.id), audit.laptop(device.id)
    audit.note(session, actor=actor, action="paired", subject=subject, now=now)
    notices.tell(session, account, "paired", now)


def purge(session: Session, now: int) -> None:
    """Forget mailboxes nobody may open any more."""
    session.execute(delete(Pairing).where(Pairing.expires <= now))
