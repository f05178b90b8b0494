"""What the sign in the panel says, and the pages behind it: the same as in a terminal."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agent import consent_screen, status
from agent.journal import Journal
from agent.session.window import Window
from agent.session.words import plain
from agent.settings import Settings
from agent.wording import consent_lines, journal_line, looks_at, status_lines, stolen_line

LAST = 12  # lines of the journal; the rest is for the terminal
DOING, DONE = "What Homeward is doing", "What it has looked at and done"
AGREED, WHOM = "What was agreed to", "Whom to ask"
PAGES = (DOING, DONE, AGREED, WHOM)  # as the menu calls them
Said = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Sign:
    """`urgent` has the panel draw attention to it."""

    title: str
    detail: str
    urgent: bool


def sign(said: Said | None) -> Sign:
    """The standing in a few words, never better than it is."""
    if not said or not said.get("paired"):
        return Sign("Homeward: not paired, it does nothing", status_lines(said)[0], False)
    if said["standing"] == "stolen":
        return Sign("Homeward: this laptop is reported STOLEN", stolen_line(said), True)
    every = said["every_s"] // 60
    return Sign("Homeward: at home", f"It reports to its owner every {every} minutes.", False)


def page(name: str, settings: Settings) -> Window:
    """One of PAGES, as it is just now."""
    said = status.read(settings)
    if name == DOING:
        return _page(name, status_lines(said))
    if name == DONE:
        lines = [journal_line(line) for line in Journal(settings.public).lines()]
        return _page(name, [*lines[-LAST:], "All of it, in a terminal: homeward-agent log"])
    if name == AGREED:
        return _page(name, [*consent_lines(said), consent_screen.text(settings.positioning_host)])
    return _page(name, _whom(said, settings))


def notice(said: Said | None, settings: Settings) -> Window | None:
    """For whoever uses a laptop that is reported stolen, as soon as its owner's orders say so."""
    if not said or not said.get("notice"):
        return None
    lines = [
        stolen_line(said),
        f"It looks at: {looks_at(said)}.",
        *_from_owner(said),
        *_whom(said, settings)[:2],
        "What it looked at and did: homeward-agent log",
    ]
    return Window("This laptop is reported stolen", tuple(lines), "I have read this")


def here(said: Said | None, settings: Settings) -> Window | None:
    """For whoever signs in for the first time, and each month, while the laptop is at home."""
    if not said or not said.get("paired") or said["standing"] == "stolen":
        return None
    pictures = "Reported as stolen, it also sends pictures."
    lines = [
        f"{sign(said).detail} {pictures if 'camera' in said['agreed'] else ''}".strip(),
        f"It looks at: {looks_at(said)}.",
        "Only its owner can read what it sends. It never listens, and never looks at the screen, "
        "the keyboard or your files.",
        "A small house in the panel says how it stands, as does, in a terminal: homeward-agent "
        "status",
        *_whom(said, settings),
    ]
    return Window("Homeward is on this laptop", tuple(lines), "I have read this")


def still_installed() -> bool:
    """A program may outlive the package it came with."""
    return Path(__file__).exists()


def _page(title: str, lines: list[str]) -> Window:
    return Window(title, tuple(lines), "Close")


def _whom(said: Said | None, settings: Settings) -> list[str]:
    stolen = (said or {}).get("standing") == "stolen"
    return [
        *([
            "Did you buy this laptop, or is it yours? Say so in a terminal: homeward-agent dispute "
            "(its owner hears of it, and for three days it takes no pictures). Keep whatever "
            "shows where you have it from."
        ] if stolen else []),
        f"Do you think that somebody follows you with it? {settings.portal}/tracked says what you "
        "can do, and takes a report without an account.",
        "An administrator of this laptop can end it: homeward-agent leave, or by removing the "
        "package homeward-agent.",
        *([] if stolen else _from_owner(said)),
    ]  # fmt: skip


def _from_owner(said: Said | None) -> list[str]:
    note = plain(str((said or {}).get("note") or "")).strip()
    return [f"Its owner says: {note}"] if note else []
