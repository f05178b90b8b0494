"""What the owner sees of her laptops: what each is, was ordered, knows and has sent."""

from dataclasses import dataclass

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from portal.devices.models import Device, DeviceOrders
from portal.intake.models import Head
from portal.thefts.models import Theft


@dataclass(frozen=True, slots=True)
class Laptop:
    """One laptop with its newest orders, the last envelope stored and the theft that is open."""

    device: Device
    orders: bytes
    head: Head | None
    theft: Theft | None


def laptops_of(session: Session, account_id: bytes, device_id: bytes | None = None) -> list[Laptop]:
    """The owner's laptops, first paired first, or only the one asked for."""
    query = (
        select(Device, DeviceOrders.raw, Head, Theft)
        .join(
            DeviceOrders,
            and_(
                DeviceOrders.device_number == Device.number,
                DeviceOrders.serial == Device.orders_serial,
            ),
        )
        .outerjoin(Head, Head.device == Device.number)
        .outerjoin(Theft, and_(Theft.device_number == Device.number, Theft.closed.is_(None)))
        .where(Device.account_id == account_id)
        .order_by(Device.number)
    )
    if device_id is not None:
        query = query.where(Device.id == device_id)
    return [Laptop(*row) for row in session.execute(query)]
