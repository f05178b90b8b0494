"""Thefts: opened by orders that say stolen, closed by orders that say home."""

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import Base, BigInt, Ms


class Theft(Base):
    """`id` is the one the owner's client put into the orders."""

    __tablename__ = "theft"
    __table_args__ = (
        # However many buttons are pressed at once, a laptop is stolen once.
        Index(
            "ix_theft_open", "device_number", unique=True,
            sqlite_where=text("closed IS NULL"), postgresql_where=text("closed IS NULL"),
        ),
    )  # fmt: skip

    device_number: Mapped[BigInt] = mapped_column(
        ForeignKey("device.number", ondelete="CASCADE"), primary_key=True
    )
    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    opened: Mapped[Ms]
    closed: Mapped[Ms | None]
    opened_serial: Mapped[BigInt]
    closed_serial: Mapped[BigInt | None]
