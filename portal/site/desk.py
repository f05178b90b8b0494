"""homeward-portal counts: how many came and what was used, in a terminal."""

import argparse
import json
from datetime import date, timedelta
from typing import Any

from sqlalchemy.orm import Session

from portal import db
from portal.context import system_clock
from portal.settings import Settings
from portal.site import counting

_FIRST = date(1970, 1, 1)


def add_verbs(verbs: Any) -> None:
    counts = verbs.add_parser("counts", help="what was counted, by day; numbers from five on")
    counts.add_argument("--json", action="store_true", help="for programs")
    counts.set_defaults(verb=show)


def show(settings: Settings, chosen: argparse.Namespace) -> int:
    engine = db.make_engine(settings)
    db.assert_migrated(engine)
    with Session(engine) as session:
        found = counting.shown(session, system_clock())
    engine.dispose()
    rows = [
        {"day": (_FIRST + timedelta(days=one.day)).isoformat(), "metric": one.metric,
         "part": one.part, "count": one.count}
        for one in found
    ]  # fmt: skip
    if chosen.json:
        print(json.dumps(rows))
        return 0
    for row in rows:
        print(f"{row['day']}  {row['count']:>7}  {row['metric']} {row['part']}")
    if not settings.counts:
        print("This portal counts nothing. HOMEWARD_COUNT=yes lets it.")
    return 0
