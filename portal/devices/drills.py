"""Tell an owner of a laptop that cannot have done the drill she asked for: it was silent.

What a drill found is sealed, so this is all the portal can know of one.
"""

from collections.abc import Iterator
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts import notices
from portal.accounts.models import Account
from portal.audit import operations as audit
from portal.devices.models import Device, DeviceOrders
from shared import orders

_DAY_MS = timedelta(days=1) // timedelta(milliseconds=1)
GRACE_DAYS = 3  # as the owner's clients count
_ACTION = "drill-lapsed"


def tell_lapsed(session: Session, now: int) -> None:
    """Each silence once; the caller's transaction."""
    for device in _lapsed(session, now):
        name = audit.laptop(device.id)
        told = audit.newest(session, name, _ACTION)
        if told is None or told < (device.last_heard or 0):
            account = session.get_one(Account, device.account_id)
            notices.tell_of_drill(session, account, f"/devices/{device.id.hex()}", now)
            audit.note(session, actor=audit.OPERATOR, action=_ACTION, subject=name, now=now)


def _lapsed(session: Session, now: int) -> Iterator[Device]:
    query = (
        select(Device, DeviceOrders.raw)
        .join(
            DeviceOrders,
            (DeviceOrders.device_number == Device.number)
            & (DeviceOrders.serial == Device.orders_serial),
        )
        .join(Account, Account.id == Device.account_id)
        .where(Account.resting.is_(None), Device.revoked.is_(None))
        .where(Device.last_heard <= now - (1 + GRACE_DAYS) * _DAY_MS)
    )
    for device, raw in session.execute(query):
        will = orders.parse(raw).will
        silent_ms = now - (device.last_heard or now)
        at_home = will.standing is orders.Standing.HOME
        if (
            at_home
            and 0 < (will.drill_days + GRACE_DAYS) * _DAY_MS <= silent_ms
            and will.drill_days
        ):
            yield device
