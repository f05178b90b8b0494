"""An account that is to be gone on a day its owner chose, and what people ask for by law."""

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import Base, BigInt, Id, Ms, Number


class Closing(Base):
    """Until `gone` its owner can take it back."""

    __tablename__ = "closing"

    account_id: Mapped[Id] = mapped_column(
        ForeignKey("account.id", ondelete="CASCADE"), primary_key=True
    )
    asked: Mapped[Ms]
    gone: Mapped[Ms] = mapped_column(index=True)


class RightsRequest(Base):
    """What somebody asks for by law, with an account or without; `due` is its legal clock.

    `confirmed` is when they showed that the mailbox is theirs. `outcome` is empty until it is
    closed.
    """

    __tablename__ = "rights_request"
    __table_args__ = {"sqlite_autoincrement": True}  # noqa: RUF012  (SQLAlchemy reads it so)

    number: Mapped[Number]
    kind: Mapped[str] = mapped_column(String(20))
    address: Mapped[str] = mapped_column(String(254))
    language: Mapped[str] = mapped_column(String(2))
    text: Mapped[str] = mapped_column(Text)
    came: Mapped[Ms]
    due: Mapped[Ms]
    confirmed: Mapped[Ms | None]
    extended: Mapped[Ms | None]
    closed: Mapped[Ms | None]
    outcome: Mapped[str] = mapped_column(String(20))
    why: Mapped[str] = mapped_column(Text)


class Breach(Base):
    """One breach of security, kept also where nobody had to be told (GDPR, article 33(5))."""

    __tablename__ = "breach"
    __table_args__ = {"sqlite_autoincrement": True}  # noqa: RUF012  (SQLAlchemy reads it so)

    number: Mapped[Number]
    aware: Mapped[Ms]
    nature: Mapped[str] = mapped_column(Text)
    classes: Mapped[str] = mapped_column(Text)
    people: Mapped[int]
    drill: Mapped[bool]
    closed: Mapped[Ms | None]


class BreachStep(Base):
    """What was found, done, decided or told about it, by whom."""

    __tablename__ = "breach_step"
    __table_args__ = {"sqlite_autoincrement": True}  # noqa: RUF012  (SQLAlchemy reads it so)

    number: Mapped[Number]
    breach_number: Mapped[BigInt] = mapped_column(
        ForeignKey("breach.number", ondelete="CASCADE"), index=True
    )
    at: Mapped[Ms]
    what: Mapped[str] = mapped_column(String(20))
    by: Mapped[str] = mapped_column(String(100))
    text: Mapped[str] = mapped_column(Text)


class Announcement(Base):
    """What people were told that changes: the policy (`text` is all of it, JSON) or who runs the
    portal (`text` is their name). It counts from `effective` on; `withdrawn` is when it was called
    off, `done` when a portal was handed over.
    """

    __tablename__ = "announcement"
    __table_args__ = {"sqlite_autoincrement": True}  # noqa: RUF012  (SQLAlchemy reads it so)

    number: Mapped[Number]
    kind: Mapped[str] = mapped_column(String(10))
    text: Mapped[str] = mapped_column(Text)
    announced: Mapped[Ms]
    effective: Mapped[Ms]
    withdrawn: Mapped[Ms | None]
    done: Mapped[Ms | None]


class AuthorityRequest(Base):
    """What an authority asked about an account, and what it got. Its owner is `told` at once, or
    when a law that keeps it from them ends (`silent_until`). The account may be gone by then.
    """

    __tablename__ = "authority_request"
    __table_args__ = {"sqlite_autoincrement": True}  # noqa: RUF012  (SQLAlchemy reads it so)

    number: Mapped[Number]
    account: Mapped[Id] = mapped_column(index=True)
    sender: Mapped[str] = mapped_column(Text)
    reference: Mapped[str] = mapped_column(Text)
    came: Mapped[Ms]
    silent_until: Mapped[Ms | None]
    told: Mapped[Ms | None]
    answered: Mapped[Ms | None]
    outcome: Mapped[str] = mapped_column(String(12))
    classes: Mapped[str] = mapped_column(Text)
    by: Mapped[str] = mapped_column(Text)
