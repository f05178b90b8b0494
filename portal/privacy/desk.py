"""homeward-portal requests, breach: what the operator does about people's rights, in a terminal."""

import argparse
import json
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.context import system_clock
from portal.privacy import breaches, requests, retention
from portal.privacy.breaches import What
from portal.privacy.models import Breach, RightsRequest
from portal.privacy.requests import Outcome
from portal.privacy.terminal import CannotDo, moment, writing
from portal.settings import Settings

_DAY_MS = 24 * 3600 * 1000


def add_verbs(verbs: Any) -> None:
    _add_requests(verbs.add_parser("requests", help="what people ask for by law"))
    _add_breach(verbs.add_parser("breach", help="the register of breaches and its clocks"))


def _add_requests(parser: argparse.ArgumentParser) -> None:
    inside = parser.add_subparsers(required=True, metavar="verb")
    listing = inside.add_parser("list", help="those that wait, the most urgent first")
    listing.add_argument("--json", action="store_true", help="for programs")
    listing.set_defaults(verb=list_requests)
    extending = inside.add_parser("extend", help="two months more, said to whoever asked")
    closing = inside.add_parser("close", help="done or refused, said to whoever asked")
    closing.add_argument("--outcome", choices=list(Outcome), required=True)
    closing.add_argument(
        "--keeps", action="append", default=[], metavar="CLASS",
        help="what stays in spite of it, as “homeward-portal purge” calls it; may be given again",
    )  # fmt: skip
    for one, verb in ((extending, extend_request), (closing, close_request)):
        one.add_argument("number", type=int)
        one.add_argument("--why", default="", help="kept, and needed for a refusal")
        one.set_defaults(verb=verb)


def _add_breach(parser: argparse.ArgumentParser) -> None:
    inside = parser.add_subparsers(required=True, metavar="verb")
    opening = inside.add_parser("open", help="the clocks run from now")
    opening.add_argument("nature", help="what happened, in a sentence")
    opening.add_argument("--class", dest="classes", action="append", default=[])
    opening.add_argument("--people", type=int, default=0, help="about how many")
    opening.add_argument("--drill", action="store_true", help="rehearsed, and marked as such")
    opening.set_defaults(verb=open_breach)
    noting = inside.add_parser("note", help="what was found, done, decided or told")
    noting.add_argument("text")
    noting.add_argument("--what", choices=list(What), required=True)
    noting.add_argument("--by", required=True)
    noting.set_defaults(verb=note_breach)
    showing = inside.add_parser("show", help="a breach, its steps and its clocks")
    showing.set_defaults(verb=show_breach)
    closing = inside.add_parser("close", help="once it was decided whom to tell")
    closing.set_defaults(verb=close_breach)
    for one in (noting, showing, closing):
        one.add_argument("--number", type=int, required=True)


def list_requests(settings: Settings, chosen: argparse.Namespace) -> int:
    now = system_clock()
    with writing(settings) as session:
        waiting = requests.open_ones(session)
    said = [
        {"number": one.number, "kind": one.kind, "address": one.address, "text": one.text,
         "days_left": (one.due - now) // _DAY_MS, "extended": one.extended is not None}
        for one in waiting
    ]  # fmt: skip
    if chosen.json:
        print(json.dumps(said))
        return 0
    for one in said:
        print(f"{one['number']}  {one['kind']}, {one['days_left']} days left, {one['address']!r}")
        print(f"    {one['text']!r}")
    print(f"{len(said)} requests wait.")
    return 0


def extend_request(settings: Settings, chosen: argparse.Namespace) -> int:
    with writing(settings) as session:
        requests.extend(session, _request(session, chosen.number), chosen.why, system_clock())
        session.commit()
    print("Extended by two months; whoever asked hears of it.")
    return 0


def close_request(settings: Settings, chosen: argparse.Namespace) -> int:
    with writing(settings) as session:
        asked, outcome = _request(session, chosen.number), Outcome(chosen.outcome)
        requests.close(
            session, asked, outcome, chosen.why, system_clock(),
            kept=retention.named(chosen.keeps), authority=settings.answering.authority,
        )  # fmt: skip
        session.commit()
    print("Closed; whoever asked hears of it.")
    return 0


def open_breach(settings: Settings, chosen: argparse.Namespace) -> int:
    with writing(settings) as session:
        made = breaches.begin(
            session, chosen.nature, chosen.classes, chosen.people, system_clock(),
            drill=chosen.drill,
        )  # fmt: skip
        session.commit()
        print(f"Breach {made.number} is open.{' It is a drill.' if made.drill else ''}")
    return 0


def note_breach(settings: Settings, chosen: argparse.Namespace) -> int:
    with writing(settings) as session:
        what, now = What(chosen.what), system_clock()
        breaches.note(session, _breach(session, chosen.number), what, chosen.by, chosen.text, now)
        session.commit()
    print("Noted.")
    return 0


def show_breach(settings: Settings, chosen: argparse.Namespace) -> int:
    now = system_clock()
    with writing(settings) as session:
        breach = _breach(session, chosen.number)
        print(f"{'DRILL: ' if breach.drill else ''}{breach.nature!r}")
        print(f"known since {moment(breach.aware)}; touched: {breach.classes or 'not known yet'}")
        print(f"about {breach.people} people; all of it sealed: {breaches.unreadable(breach)}")
        for step in breaches.steps(session, breach):
            print(f"{moment(step.at)} {step.what} by {step.by!r}: {step.text!r}")
    for name, hours in breaches.hours_left(breach, now).items():
        print(f"{name}: {hours} hours left" if hours >= 0 else f"{name}: OVER by {-hours} hours")
    return 0


def close_breach(settings: Settings, chosen: argparse.Namespace) -> int:
    with writing(settings) as session:
        breaches.close(session, _breach(session, chosen.number), system_clock())
        session.commit()
    print("Closed. It stays in the register for five years.")
    return 0


def _request(session: Session, number: int) -> RightsRequest:
    found = session.get(RightsRequest, number)
    if found is None:
        raise CannotDo("There is no such request. See them with: homeward-portal requests list")
    return found


def _breach(session: Session, number: int) -> Breach:
    found = session.get(Breach, number)
    if found is None:
        known = session.scalars(select(Breach.number)).all()
        raise CannotDo(f"There is no such breach. There are: {list(known) or 'none'}.")
    return found
