"""Licenses, what happened to them, and the seats of an account's laptops."""

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import Base, Bytes32, Id, Ms


class IssuedLicense(Base):
    """Given out by the operator; belongs to nobody until its key is claimed.

    `key_hash` finds it by its key, which is shown once. `days` is how long it lasts from its claim.
    """

    __tablename__ = "license"

    id: Mapped[Id] = mapped_column(primary_key=True)
    account_id: Mapped[Id | None] = mapped_column(
        ForeignKey("account.id", ondelete="CASCADE"), index=True
    )
    key_hash: Mapped[Bytes32] = mapped_column(unique=True)
    tier: Mapped[str] = mapped_column(String(20))
    bought: Mapped[int]
    days: Mapped[int]
    issued: Mapped[Ms]
    claimed: Mapped[Ms | None]


class LicenseFact(Base):
    """Something that happened to a license, kept for good; the same id counts once.

    `why` is a person's reason, and who decided.
    """

    __tablename__ = "license_fact"

    license_id: Mapped[Id] = mapped_column(
        ForeignKey("license.id", ondelete="CASCADE"), primary_key=True
    )
    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    at: Mapped[Ms]
    kind: Mapped[str] = mapped_column(String(20))
    until: Mapped[Ms | None]
    why: Mapped[str | None] = mapped_column(Text)


class TakenSeat(Base):
    """A laptop's place in its account. That no slot is taken twice is the key's doing, no count's.

    Without a laptop it is one that was given back, and can be taken again from `free_at`.
    """

    __tablename__ = "seat"

    account_id: Mapped[Id] = mapped_column(
        ForeignKey("account.id", ondelete="CASCADE"), primary_key=True
    )
    slot: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    device_id: Mapped[Id | None] = mapped_column(unique=True)
    taken: Mapped[Ms]
    free_at: Mapped[Ms | None]
