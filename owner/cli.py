"""`homeward`: the words a person types, and what every failure looks like to them.

Exit codes: 0 done, 1 refused or not everything could be verified, 2 not understood, 130 Ctrl-C.
"""

import argparse
import json
import re
import sys
from pathlib import Path
from typing import Any

from owner import bringing, keeping, licensed, opening, outside, verbs
from owner.errors import OwnerError
from shared.command import Wish
from shared.errors import ProtocolError
from shared.wishes import ALARM_S, MOST_CHARACTERS

FAILED, STOPPED = 1, 130
LONGEST_DAYS = 30


def main(argv: list[str] | None = None) -> int:
    """Run one verb; its exit code. Nothing a person does ends in a traceback."""
    words = _parser().parse_args(argv)
    words.emit = _emit if words.json else _say_nothing
    try:
        here = outside.real(quiet=words.json, password_from_stdin=words.password_stdin)
        well, said = words.run(words, here)
    except KeyboardInterrupt:
        return _fail(words, STOPPED, "stopped", "Stopped.")
    except OwnerError as error:
        return _fail(words, FAILED, error.code, str(error))
    except ProtocolError as error:
        return _fail(words, FAILED, error.code, _distrust(error))
    words.emit(said)
    return 0 if well else FAILED


def _fail(words: argparse.Namespace, exit_code: int, code: str, sentence: str) -> int:
    print(sentence, file=sys.stderr, flush=True)
    words.emit({"error": {"code": code, "message": sentence}})
    return exit_code


def _distrust(error: ProtocolError) -> str:
    said = str(error)
    return (
        f"{said[:1].upper()}{said[1:]}. Check what you typed; if it is right, do not trust this "
        "portal before its operator has explained it."
    )


def _emit(said: dict[str, Any]) -> None:
    print(json.dumps(said), flush=True)  # ASCII: a record may hold half a surrogate pair


def _say_nothing(said: dict[str, Any]) -> None:
    """Without --json the screen has said it already."""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="homeward",
        description="The owner's client: everything is checked and opened on this computer.",
    )
    verbs_of = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    common = _common()

    def verb(name: str, run: Any, what: str, *arguments: str) -> argparse.ArgumentParser:
        added = verbs_of.add_parser(name, help=what, description=what, parents=[common])
        added.set_defaults(run=run)
        for argument in arguments:
            added.add_argument(argument.lower(), metavar=argument)
        return added

    verb("register", verbs.register, "make an account", "EMAIL")
    bringing.arguments(verb("import", bringing.bring, "bring an account from another portal"))
    opening.arguments(
        verb("open", opening.open_copy, "open a copy of an account, without a portal")
    )
    login = verb("login", verbs.login, "sign in on this computer")
    login.add_argument("email", nargs="?", metavar="EMAIL")
    login.add_argument("--code", help="of your authenticator app, or a backup code")
    verb("logout", verbs.logout, "sign out of this computer")
    verb("devices", verbs.devices, "list your laptops and what they know")
    _pair(verb("pair", verbs.pair, "add the laptop that shows this code", "CODE"))
    _stolen(verb("stolen", verbs.stolen, "mark a laptop as stolen", "NAME"))
    back = "say so anew to a laptop whose usual user is back"
    still = verb("still-stolen", verbs.still_stolen, back, "NAME")
    still.epilog = "It holds its pictures until then. Be sure who uses it before you say so."
    verb("recovered", verbs.recovered, "mark a laptop as back home", "NAME")
    _evidence(verb("evidence", verbs.show_evidence, "check and open what it sent", "NAME"))
    _pack(verb("pack", verbs.make_pack, "put evidence in a file that others can check", "NAME"))
    checked = verb("verify", verbs.verify_pack, "check such a file; needs no account")
    checked.add_argument("file", type=Path, metavar="FILE.zip")
    keeping.arguments(verb("keep", keeping.keep, "say how long its evidence stays", "NAME"))
    licensed.arguments(verb("license", licensed.license_of, "your license and its seats"))
    command = verb("command", verbs.command, "ask a laptop to do something once", "NAME")
    command.add_argument("wish", choices=[Wish.REPORT_NOW.value])
    _alarm(verb("alarm", verbs.alarm, "have a laptop sound an alarm", "NAME"))
    message = verb("message", verbs.message, "show a message to whoever uses it", "NAME", "TEXT")
    message.epilog = f"At most {MOST_CHARACTERS} characters. On a locked screen it waits."
    verb("lock", verbs.lock, "lock every screen of a laptop", "NAME")
    _wipe(verb("wipe", verbs.wipe, "empty folders of a laptop that is marked as stolen", "NAME"))
    _drill(verb("drill", verbs.run_drill, "rehearse a theft and count the seconds", "NAME"))
    return parser


def _common() -> argparse.ArgumentParser:
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--json", action="store_true", help="JSON on stdout and nothing else")
    common.add_argument("--portal", metavar="URL", help="else HOMEWARD_PORTAL, else the last one")
    common.add_argument(
        "--password-stdin", action="store_true",
        help="read the password from the first line of stdin (or set HOMEWARD_PASSWORD_FILE)",
    )  # fmt: skip
    return common


def _pair(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--name", help="what to call it")
    parser.add_argument("--yes", action="store_true", help="do not ask before adding")


def _stolen(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--until-days", type=_days, default=14, metavar="DAYS",
        help="after this it goes home by itself (default 14, at most 30)",
    )  # fmt: skip
    parser.add_argument("--note", default="", type=_note, help="shown to whoever uses the laptop")
    parser.add_argument("--no-camera", action="store_true", help="take no pictures")
    parser.add_argument(
        "--tell-at-once", action="store_true",
        help="cover the screen with a notice now, not after a day: it says that the laptop is "
        "reported stolen, and your note",
    )  # fmt: skip
    parser.add_argument("--renew", action="store_true", help="move the end of an open theft")


def _alarm(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--seconds", type=int, default=60, metavar="SECONDS",
        help=f"how long, unless somebody at the laptop ends it (default 60, at most {ALARM_S[1]})",
    )  # fmt: skip


def _wipe(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--folder", action="append", default=[], metavar="PATH",
        help="the full path of a folder on the laptop; may be given again",
    )  # fmt: skip
    parser.add_argument(
        "--home", action="append", default=[], metavar="ACCOUNT",
        help="all that is in this account's home folder; may be given again",
    )  # fmt: skip
    parser.add_argument("--dry-run", action="store_true", help="only count what would be removed")
    parser.add_argument(
        "--forget", action="store_true",
        help="afterwards let the laptop go: it forgets its keys, and you hear no more of it",
    )  # fmt: skip
    parser.add_argument("--confirm", metavar="NAME", help="the laptop's name once more")


def _drill(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--timeout", type=_seconds, default=300.0, metavar="SECONDS",
        help="give up after this long (default 300)",
    )  # fmt: skip
    how = parser.add_mutually_exclusive_group()
    how.add_argument(
        "--at-home", action="store_true",
        help="mark nothing, and have a test picture instead of the cameras",
    )  # fmt: skip
    how.add_argument(
        "--monthly", dest="every", action="store_const", const=30,
        help="have the laptop do that by itself every 30 days",
    )  # fmt: skip
    how.add_argument(
        "--not-monthly", dest="every", action="store_const", const=0, help="no longer by itself"
    )


def _evidence(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--open", type=Path, metavar="DIR", help="write everything opened here")
    parser.add_argument("--since", metavar="DATE", help="show only what came later")
    parser.add_argument(
        "--trust-new-portal-keys", action="store_true",
        help="after the operator confirmed that its receipt key changed",
    )  # fmt: skip


def _pack(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--out", type=Path, required=True, metavar="FILE.zip")
    shown = parser.add_mutually_exclusive_group()
    shown.add_argument(
        "--since", metavar="DATE", help="show what came later (default: since the last theft)"
    )
    shown.add_argument("--only", type=_numbers, metavar="NO,…", help="show these reports alone")


def _numbers(text: str) -> frozenset[int]:
    parts = text.split(",")
    if not all(part.isascii() and part.isdecimal() and len(part) <= 16 for part in parts):
        raise argparse.ArgumentTypeError("numbers of reports, like 3,4,7")
    return frozenset(int(part) for part in parts)


def _days(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= LONGEST_DAYS:
        raise argparse.ArgumentTypeError(f"a whole number of days from 1 to {LONGEST_DAYS}")
    return int(text)


def _seconds(text: str) -> float:
    seconds = float(text) if re.fullmatch(r"[0-9]{1,6}(\.[0-9]{1,9})?", text) else 0.0
    if not 0 < seconds <= 86_400:
        raise argparse.ArgumentTypeError("seconds, more than 0 and at most a day")
    return seconds


def _note(text: str) -> str:
    if len(text) > 500 or not text.isprintable():
        raise argparse.ArgumentTypeError("a note is one line of at most 500 characters")
    return text


if __name__ == "__main__":
    sys.exit(main())
