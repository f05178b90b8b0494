"""What was counted, of nobody."""

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import Base


class MetricCount(Base):
    """`day` since 1970; `part` is a page or a part of the account, or empty."""

    __tablename__ = "metric_count"

    day: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    metric: Mapped[str] = mapped_column(String(10), primary_key=True)
    part: Mapped[str] = mapped_column(String(40), primary_key=True)
    count: Mapped[int]
