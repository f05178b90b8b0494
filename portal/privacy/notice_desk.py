"""homeward-portal policy, handover: what people are told before it changes, in a terminal."""

import argparse
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from rich.progress import track
from sqlalchemy.orm import Session

from portal.accounts.models import Account
from portal.context import system_clock
from portal.privacy import announcing, handover, policy
from portal.privacy.announcing import Kind
from portal.privacy.models import Announcement
from portal.privacy.policy import Line
from portal.privacy.terminal import CannotDo, a_day, day, writing
from portal.settings import Settings


def add_verbs(verbs: Any) -> None:
    _add_policy(verbs.add_parser("policy", help="what /privacy says, version by version"))
    _add_handover(verbs.add_parser("handover", help="before this portal changes hands"))


def _add_policy(parser: argparse.ArgumentParser) -> None:
    inside = parser.add_subparsers(required=True, metavar="verb")
    printing = inside.add_parser("print", help="what this version of the program goes by, as JSON")
    printing.set_defaults(verb=print_policy)
    listing = inside.add_parser("list", help="every version, and since when")
    listing.add_argument("--json", action="store_true", help="for programs")
    listing.set_defaults(verb=list_versions)
    telling = inside.add_parser("announce", help="a change: written to everybody, 30 days before")
    telling.add_argument("--on", type=a_day, required=True, metavar="YYYY-MM-DD")
    telling.set_defaults(verb=announce_policy)
    better = inside.add_parser("correct", help="better words for what stays as it is")
    better.set_defaults(verb=correct_policy)
    for one in (telling, better):
        one.add_argument("--file", type=Path, help="what another version of the program printed")


def _add_handover(parser: argparse.ArgumentParser) -> None:
    inside = parser.add_subparsers(required=True, metavar="verb")
    telling = inside.add_parser("announce", help="written to everybody, 30 days before")
    telling.add_argument("--to", required=True, help="who will run it: name and address")
    telling.add_argument("--on", type=a_day, required=True, metavar="YYYY-MM-DD")
    telling.set_defaults(verb=announce_handover)
    listing = inside.add_parser("list", help="what was announced, for programs")
    listing.set_defaults(verb=list_handovers)
    calling_off = inside.add_parser("call-off", help="it will not be; everybody hears of it")
    calling_off.set_defaults(verb=call_off_handover)
    completing = inside.add_parser("complete", help="on the day, not before")
    completing.set_defaults(verb=complete_handover)
    for one in (calling_off, completing):
        one.add_argument("--number", type=int, required=True)


def print_policy(settings: Settings, _chosen: argparse.Namespace) -> int:
    """Needs no database: the version to come prints it beside the one that serves."""
    print(policy.to_text(policy.lines(settings)))
    return 0


def list_versions(settings: Settings, chosen: argparse.Namespace) -> int:
    with writing(settings) as session:
        known = policy.versions(session)
        now_in_force = policy.in_force(session, system_clock())
    said = [
        {"version": one.number, "announced": day(one.announced), "effective": day(one.effective),
         "in_force": one == now_in_force, "lines": len(one.lines)}
        for one in known
    ]  # fmt: skip
    if chosen.json:
        print(json.dumps(said))
        return 0
    for row in said:
        mark = ", in force" if row["in_force"] else ""
        print(f"{row['version']}  from {row['effective']}, announced {row['announced']}{mark}")
    print(f"{len(said)} versions; each is read at {settings.public_url}/privacy/versions.")
    return 0


def announce_policy(settings: Settings, chosen: argparse.Namespace) -> int:
    new, now = _lines(settings, chosen), system_clock()
    with writing(settings) as session:
        on = announcing.morning(chosen.on)
        made, told = policy.announce(session, new, on, now, _watched)
        session.commit()
    print(f"Version {made.number} counts from {day(made.effective)}; {told} letters wait to go.")
    print(f"What changes: {settings.public_url}/privacy/versions/{made.number}")
    return 0


def correct_policy(settings: Settings, chosen: argparse.Namespace) -> int:
    new = _lines(settings, chosen)
    with writing(settings) as session:
        made = policy.correct(session, new, system_clock())
        session.commit()
    print(f"Version {made.number} counts from now.")
    return 0


def announce_handover(settings: Settings, chosen: argparse.Namespace) -> int:
    on, now = announcing.morning(chosen.on), system_clock()
    with writing(settings) as session:
        made, told = handover.announce(session, chosen.to, on, now, _watched)
        session.commit()
    print(f"Handover {made.number}, on {day(made.effective)}; {told} letters wait to go.")
    return 0


def list_handovers(settings: Settings, _chosen: argparse.Namespace) -> int:
    with writing(settings) as session:
        known = announcing.of_kind(session, Kind.HANDOVER)
    shown = ("number", "text", "announced", "effective", "withdrawn", "done")
    print(json.dumps([{name: getattr(one, name) for name in shown} for one in known]))
    return 0


def call_off_handover(settings: Settings, chosen: argparse.Namespace) -> int:
    with writing(settings) as session:
        planned = _handover(session, chosen.number)
        told = handover.call_off(session, planned, system_clock(), _watched)
        session.commit()
    print(f"Called off; {told} letters wait to go.")
    return 0


def complete_handover(settings: Settings, chosen: argparse.Namespace) -> int:
    with writing(settings) as session:
        planned, now = _handover(session, chosen.number), system_clock()
        handover.complete(planned, settings.answering.responsible, now)
        made = policy.follow(session, policy.lines(settings), now)
        session.commit()
    print(f"{planned.text} runs this portal now; version {made.number} of the policy says so.")
    return 0


def _handover(session: Session, number: int) -> Announcement:
    found = session.get(Announcement, number)
    if found is None or found.kind != Kind.HANDOVER:
        raise CannotDo("There is no such handover. See them with: homeward-portal handover list")
    return found


def _lines(settings: Settings, chosen: argparse.Namespace) -> tuple[Line, ...]:
    if chosen.file is None:
        return policy.lines(settings)
    try:
        return policy.from_text(chosen.file.read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise CannotDo(f"{chosen.file} cannot be read as text.") from error


def _watched(accounts: Iterable[Account]) -> Iterable[Account]:
    yield from track(list(accounts), description="Letters")
