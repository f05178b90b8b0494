"""The outbox: what waits to be sent. What was sent is gone from here."""

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import Base, Id, Ms, Number


class Mail(Base):
    """One letter to one address. `said` (JSON) is what its template needs, and no more; `failed`
    says why it was given up.
    """

    __tablename__ = "mail"
    __table_args__ = {"sqlite_autoincrement": True}  # noqa: RUF012  (SQLAlchemy reads it so)

    number: Mapped[Number]
    account_id: Mapped[Id | None] = mapped_column(
        ForeignKey("account.id", ondelete="CASCADE"), index=True
    )
    address: Mapped[str] = mapped_column(String(254))
    language: Mapped[str] = mapped_column(String(2))
    letter: Mapped[str] = mapped_column(String(40))
    said: Mapped[str] = mapped_column(Text)
    created: Mapped[Ms]
    due: Mapped[Ms] = mapped_column(index=True)
    tries: Mapped[int] = mapped_column(default=0)
    failed: Mapped[str | None] = mapped_column(String(40))
