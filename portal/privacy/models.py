"""An account that is to be gone on a day its owner chose, and files that nobody owns any more."""

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import Base, Bytes32, Id, Ms


class Closing(Base):
    """Until `gone` its owner can take it back."""

    __tablename__ = "closing"

    account_id: Mapped[Id] = mapped_column(
        ForeignKey("account.id", ondelete="CASCADE"), primary_key=True
    )
    asked: Mapped[Ms]
    gone: Mapped[Ms] = mapped_column(index=True)


class DroppedFile(Base):
    """A file to be deleted: noted with what owned it, so that a crash between leaves no file."""

    __tablename__ = "dropped_file"

    sha256: Mapped[Bytes32] = mapped_column(primary_key=True)
