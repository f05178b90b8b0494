"""homeward-agent: pair this laptop, run the agent, see what it does, change it, let it go."""

import argparse
import io
import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn, TextIO

import requests
import segno

from agent import (
    consent,
    consent_screen,
    departure,
    device,
    drop,
    enrollment,
    moment,
    pins,
    settings,
    status,
)
from agent.consent import Consent
from agent.enrollment import Candidate
from agent.errors import AgentError
from agent.hosts import host, quiet
from agent.journal import Journal
from agent.moment import Moment
from agent.parts import CONSENT, Parts, World, locked, make_folders, open_parts
from agent.plan import SENSORS, Plan
from agent.settings import Settings
from agent.uplink import Uplink
from agent.wording import consent_lines, journal_line, status_lines

STOPPED = 130
PATIENCE_S = 300  # a beat under way may take this long


def main(arguments: list[str] | None = None) -> int:
    asked = _parser().parse_args(arguments)
    do: Callable[[Settings, argparse.Namespace], int] = asked.do
    try:
        asked.settings = settings.chosen(asked.settings)
        asked.who = host.account()
        chosen = settings.load(asked.settings)
        if do is _enroll and chosen.action_state:
            asked.pin = pins.from_here_on(chosen.action_state)
        host.become_owner(chosen.state_dir)
        return do(chosen, asked)
    except AgentError as refusal:
        print(refusal, file=sys.stderr)
    except PermissionError:
        print(f"Only an administrator may do this. Try: {host.AS_ADMINISTRATOR}", file=sys.stderr)
    except OSError as trouble:
        where = f" ({trouble.filename})" if trouble.filename else ""
        print(
            f"The disk or the system refused: {trouble.strerror}{where}. Check state_dir in the"
            " settings.",
            file=sys.stderr,
        )
    except KeyboardInterrupt:
        print("\nStopped.", file=sys.stderr)
        return STOPPED
    return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="homeward-agent", description=__doc__)
    parser.add_argument("--settings", metavar="FILE", help="the settings file")
    words = parser.add_subparsers(required=True, metavar="WORD")
    for do, summary in (
        (_enroll, "pair this laptop with its owner"),
        (_run, "run the agent until it is stopped"),
        (_status, "what it is doing just now"),
        (_log, "what it has looked at and done"),
        (_quiet, "say that you have heard the alarm; it stops"),
        (_dispute, "say that the laptop is yours; pictures pause, and the owner hears of it"),
        (_consent, "what it may look at, and who uses the laptop; change it"),
        (_leave, "end it: keys and evidence are removed, the owner is told"),
        (_removed, "tell the owner that the package is removed; its own script says so"),
    ):
        word = words.add_parser(do.__name__.lstrip("_"), help=summary, description=summary)
        word.set_defaults(do=do)
        if do in (_enroll, _status, _log):
            word.add_argument("--json", action="store_true", help="for programs")
        if do in (_enroll, _consent):
            word.add_argument(
                "--used-by", metavar="NAME,…", help="who uses it; owner for nobody else"
            )
        if do is _consent:
            word.add_argument("--refuse", choices=SENSORS, action="append", default=[])
            word.add_argument("--allow", choices=SENSORS, action="append", default=[])
    return parser


def _enroll(chosen: Settings, asked: argparse.Namespace) -> int:
    make_folders(chosen)
    enrollment.check_unpaired(chosen.private)
    screen = sys.stderr if asked.json else sys.stdout
    sensors = consent_screen.ask(sys.stdin, screen, chosen.positioning_host)
    wording = consent_screen.edition(chosen.positioning_host)
    users = _who_uses(asked.used_by, screen)
    agreed = Consent(asked.who, moment.read().t, sensors, users, wording)
    candidate = Candidate.generate()
    with requests.Session() as session:
        portal = Uplink(chosen.portal, session)
        enrollment.offer(candidate, portal)
        _show_code(candidate, chosen, asked.json)
        paired = enrollment.wait_for_owner(candidate, portal, time.sleep)
    with locked(chosen, PATIENCE_S):
        enrollment.check_unpaired(chosen.private)
        if chosen.action_state:
            asked.pin(paired.first_orders)
        enrollment.pin(chosen.private, paired, agreed)
    _tell_owner_what_was_agreed(chosen, "paired", agreed)
    if asked.json:
        _print_json(device_id=paired.id.hex(), fingerprint=paired.fingerprint)
    else:
        print(
            f"\nThis laptop is paired. Its owner's fingerprint is {paired.fingerprint};\n"
            "the owner's own screen shows the same. If it does not: homeward-agent leave"
        )
    return 0


def _show_code(candidate: Candidate, chosen: Settings, for_programs: bool) -> None:
    url = candidate.url(chosen.portal)
    if for_programs:
        _print_json(code=candidate.secret.code, url=url)
        return
    print("\nWithin ten minutes, on the owner's computer:\n")
    print(f"  homeward pair {candidate.secret.code}\n")
    print("This holds the same code, as an address of the portal:\n")
    segno.make(url).terminal(compact=True)
    print(f"\n  {url}\n", flush=True)


def _run(chosen: Settings, asked: argparse.Namespace) -> int:
    make_folders(chosen)
    if not (chosen.private / device.NAME).exists():
        print("This laptop is not paired yet; the agent waits. To pair it: homeward-agent enroll")
    program = Path(__file__).with_name("supervisor.py")
    # The supervisor stays for months: it starts afresh, without what this program has imported.
    arguments = [sys.executable, "-I", str(program), str(chosen.private)]
    sys.stdout.flush()
    host.become([*arguments, str(asked.settings.absolute())])


def _status(chosen: Settings, asked: argparse.Namespace) -> int:
    said = status.read(chosen)
    if asked.json:
        _print_json(**(said or {"paired": False}))
    else:
        print("\n".join(status_lines(said)))
    return 0


def _log(chosen: Settings, asked: argparse.Namespace) -> int:
    for line in Journal(chosen.public).lines():
        print(json.dumps(line, ensure_ascii=False) if asked.json else journal_line(line))
    return 0


def _quiet(chosen: Settings, asked: argparse.Namespace) -> int:
    heard = quiet.say(chosen.public)
    print("The alarm stops; the owner hears that you heard it." if heard else "No alarm sounds.")
    return 0


def _dispute(chosen: Settings, asked: argparse.Namespace) -> int:
    said = status.read(chosen)
    if not said or said.get("standing") != "stolen":
        print("This laptop is not reported stolen, so there is nothing to dispute.")
        return 1
    print(
        "If you bought this laptop or it is yours, say so here. Its owner reads it, and for\n"
        "three days no pictures are taken; that works once. Write a line for the owner, such\n"
        "as where you bought it and how to reach you, or nothing:",
        flush=True,
    )  # fmt: skip
    drop.say(chosen.public, sys.stdin.readline().strip())
    print("Noted. The agent passes it on within minutes; see: homeward-agent log")
    return 0


def _consent(chosen: Settings, asked: argparse.Namespace) -> int:
    if asked.refuse or asked.allow or asked.used_by is not None:
        _change_consent(chosen, asked)
    print("\n".join(consent_lines(status.read(chosen))))
    return 0


def _change_consent(chosen: Settings, asked: argparse.Namespace) -> None:
    with _opened(chosen) as (parts, now):
        agreed = parts.consent
    wanted = (set(agreed.sensors) | set(asked.allow)) - set(asked.refuse)
    names = tuple(name for name in SENSORS if name in wanted)
    usual = agreed.usual if asked.used_by is None else _who_uses(asked.used_by, sys.stdout)
    agreed = Consent(asked.who, now.t, names, usual, agreed.edition)
    consent.save(chosen.private / CONSENT, agreed)
    _tell_owner_what_was_agreed(chosen, "consent-changed", agreed)


def _who_uses(named: str | None, screen: TextIO) -> tuple[str, ...]:
    """A program says it with --used-by; somebody at the keyboard is asked."""
    answers = sys.stdin if named is None and sys.stdin.isatty() else io.StringIO(named or "")
    return consent_screen.ask_who_uses(answers, screen, host.is_account)


def _leave(chosen: Settings, asked: argparse.Namespace) -> int:
    print(
        "This ends Homeward on this laptop: the owner is told, then the keys and everything that\n"
        "has not been sent yet are removed. To begin again, the laptop must be paired again.\n"
        "Type  leave  to go on: ",
        end="", flush=True,
    )  # fmt: skip
    if sys.stdin.readline().strip().lower() != "leave":
        print("Nothing was changed.")
        return 1
    with _opened(chosen) as (parts, now):
        told = departure.depart(parts, now, "laptop")
    untold = "The portal did not answer, so the owner could not be told."
    print("The laptop is let go.", "The owner has been told." if told else untold)
    return 0


def _removed(chosen: Settings, asked: argparse.Namespace) -> int:
    with _opened(chosen) as (parts, now):
        told = departure.remove(parts, now)
    print("Its owner has been told." if told else "Its owner could not be told.")
    return 0


@contextmanager
def _opened(chosen: Settings) -> Iterator[tuple[Parts, Moment]]:
    with locked(chosen, PATIENCE_S), requests.Session() as session:
        now = moment.read()
        world = World(_looks_at_nothing, Uplink(chosen.portal, session))
        yield open_parts(chosen, world, now), now


def _looks_at_nothing(plan: Plan) -> NoReturn:
    raise AgentError("Only the agent itself looks, never this program.")


def _tell_owner_what_was_agreed(chosen: Settings, name: str, agreed: Consent) -> None:
    """Into the outbox, and a nudge to the running agent to send it."""
    with _opened(chosen) as (parts, now):
        said = {"agreed": list(agreed.sensors), "usual": list(agreed.usual)}
        whose = {"account": agreed.who, "edition": agreed.edition}
        parts.journal.note(now.t, name, **said)
        parts.records.event(now, name, **whose, **said)
        status.tell(parts, now)
    host.nudge(chosen.private)


def _print_json(**said: object) -> None:
    print(json.dumps(said, ensure_ascii=False), flush=True)


if __name__ == "__main__":
    sys.exit(main())
