"""Pairings, laptops, the orders they were given and the commands that wait for them."""

from sqlalchemy import ForeignKey, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import Base, BigInt, Bytes32, Id, Ms, Number


def _device() -> ForeignKey:
    return ForeignKey("device.number", ondelete="CASCADE")


class Pairing(Base):
    """A mailbox for one laptop and one owner, named by what both derive from the code."""

    __tablename__ = "pairing"

    rid: Mapped[Id] = mapped_column(primary_key=True)
    offer: Mapped[bytes] = mapped_column(LargeBinary(65))
    mac: Mapped[Bytes32]
    created: Mapped[Ms]
    expires: Mapped[Ms]
    orders: Mapped[bytes | None] = mapped_column(LargeBinary)
    orders_mac: Mapped[Bytes32 | None]
    device_id: Mapped[Id | None]


class Device(Base):
    """A paired laptop. `number` is its short name inside the database (8 bytes, not 16, in
    each of a million rows). `known_serial` is the newest orders it has shown to know, `revoked`
    when it said that it was let go.
    """

    __tablename__ = "device"
    __table_args__ = {"sqlite_autoincrement": True}  # noqa: RUF012  (SQLAlchemy reads it so)

    number: Mapped[Number]
    id: Mapped[Id] = mapped_column(unique=True)
    account_id: Mapped[Id] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), index=True)
    device_key: Mapped[Bytes32]
    command_key: Mapped[Bytes32]
    paired: Mapped[Ms]
    revoked: Mapped[Ms | None]
    vault_epoch: Mapped[BigInt]
    vault_key: Mapped[Bytes32]
    orders_serial: Mapped[BigInt]
    known_serial: Mapped[BigInt] = mapped_column(default=0)
    known_at: Mapped[Ms | None]
    last_heard: Mapped[Ms | None]  # no index: every check-in would have to move it


class DeviceOrders(Base):
    """Every orders document of a laptop, as signed; the serial never falls."""

    __tablename__ = "orders"

    device_number: Mapped[BigInt] = mapped_column(_device(), primary_key=True)
    serial: Mapped[BigInt] = mapped_column(primary_key=True, autoincrement=False)
    raw: Mapped[bytes] = mapped_column(LargeBinary)
    hash: Mapped[Bytes32]
    received: Mapped[Ms]


class DeviceCommand(Base):
    """A sealed command; `taken` is when the laptop showed that it had dealt with it."""

    __tablename__ = "command"
    __table_args__ = (
        UniqueConstraint("device_number", "id"),
        UniqueConstraint("device_number", "signer", "counter"),
        {"sqlite_autoincrement": True},
    )

    number: Mapped[Number]
    device_number: Mapped[BigInt] = mapped_column(_device())
    id: Mapped[Id]
    raw: Mapped[bytes] = mapped_column(LargeBinary)
    signer: Mapped[Id]
    counter: Mapped[BigInt]
    expires: Mapped[Ms]
    received: Mapped[Ms]
    taken: Mapped[Ms | None]
