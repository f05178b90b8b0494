"""homeward-portal thefts: accounts that mark laptops as stolen so often that a person should ask.

The portal stops nothing by itself: most who appear here are unlucky, or rehearse.
"""

import argparse
import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal import db
from portal.accounts.models import Account
from portal.audit import operations as audit
from portal.audit.models import AuditLine
from portal.context import system_clock
from portal.settings import Settings

OFTEN, WITHIN = 3, timedelta(days=90)


@dataclass(frozen=True)
class Often:
    """`last` in Unix milliseconds."""

    email: str
    thefts: int
    laptops: int
    last: int


def add_verbs(verbs: Any) -> None:
    listing = verbs.add_parser(
        "thefts", help=f"who marked {OFTEN} thefts or more within {WITHIN.days} days"
    )
    listing.add_argument("--json", action="store_true", help="for programs")
    listing.set_defaults(verb=show)


def marked_often(session: Session, now: int) -> list[Often]:
    """Most first. Read from the audit log, which outlives what an owner deletes."""
    marks = func.count(AuditLine.number)
    laptops, last = func.count(AuditLine.subject.distinct()), func.max(AuditLine.at)
    query = (
        select(AuditLine.actor, marks, laptops, last)
        .where(
            AuditLine.action == "marked-stolen",
            AuditLine.at > now - WITHIN // timedelta(milliseconds=1),
        )
        .group_by(AuditLine.actor)
        .having(marks >= OFTEN)
        .order_by(marks.desc(), AuditLine.actor)
    )
    found = {audit.id_in(actor): row for actor, *row in session.execute(query)}
    known = session.scalars(select(Account).where(Account.id.in_(found)))
    emails = {one.id: one.email_norm for one in known}
    return [Often(emails[one], *row) for one, row in found.items() if one in emails]


def show(settings: Settings, chosen: argparse.Namespace) -> int:
    engine = db.make_engine(settings)
    db.assert_migrated(engine)
    with Session(engine) as session:
        found = marked_often(session, system_clock())
    engine.dispose()
    if chosen.json:
        print(json.dumps([asdict(one) for one in found]))
        return 0
    for one in found:
        last = datetime.fromtimestamp(one.last / 1000, UTC).date()
        print(f"{one.thefts} thefts (laptops: {one.laptops}), last {last}  {one.email}")
    print(
        f"{len(found)} accounts marked {OFTEN} thefts or more within {WITHIN.days} days. Ask them;"
        " where somebody is being followed: homeward-portal license suspend --stalking"
    )
    return 0
