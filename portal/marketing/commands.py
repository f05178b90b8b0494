"""`homeward-portal campaign …` and `contacts import`: what an operator does about letters."""

import argparse
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal import db
from portal.context import system_clock
from portal.db import for_writing
from portal.mail import letters, outbox
from portal.marketing import campaigns, consent, reports, surveys
from portal.marketing.campaigns import CannotSend
from portal.marketing.consent import Here
from portal.marketing.models import Campaign, Scope
from portal.marketing.surveys import Question
from portal.settings import Settings
from portal.words import LANGUAGES

Verb = Callable[[Settings, argparse.Namespace], int]
_PROVENANCES = ("order:", "event:", "import:")


def add(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """The words, below `homeward-portal`."""
    group = verbs.add_parser("campaign", help="letters to whoever asked for them")
    below = group.add_subparsers(required=True, metavar="verb")
    making = _word(below, "new", "from a file: “Subject: …”, an empty line, the letter", _new)
    making.add_argument("file", type=Path)
    making.add_argument("--scope", required=True, type=Scope, choices=list(Scope))
    making.add_argument("--language", default="en", choices=list(LANGUAGES))
    making.add_argument("--per-hour", type=int, default=600)
    making.add_argument(
        "--question",
        default=Question.NONE,
        type=Question,
        choices=[one for one in Question if one],
        help="what a survey asks",
    )
    _word(below, "list", "every campaign, for programs", _list)
    _numbered(below, "preview", "how many would get it now, and what", _preview)
    testing = _numbered(below, "test", "send it to one address", _test)
    testing.add_argument("address")
    for name, says, change in (
        ("start", "begin to send", campaigns.start),
        ("pause", "stop until resumed", campaigns.pause),
        ("resume", "go on", campaigns.resume),
        ("cancel", "stop for good", campaigns.cancel),
    ):
        _numbered(below, name, says, _changing(change))
    _numbered(below, "results", "of a survey, once five have answered; for programs", _results)
    contacts = verbs.add_parser("contacts", help="addresses, and where they are from")
    importing = _word(
        contacts.add_subparsers(required=True, metavar="verb"), "import",
        "addresses from a file, one a line; it allows no letter", _import,
    )  # fmt: skip
    importing.add_argument("file", type=Path)
    importing.add_argument("--from", dest="provenance", required=True, help="as order:cleverbridge")
    reporting = verbs.add_parser("mail-report", help="a complaint or bounce, on standard input")
    reporting.set_defaults(verb=_report)


def _word(below: Any, name: str, says: str, verb: Verb) -> argparse.ArgumentParser:
    made: argparse.ArgumentParser = below.add_parser(name, help=says)
    made.set_defaults(verb=_told(verb))
    return made


def _numbered(below: Any, name: str, says: str, verb: Verb) -> argparse.ArgumentParser:
    made = _word(below, name, says, verb)
    made.add_argument("number", type=int)
    return made


def _told(verb: Verb) -> Verb:
    """What stands in the way is a sentence, not a trace."""

    def tell(settings: Settings, chosen: argparse.Namespace) -> int:
        try:
            return verb(settings, chosen)
        except (CannotSend, outbox.NoAddress) as error:
            print(error, file=sys.stderr)
            return 1

    return tell


@contextmanager
def _changes(settings: Settings) -> Iterator[Session]:
    """Committed at the end."""
    engine = db.make_engine(settings)
    try:
        db.assert_migrated(engine)
        with Session(for_writing(engine)) as session:
            yield session
            session.commit()
    finally:
        engine.dispose()


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CannotSend(f"{path} cannot be read as text.") from error


def _new(settings: Settings, chosen: argparse.Namespace) -> int:
    text = campaigns.parse(_read(chosen.file))
    if not 1 <= chosen.per_hour <= 100_000:
        raise CannotSend("--per-hour takes 1 to 100000.")
    with _changes(settings) as session:
        plan = campaigns.Plan(chosen.scope, chosen.language, chosen.per_hour, chosen.question)
        made = campaigns.new(session, text, plan, system_clock())
        print(f"Campaign {made.number}. Next: homeward-portal campaign test {made.number} ADDRESS")
    return 0


def _list(settings: Settings, _chosen: argparse.Namespace) -> int:
    shown = ("number", "state", "scope", "language", "subject", "written", "complaints")
    with _changes(settings) as session:
        found = session.scalars(select(Campaign).order_by(Campaign.number)).all()
        print(json.dumps([{name: getattr(one, name) for name in shown} for one in found], indent=1))
    return 0


def _preview(settings: Settings, chosen: argparse.Namespace) -> int:
    with _changes(settings) as session:
        campaign = campaigns.get(session, chosen.number)
        said = {
            "subject": campaign.subject, "text": campaign.text, "portal": settings.public_url,
            "postal": settings.mail.postal_address if settings.mail else "", "token": "…",
            "answer": "…" if campaign.question else "",
        }  # fmt: skip
        written = letters.write(campaigns.LETTER, campaign.language, said)
        print(f"Recipients now: {campaigns.recipients(session, campaign, system_clock())}")
        print(f"Subject: {written.subject}\n\n{written.text}")
    return 0


def _results(settings: Settings, chosen: argparse.Namespace) -> int:
    with _changes(settings) as session:
        survey = campaigns.get(session, chosen.number)
        if not survey.question:
            raise CannotSend(f"Campaign {survey.number} asks nothing.")
        found = surveys.results(session, survey)
        if found is None:
            raise CannotSend(f"Fewer than {surveys.LEAST} have answered; nothing is shown yet.")
        print(json.dumps({"question": survey.question, **asdict(found)}, ensure_ascii=True))
    return 0


def _test(settings: Settings, chosen: argparse.Namespace) -> int:
    _must_have_mail(settings)
    with _changes(settings) as session:
        campaign = campaigns.get(session, chosen.number)
        campaigns.test(session, campaign, chosen.address, settings.pepper, system_clock())
        print(f"It is on its way. Then: homeward-portal campaign start {campaign.number}")
    return 0


def _changing(change: Callable[[Campaign], None]) -> Verb:
    def verb(settings: Settings, chosen: argparse.Namespace) -> int:
        _must_have_mail(settings)
        with _changes(settings) as session:
            campaign = campaigns.get(session, chosen.number)
            change(campaign)
            print(f"Campaign {campaign.number} is {campaign.state}.")
        return 0

    return verb


def _must_have_mail(settings: Settings) -> None:
    """The law wants to know who writes: no campaign without a postal address."""
    if settings.mail is None or not settings.mail.postal_address:
        raise CannotSend("Set HOMEWARD_SMTP and HOMEWARD_POSTAL_ADDRESS first; docs/operations.md.")


def _report(settings: Settings, _chosen: argparse.Namespace) -> int:
    """Always 0 for what is no report of ours: a mail server must not send that back again."""
    raw = sys.stdin.buffer.read(reports.MOST)
    with _changes(settings) as session:
        print(reports.heed(session, raw, settings.pepper, system_clock()))
    return 0


def _import(settings: Settings, chosen: argparse.Namespace) -> int:
    if not chosen.provenance.startswith(_PROVENANCES) or len(chosen.provenance) > 40:
        raise CannotSend("--from says where the addresses are from, as order:cleverbridge.")
    here = Here(settings.pepper, "import", "en", system_clock())
    lines = [line.strip() for line in _read(chosen.file).splitlines() if line.strip()]
    known = [line for line in lines if outbox.is_address(line)]
    with _changes(settings) as session:
        for address in known:
            consent.keep_address(session, address, chosen.provenance, here)
    print(
        f"{len(known)} addresses kept, {len(lines) - len(known)} lines were none. None is opted in."
    )
    return 0
