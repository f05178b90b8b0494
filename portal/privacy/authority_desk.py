"""homeward-portal authority: the register of what authorities ask, in a terminal."""

import argparse
import json
from pathlib import Path
from typing import Any

from rich.progress import DownloadColumn, Progress
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal import db
from portal.accounts.models import Account
from portal.blobs import FileStore
from portal.context import system_clock
from portal.privacy import announcing, authority, export
from portal.privacy.models import AuthorityRequest
from portal.privacy.terminal import CannotDo, a_day, day, writing
from portal.settings import Settings


def add_verbs(verbs: Any) -> None:
    parser = verbs.add_parser("authority", help="what authorities ask about an account")
    inside = parser.add_subparsers(required=True, metavar="verb")
    fields = inside.add_parser("fields", help="all that could be handed over, and what is sealed")
    fields.set_defaults(verb=show_fields)
    listing = inside.add_parser("list", help="the register")
    listing.set_defaults(verb=show_register)
    for one in (fields, listing):
        one.add_argument("--json", action="store_true", help="for programs")
    taking = inside.add_parser("take", help="note that one came; its owner hears of it")
    taking.add_argument("--from", dest="sender", required=True, help="which authority")
    taking.add_argument("--reference", required=True, help="as on its letter")
    taking.add_argument("--email", required=True, help="whose account")
    taking.add_argument(
        "--silent-until", type=a_day, metavar="YYYY-MM-DD",
        help="only where a law keeps it from its owner; they hear on that day",
    )  # fmt: skip
    taking.set_defaults(verb=take)
    giving = inside.add_parser("hand-over", help="the classes named, into a file; two people")
    giving.add_argument("--class", dest="classes", action="append", default=[], required=True)
    giving.add_argument("--with", dest="second", required=True, help="who else decided it")
    giving.add_argument("--out", type=Path, required=True)
    giving.set_defaults(verb=hand_over)
    refusing = inside.add_parser("refuse", help="nothing goes")
    refusing.set_defaults(verb=refuse)
    for one in (giving, refusing):
        one.add_argument("--number", type=int, required=True)
        one.add_argument("--by", required=True, help="who decided it")


def show_fields(_settings: Settings, chosen: argparse.Namespace) -> int:
    """Exactly what a copy of any account could hold; secrets that let in are in none."""
    said: list[dict[str, Any]] = [
        {"class": kept.name, "what": kept.what, "sealed": sealed,
         "fields": {table: export.shown(table, names) for table, names in kept.columns.items()}}
        for kept, sealed in authority.could_go()
    ]  # fmt: skip
    if chosen.json:
        print(json.dumps(said, ensure_ascii=False))
        return 0
    for row in said:
        print(f"{row['class']}{' (sealed to its owner)' if row['sealed'] else ''}: {row['what']}")
        for table, names in row["fields"].items():
            print(f"    {table}: {', '.join(names)}")
    return 0


def show_register(settings: Settings, chosen: argparse.Namespace) -> int:
    with writing(settings) as session:
        known = list(session.scalars(select(AuthorityRequest).order_by(AuthorityRequest.number)))
        asked, went = authority.counts(session)
    if chosen.json:
        shown = ("number", "sender", "reference", "came", "silent_until", "told", "answered",
                 "outcome", "classes", "by")  # fmt: skip
        print(json.dumps([{name: getattr(one, name) for name in shown} for one in known]))
        return 0
    for one in known:
        told = f"told {day(one.told)}" if one.told else "NOT TOLD YET"
        print(f"{one.number}  {day(one.came)} {one.sender!r}, {one.reference!r}; {told}")
        print(f"    {one.outcome or 'waits'} {one.classes}")
    print(f"{asked} asked; {went} times something was handed over. /privacy says so, too.")
    return 0


def take(settings: Settings, chosen: argparse.Namespace) -> int:
    until = announcing.morning(chosen.silent_until) if chosen.silent_until else None
    with writing(settings) as session:
        made = authority.take(
            session, chosen.email, chosen.sender, chosen.reference, until, system_clock()
        )
        session.commit()
    told = f"its owner hears on {day(until)}" if until else "a letter to its owner waits to go"
    print(f"Request {made.number}; {told}. What there is: homeward-portal authority fields")
    return 0


def hand_over(settings: Settings, chosen: argparse.Namespace) -> int:
    """The file is whole before the register says that it went."""
    with writing(settings) as session:
        asked = _request(session, chosen.number)
        by = (chosen.by, chosen.second)
        tables = authority.hand_over(session, asked, chosen.classes, by, system_clock())
        account = session.get(Account, asked.account)
        if account is None:
            raise CannotDo("The account is gone, and everything of it: there is nothing to give.")
        _write(settings, account, tables, chosen.out)
        session.commit()
    print(f"{chosen.out} holds {', '.join(chosen.classes)}, and no key. Its owner is told.")
    return 0


def _write(settings: Settings, account: Account, tables: frozenset[str], out: Path) -> None:
    """Raises CannotDo where the file is there already or cannot be written."""
    blobs = FileStore(settings.blobs)
    asked = export.Asked(account.id, account.email_norm, settings.pepper, blobs)
    engine = db.make_engine(settings)
    try:
        with (
            Progress(*Progress.get_default_columns(), DownloadColumn()) as bar,
            out.open("xb") as f,
        ):
            task = bar.add_task("Writing", total=None)
            for piece in export.stream(engine, asked, only=tables):
                f.write(piece)
                bar.advance(task, len(piece))
    except OSError as error:
        raise CannotDo(f"{out} cannot be written: {error.strerror}. Nothing went.") from error
    finally:
        engine.dispose()


def refuse(settings: Settings, chosen: argparse.Namespace) -> int:
    with writing(settings) as session:
        authority.refuse(session, _request(session, chosen.number), chosen.by, system_clock())
        session.commit()
    print("Refused; nothing went.")
    return 0


def _request(session: Session, number: int) -> AuthorityRequest:
    found = session.get(AuthorityRequest, number)
    if found is None:
        raise CannotDo("There is no such request. See them with: homeward-portal authority list")
    return found
