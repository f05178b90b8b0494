"""The two buttons of the bad day: mark as stolen, mark as recovered."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from licensing.rights import Action
from portal.accounts import notices
from portal.accounts.models import Account
from portal.audit import operations as audit
from portal.devices.models import Device
from portal.devices.operations import commit_orders, keep_orders
from portal.licenses import operations as licenses
from portal.licenses import seating
from portal.problems import Problem
from portal.thefts.models import Theft
from shared import orders
from shared.errors import Malformed


def open_theft(session: Session, device: Device) -> Theft | None:
    return session.scalar(
        select(Theft).where(Theft.device_number == device.number, Theft.closed.is_(None))
    )


def are_open(session: Session, account: Account) -> bool:
    """Whether any laptop of the account is marked as stolen."""
    mine = select(Device.number).where(Device.account_id == account.id)
    found = select(Theft.id).where(Theft.device_number.in_(mine), Theft.closed.is_(None))
    return session.scalar(found.limit(1)) is not None


def mark_stolen(
    session: Session, device: Device, raw: bytes, *, by: Account, now: int, since: int | None = None
) -> tuple[Theft, bool]:
    """(theft, whether this opened it). A second press finds the theft that is open already.

    `since` (ms) is when this portal began to give licenses out. Raises ProtocolError, Problem
    license-over.
    """
    new = orders.parse(raw)
    mandate = new.will.theft
    if mandate is None:
        raise Malformed("orders that say stolen were expected")
    if held := open_theft(session, device):
        return held, False
    _check_license(session, by, since, now)
    _check_id(session, device, mandate.id)
    keep_orders(session, device, new, by=by, now=now)
    theft = Theft(device_number=device.number, id=mandate.id, opened=now, opened_serial=new.serial)
    session.add(theft)
    _note(session, by, "marked-stolen", device, now)
    commit_orders(session)
    return theft, True


def _check_license(session: Session, by: Account, since: int | None, now: int) -> None:
    """A theft that is new; one that is open already goes on whatever becomes of the license."""
    held = licenses.holding(session, by, since, now)
    over = held.license.ended or held.license.since  # one that rests has not ended
    if not held.may(Action.MARK_STOLEN, now, _first_theft(session, by, over)):
        raise Problem(
            403, "license-over",
            "Your license allows no new theft to be marked just now. Enter a license key on the"
            " page Licenses, then mark it again. A theft that is open already goes on.",
        )  # fmt: skip


def _first_theft(session: Session, by: Account, after: int) -> int | None:
    """When the first was marked after that time, on any laptop of the account."""
    mine = select(Device.number).where(Device.account_id == by.id)
    first = select(func.min(Theft.opened)).where(Theft.device_number.in_(mine))
    return session.scalar(first.where(Theft.opened >= after))


def _check_id(session: Session, device: Device, theft_id: str) -> None:
    if not 1 <= len(theft_id) <= 64 or not theft_id.isascii() or not theft_id.isprintable():
        raise Malformed("a theft's id has 1 to 64 plain characters")
    if session.get(Theft, (device.number, theft_id)):
        raise Malformed("this theft is over; a new one needs a new id")


def mark_recovered(session: Session, device: Device, raw: bytes, *, by: Account, now: int) -> Theft:
    """Raises Problem not-stolen, ProtocolError."""
    new = orders.parse(raw)
    if new.will.standing is not orders.Standing.HOME:
        raise Malformed("orders that say home were expected")
    theft = open_theft(session, device)
    if theft is None:
        raise Problem(409, "not-stolen", "This laptop is not marked as stolen.")
    keep_orders(session, device, new, by=by, now=now)
    theft.closed, theft.closed_serial = now, new.serial
    if device.revoked is not None:  # it left while it was stolen, and kept its seat
        seating.give_back(session, device.account_id, device.id, now)
    _note(session, by, "marked-recovered", device, now)
    commit_orders(session)
    return theft


def _note(session: Session, by: Account, action: str, device: Device, now: int) -> None:
    notices.tell(session, by, action, now)
    audit.note(
        session, actor=audit.account(by.id), action=action, subject=audit.laptop(device.id), now=now
    )
