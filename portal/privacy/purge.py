"""homeward-portal purge: what is over goes now, or with --dry-run would go, class by class."""

import argparse
import json
from collections.abc import Iterator, Mapping

from sqlalchemy import Engine, func, or_, select
from sqlalchemy.orm import Session

from portal import db
from portal.db import Base
from portal.privacy.retention import schedule
from portal.settings import Settings


def counts(session: Session) -> dict[str, int]:
    """How many rows of each class there are."""
    return {kept.name: sum(_rows(session, kept.columns)) for kept in schedule()}


def _rows(session: Session, columns: Mapping[str, tuple[str, ...]]) -> Iterator[int]:
    """A class whose columns can be emptied counts the rows in which one is not."""
    for name, names in columns.items():
        table = Base.metadata.tables[name]
        query = select(func.count()).select_from(table)
        if all(table.c[column].nullable for column in names):
            query = query.where(or_(*(table.c[column].is_not(None) for column in names)))
        yield session.scalars(query).one()


def report(before: dict[str, int], after: dict[str, int], chosen: argparse.Namespace) -> str:
    """What went, or would go."""
    gone = {name: before[name] - after[name] for name in before if before[name] > after[name]}
    if chosen.json:
        return json.dumps({"dry_run": chosen.dry_run, "gone": gone, "left": after})
    said = "would go" if chosen.dry_run else "went"
    lines = [f"{name}: {number} rows {said}, {after[name]} stay" for name, number in gone.items()]
    return "\n".join(lines or ["Nothing is over."])


def engine_of(settings: Settings) -> Engine:
    engine = db.make_engine(settings)
    db.assert_migrated(engine)
    return engine
