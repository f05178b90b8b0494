"""Orders and commands of a paired laptop: the portal checks, keeps and hands them on.

It can sign neither. What it refuses here the laptop would refuse too; refusing early tells the
owner at once.
"""

from datetime import timedelta

from sqlalchemy import Connection, ScalarSelect, delete, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.accounts import notices
from portal.accounts.models import Account
from portal.audit import operations as audit
from portal.devices.models import Device, DeviceCommand, DeviceOrders
from portal.licenses import seating
from portal.problems import Problem
from shared import command, crypto, orders
from shared.errors import Expired, Malformed, OutOfOrder, UnknownSigner

_MS = timedelta(milliseconds=1)
_LONGEST_WAIT_MS = timedelta(days=90) // _MS
_MAX_COUNTER = 2**63 - 1  # what a database's integer holds
MAX_WAITING = 100


def newest_orders(session: Session, device: Device) -> orders.Orders:
    return orders.parse(
        session.scalars(
            select(DeviceOrders.raw).where(
                DeviceOrders.device_number == device.number,
                DeviceOrders.serial == device.orders_serial,
            )
        ).one()
    )


def all_orders(session: Session, device: Device) -> list[bytes]:
    """From serial 1."""
    return orders_after(session.connection(), device.number, 0)


def change_orders(
    session: Session, device: Device, raw: bytes, *, by: Account, now: int
) -> orders.Orders:
    """Anything but the standing: renew a mandate, another interval.

    Raises Problem wrong-standing, ProtocolError.
    """
    new = orders.parse(raw)
    held = newest_orders(session, device)
    keep_orders(session, device, new, by=by, now=now)
    if _stands(new) != _stands(held):
        raise Problem(
            422, "wrong-standing",
            "These orders change the standing. Mark the laptop as stolen or recovered instead.",
        )  # fmt: skip
    _note(session, by, "changed-orders", device, now)
    commit_orders(session)
    return new


def _stands(given: orders.Orders) -> tuple[orders.Standing, str]:
    theft = given.will.theft
    return given.will.standing, theft.id if theft else ""


def keep_orders(
    session: Session, device: Device, new: orders.Orders, *, by: Account, now: int
) -> None:
    """Verify orders against the newest and store them; the caller's transaction.

    Raises ProtocolError.
    """
    orders.accept(new, newest_orders(session, device), device.id, by.owner_key, now)
    if new.will.theft and new.will.theft.until <= now:
        raise Expired("this mandate has ended already; choose a later end")
    session.add(
        DeviceOrders(
            device_number=device.number, serial=new.serial, raw=new.raw, hash=new.hash, received=now
        )
    )
    device.orders_serial = new.serial
    device.vault_epoch, device.vault_key = new.will.vault_epoch, new.will.vault_key


def commit_orders(session: Session) -> None:
    """Commit; of two that followed the same orders at once the second is out of order."""
    try:
        session.commit()
    except IntegrityError as error:
        raise OutOfOrder("other orders were stored at the same moment; fetch them first") from error


def send_command(
    session: Session, device: Device, raw: bytes, *, by: Account, now: int
) -> command.Command:
    """Keep a command until the laptop has dealt with it; what it wants nobody here can read.

    Raises Problem too-many-commands, ProtocolError.
    """
    new = command.parse(raw)
    new.check_device(device.id)
    if new.signer != crypto.key_id(by.owner_key):
        raise UnknownSigner("signed by a key that may not command this laptop")
    new.verify(by.owner_key)
    _check_terms(session, device, new, now)
    session.add(
        DeviceCommand(
            device_number=device.number, id=new.id, raw=raw, signer=new.signer,
            counter=new.terms.counter, expires=new.terms.expires, received=now,
        )
    )  # fmt: skip
    _note(session, by, "commanded", device, now)
    try:
        session.commit()
    except IntegrityError as error:
        raise OutOfOrder("this command was stored already") from error
    return new


def let_go(session: Session, device: Device, now: int) -> None:
    """The laptop leaves: it is heard no more, and what it has sent stays.

    The seat of a stolen one stays until its owner says that it is back.
    """
    device.revoked = now
    if newest_orders(session, device).will.standing is orders.Standing.HOME:
        seating.give_back(session, device.account_id, device.id, now)
    audit.note(
        session, actor=audit.laptop(device.id), action="let-go",
        subject=audit.account(device.account_id), now=now,
    )  # fmt: skip
    notices.tell(session, session.get_one(Account, device.account_id), "let-go", now)
    session.commit()


def _check_terms(session: Session, device: Device, new: command.Command, now: int) -> None:
    terms = new.terms
    if terms.counter > _MAX_COUNTER:
        raise Malformed("a counter this high leaves no room for another command")
    mine = DeviceCommand.device_number == device.number
    last = session.scalar(
        select(func.max(DeviceCommand.counter)).where(mine, DeviceCommand.signer == new.signer)
    )
    if last is not None and terms.counter <= last:
        raise OutOfOrder(f"command {terms.counter} does not follow command {last}")
    if not now < terms.expires <= now + _LONGEST_WAIT_MS:
        raise Expired("a command may wait until it expires, at most 90 days; choose another end")
    waiting = select(func.count()).where(
        mine, DeviceCommand.taken.is_(None), DeviceCommand.expires > now
    )
    if session.scalars(waiting).one() >= MAX_WAITING:
        raise Problem(
            409, "too-many-commands",
            f"{MAX_WAITING} commands wait for this laptop already. It has to be online first.",
        )  # fmt: skip


def _note(session: Session, by: Account, action: str, device: Device, now: int) -> None:
    audit.note(
        session, actor=audit.account(by.id), action=action, subject=audit.laptop(device.id), now=now
    )


def orders_after(connection: Connection, device_number: int, serial: int) -> list[bytes]:
    """All orders newer than the laptop knows, oldest first."""
    return list(
        connection.scalars(
            select(DeviceOrders.raw)
            .where(DeviceOrders.device_number == device_number, DeviceOrders.serial > serial)
            .order_by(DeviceOrders.serial)
        )
    )


def waiting_commands(
    connection: Connection, device_number: int, last_command: bytes, now: int
) -> list[bytes]:
    """All the laptop has still to hear, oldest first, none that has expired."""
    return list(
        connection.scalars(
            select(DeviceCommand.raw)
            .where(
                DeviceCommand.device_number == device_number,
                DeviceCommand.taken.is_(None),
                DeviceCommand.expires > now,
                DeviceCommand.number > _number_of(device_number, last_command),
            )
            .order_by(DeviceCommand.number)
        )
    )


def mark_taken(connection: Connection, device_number: int, last_command: bytes, now: int) -> None:
    """The laptop has dealt with everything up to this command; the caller commits."""
    connection.execute(
        update(DeviceCommand)
        .where(
            DeviceCommand.device_number == device_number,
            DeviceCommand.taken.is_(None),
            DeviceCommand.number <= _number_of(device_number, last_command),
        )
        .values(taken=now)
    )


def _number_of(device_number: int, command_id: bytes) -> ScalarSelect[int]:
    """0 for a command that was never sent to this laptop."""
    return (
        select(func.coalesce(func.max(DeviceCommand.number), 0))
        .where(DeviceCommand.device_number == device_number, DeviceCommand.id == command_id)
        .scalar_subquery()
    )


def purge_commands(session: Session, now: int) -> None:
    """Forget expired commands but each signer's last, whose counter must never be used again."""
    newest = select(func.max(DeviceCommand.number)).group_by(
        DeviceCommand.device_number, DeviceCommand.signer
    )
    session.execute(
        delete(DeviceCommand).where(
            DeviceCommand.expires <= now, DeviceCommand.number.not_in(newest)
        )
    )
