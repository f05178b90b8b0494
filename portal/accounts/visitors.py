"""Whoever sends a request, as far as the portal keeps it in mind while it answers."""

import re
from dataclasses import dataclass

# In this order: Edge and Opera call themselves Chrome too, Chrome calls itself Safari.
_BROWSERS = (
    ("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"), ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"), ("Chrome", "Chrome"), ("Safari", "Safari"),
)  # fmt: skip
_SYSTEMS = (
    ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"),
    ("Mac OS X", "macOS"), ("CrOS", "ChromeOS"), ("Linux", "Linux"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Visitor:
    """The portal's pepper and own address; their network, kind of browser and language; when; the
    token of an old session.
    """

    pepper: bytes
    prefix: str
    now: int
    token: str = ""
    browser: str = ""
    origin: str = ""
    language: str = "en"


def browser_of(user_agent: str) -> str:
    """“Firefox, Linux”: enough for an owner to know a session again, too little to track anybody.

    Empty for what is no browser we know by name.
    """
    browser = _first(_BROWSERS, user_agent)
    system = _first(_SYSTEMS, user_agent)
    return ", ".join(word for word in (browser, system) if word)


def _first(names: tuple[tuple[str, str], ...], text: str) -> str:
    return next((name for sign, name in names if re.search(rf"\b{sign}\b", text)), "")
