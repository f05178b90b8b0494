"""homeward keep: how long the portal keeps what a laptop reports, and what it deletes now."""

import argparse
import re
from collections.abc import Callable
from dataclasses import asdict, replace
from typing import Any

from rich.text import Text

from owner import summary, thefts
from owner.errors import BadInput
from owner.outside import Outside
from owner.typed import moment
from owner.verbs import Answer, desk_of
from shared.will import KEEP_DAYS, KEEP_THEFT_DAYS, Keep


def keep(words: argparse.Namespace, here: Outside) -> Answer:
    """Without a wish it only says how things stand."""
    desk = desk_of(words, here)
    wish = _wish(words, here.now())
    if not wish:
        directory = desk.directory()
        held = thefts.chain(desk, directory, directory.find(words.name)).newest.will.keep
    else:
        held = thefts.keep(
            desk, words.name, lambda before: replace(before, **wish),
            f"change how long evidence of {words.name} stays",
        )  # fmt: skip
    here.screen.print(Text(sentence(held)))
    return True, {"name": words.name, "keep": asdict(held)}


def _wish(words: argparse.Namespace, now: int) -> dict[str, Any]:
    said = {"days": words.days, "theft_days": words.theft_days, "hold": words.hold}
    wish = {name: value for name, value in said.items() if value is not None}
    if words.delete_before is not None:
        before = moment(words.delete_before)
        if not 0 < before <= now:
            raise BadInput("What is still to come cannot be deleted. Name a day that has been.")
        wish["before"] = before
    return wish


def sentence(held: Keep) -> str:
    """How long it stays, for a person."""
    stays = (
        "Everything stays until you say otherwise (--no-hold)."
        if held.hold
        else f"What it reports stays {held.days} days, and what belongs to a theft "
        f"{held.theft_days} days after you have the laptop back."
    )
    if held.before:
        stays += f" What came before {summary.clock(held.before)} is deleted."
    return stays


def arguments(parser: argparse.ArgumentParser) -> None:
    for option, bounds, what in (
        ("--days", KEEP_DAYS, "what it reports"),
        ("--theft-days", KEEP_THEFT_DAYS, "what belongs to a theft, once you have it back"),
    ):
        parser.add_argument(
            option, type=_between(*bounds), metavar="DAYS",
            help=f"how long {what} stays ({bounds[0]} to {bounds[1]})",
        )  # fmt: skip
    parser.add_argument(
        "--hold", action=argparse.BooleanOptionalAction, default=None,
        help="keep everything until you say otherwise",
    )  # fmt: skip
    parser.add_argument(
        "--delete-before", metavar="DATE",
        help="delete now what came before; a theft that is not over is kept",
    )  # fmt: skip


def _between(least: int, most: int) -> Callable[[str], int]:
    def days(text: str) -> int:
        if not re.fullmatch(r"[0-9]{1,4}", text) or not least <= int(text) <= most:
            raise argparse.ArgumentTypeError(f"a whole number of days from {least} to {most}")
        return int(text)

    return days
