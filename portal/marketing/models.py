"""Whom the portal may write to about more than their account, since when, and who never again."""

from enum import StrEnum

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import Base, BigInt, Bytes32, Ms, Number


class Scope(StrEnum):
    """What somebody may ask for, each by itself."""

    NEWS = "news"
    OFFERS = "offers"
    SURVEYS = "surveys"


ALL = "all"  # in a suppression: every scope, also those to come


class State(StrEnum):
    DRAFT = "draft"
    RUNNING = "running"
    PAUSED = "paused"
    FINISHED = "finished"
    CANCELED = "canceled"


class Contact(Base):
    """An address, and where it came from. By itself it allows nothing. `person` is the keyed hash
    that a suppression is found by.
    """

    __tablename__ = "contact"
    __table_args__ = {"sqlite_autoincrement": True}  # noqa: RUF012  (SQLAlchemy reads it so)

    number: Mapped[Number]
    person: Mapped[Bytes32] = mapped_column(unique=True)
    address: Mapped[str] = mapped_column(String(254))
    language: Mapped[str] = mapped_column(String(2))
    provenance: Mapped[str] = mapped_column(String(40))
    created: Mapped[Ms]
    touched: Mapped[Ms] = mapped_column(index=True)
    surveyed: Mapped[Ms | None]  # when a survey last went there


class Subscription(Base):
    """Asked for on a page; counts once `confirmed` from the mailbox itself."""

    __tablename__ = "subscription"

    contact_number: Mapped[BigInt] = mapped_column(
        ForeignKey("contact.number", ondelete="CASCADE"), primary_key=True
    )
    scope: Mapped[str] = mapped_column(String(8), primary_key=True)
    asked: Mapped[Ms]
    confirmed: Mapped[Ms | None]


class ConsentLine(Base):
    """The ledger: what somebody asked for, confirmed or withdrew, by which way and which words.
    It names them by their hash, and outlives the address.
    """

    __tablename__ = "consent"
    __table_args__ = {"sqlite_autoincrement": True}  # noqa: RUF012  (SQLAlchemy reads it so)

    number: Mapped[Number]
    person: Mapped[Bytes32] = mapped_column(index=True)
    scope: Mapped[str] = mapped_column(String(8))
    action: Mapped[str] = mapped_column(String(10))
    way: Mapped[str] = mapped_column(String(16))
    wording: Mapped[str] = mapped_column(String(16))
    language: Mapped[str] = mapped_column(String(2))
    at: Mapped[Ms]


class Suppression(Base):
    """Never write to them again about this. No address: it stays when everything else is erased."""

    __tablename__ = "suppression"

    person: Mapped[Bytes32] = mapped_column(primary_key=True)
    scope: Mapped[str] = mapped_column(String(8), primary_key=True)
    since: Mapped[Ms]
    reason: Mapped[str] = mapped_column(String(16))


class Campaign(Base):
    """One letter to everybody who asked for its scope, in batches. `reached` is the number of the
    last contact it was written to.
    """

    __tablename__ = "campaign"
    __table_args__ = {"sqlite_autoincrement": True}  # noqa: RUF012  (SQLAlchemy reads it so)

    number: Mapped[Number]
    scope: Mapped[str] = mapped_column(String(8))
    language: Mapped[str] = mapped_column(String(2))
    subject: Mapped[str] = mapped_column(String(200))
    text: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(10), default=State.DRAFT)
    per_hour: Mapped[int]
    created: Mapped[Ms]
    tested: Mapped[Ms | None]
    reached: Mapped[BigInt] = mapped_column(default=0)
    written: Mapped[int] = mapped_column(default=0)
    complaints: Mapped[int] = mapped_column(default=0)
    question: Mapped[str] = mapped_column(String(10), default="")  # of a survey


class SurveyAnswer(Base):
    """`person` until the link is cut; then the score stands alone."""

    __tablename__ = "survey_answer"
    __table_args__ = (UniqueConstraint("campaign_number", "person"), {"sqlite_autoincrement": True})

    number: Mapped[Number]
    campaign_number: Mapped[BigInt] = mapped_column(
        ForeignKey("campaign.number", ondelete="CASCADE")
    )
    person: Mapped[Bytes32 | None] = mapped_column(index=True)
    score: Mapped[int]
    text: Mapped[str] = mapped_column(Text)
    answered: Mapped[Ms]
