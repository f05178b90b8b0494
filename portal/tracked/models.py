"""Reports of people who think that they are tracked; kept for the operator, and not for long."""

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import Base, Ms, Number


class TrackedReport(Base):
    """What somebody wrote. Who sent it, and from where, is not kept unless they say so."""

    __tablename__ = "tracked_report"
    __table_args__ = {"sqlite_autoincrement": True}  # noqa: RUF012  (SQLAlchemy reads it so)

    number: Mapped[Number]
    received: Mapped[Ms] = mapped_column(index=True)
    text: Mapped[str] = mapped_column(Text)
    contact: Mapped[str] = mapped_column(String(254))
    fingerprint: Mapped[str] = mapped_column(String(40))
