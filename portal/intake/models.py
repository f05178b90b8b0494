"""The tables check-ins are kept in, keyed by the device's number.

Written only by a store (store.py) on the raw driver connection; read through SQLAlchemy.
"""

from sqlalchemy import BigInteger, ForeignKey, Integer, LargeBinary, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import Base


class Head(Base):
    """The last envelope stored of a device, and how much it has sent today."""

    __tablename__ = "head"

    device: Mapped[int] = mapped_column(
        ForeignKey("device.number", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    seq: Mapped[int] = mapped_column(BigInteger)
    chain_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    receipt: Mapped[bytes] = mapped_column(LargeBinary(184))
    day: Mapped[int] = mapped_column(Integer)
    day_bytes: Mapped[int] = mapped_column(Integer)


class Report(Base):
    """One envelope. `day` (since 1970, by the portal's clock) comes first in the key so that a
    day's inserts stay in one small part of the index, however long the history.

    `receipt` (its last 112 bytes; the rest follows from this row) and `sighting` stand with the
    last envelope of each check-in; `body` is null where it was erased. Not WITHOUT ROWID: rows
    of 2 kB would spill into half-empty overflow pages (measured 2.6 against 1.4 times the size).
    """

    __tablename__ = "report"

    day: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    device: Mapped[int] = mapped_column(
        ForeignKey("device.number", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    skeleton: Mapped[bytes] = mapped_column(LargeBinary(204))
    body: Mapped[bytes | None]
    received: Mapped[int] = mapped_column(BigInteger)
    receipt: Mapped[bytes | None]
    sighting: Mapped[bytes | None]


class Attachment(Base):
    """A file that a stored envelope lists: only such files are taken in (protocol.md 8)."""

    __tablename__ = "attachment"

    device: Mapped[int] = mapped_column(
        ForeignKey("device.number", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    sha256: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger)
    index: Mapped[int] = mapped_column("idx", SmallInteger)
    size: Mapped[int] = mapped_column(BigInteger)
    stored: Mapped[int | None] = mapped_column(BigInteger)


class Fork(Base):
    """A validly signed envelope that does not continue the chain: shown, never merged."""

    __tablename__ = "fork"

    device: Mapped[int] = mapped_column(
        ForeignKey("device.number", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    chain_hash: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger)
    skeleton: Mapped[bytes] = mapped_column(LargeBinary(204))
    body: Mapped[bytes | None]
    received: Mapped[int] = mapped_column(BigInteger)


class DroppedFile(Base):
    """A file to be deleted: noted with what owned it, so that a crash between leaves no file."""

    __tablename__ = "dropped_file"

    sha256: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
