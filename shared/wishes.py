"""What a command asks for (protocol.md 5), and within which bounds: the parameters of each wish.

The owner's client refuses to sign what the laptop would refuse to do.
"""

from dataclasses import asdict, dataclass
from typing import Any

from shared.command import Wish
from shared.encoding import flag, items, number, text
from shared.errors import Malformed

ALARM_S = (5, 600)
MOST_CHARACTERS = 1000
MOST_FOLDERS = 20


@dataclass(frozen=True, slots=True)
class Alarm:
    """A sound for `seconds`, or until somebody at the laptop says that it was heard."""

    seconds: int = 60


@dataclass(frozen=True, slots=True)
class Message:
    """Plain text for whoever sits at the laptop."""

    text: str


@dataclass(frozen=True, slots=True)
class Lock:
    """Every session's screen."""


@dataclass(frozen=True, slots=True)
class Wipe:
    """Empty `folders` (full paths) and the home folders of the accounts `homes`.

    `forget`: at last the agent's own keys go, as after `leave`. `dry_run`: count, remove nothing.
    """

    folders: tuple[str, ...] = ()
    homes: tuple[str, ...] = ()
    forget: bool = False
    dry_run: bool = False


Asked = Alarm | Message | Lock | Wipe
_WISHES = {Alarm: Wish.ALARM, Message: Wish.MESSAGE, Lock: Wish.LOCK, Wipe: Wish.WIPE}


def wish_of(asked: Asked) -> Wish:
    return _WISHES[type(asked)]


def parameters_of(asked: Asked) -> dict[str, Any]:
    """What `parse` reads. Raises Malformed for what it would refuse."""
    said = asdict(asked).items()
    parameters = {name: list(one) if isinstance(one, tuple) else one for name, one in said}
    parse(wish_of(asked), parameters)
    return parameters


def parse(wish: Wish, parameters: dict[str, Any]) -> Asked | None:
    """None for a wish without parameters; raises Malformed."""
    try:
        return _parse(wish, parameters)
    except KeyError as error:
        raise Malformed(f"this {wish} says too little") from error


def _parse(wish: Wish, said: dict[str, Any]) -> Asked | None:
    match wish:
        case Wish.ALARM:
            return Alarm(number(said["seconds"], *ALARM_S))
        case Wish.MESSAGE:
            return Message(_text(said["text"]))
        case Wish.LOCK:
            return Lock()
        case Wish.WIPE:
            return _wipe(said)
        case _:
            return None


def _text(value: Any) -> str:
    if not 1 <= len(text(value).strip()) <= MOST_CHARACTERS:
        raise Malformed(f"a message has 1 to {MOST_CHARACTERS} characters")
    return text(value).strip()


def _wipe(said: dict[str, Any]) -> Wipe:
    folders, homes = (tuple(text(one) for one in items(said[it])) for it in ("folders", "homes"))
    if not 1 <= len(folders) + len(homes) <= MOST_FOLDERS:
        raise Malformed(f"a wipe names 1 to {MOST_FOLDERS} folders")
    if not all(one.isprintable() and 0 < len(one) <= 1000 for one in (*folders, *homes)):
        raise Malformed("a folder's name is one line of plain text")
    return Wipe(folders, homes, flag(said["forget"]), flag(said["dry_run"]))
