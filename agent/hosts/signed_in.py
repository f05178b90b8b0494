"""Whoever is signed in at the laptop, in the same words on each system."""

from dataclasses import dataclass, field


class NoSessionManager(Exception):
    """Nothing here tells who is signed in; the text says what was answered instead."""


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody signed in at the laptop. `environment` leads programs to their screen and sound.

    `uid` is the session's number on Windows, where accounts have none. `began` is when they signed
    in (ms), None where the system does not tell; `automatic` that it took no password.
    """

    id: str
    uid: int
    graphical: bool
    active: bool
    locked: bool
    environment: dict[str, str] = field(default_factory=dict)
    account: str = ""
    began: int | None = None
    automatic: bool = False


@dataclass(frozen=True, slots=True)
class SignedIn:
    """All who are, as one program tells the other."""

    sessions: tuple[Session, ...]
