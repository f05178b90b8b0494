"""What somebody at the laptop says to the agent without any right on it: `homeward-agent dispute`.

A folder that everybody may put a file into and nobody but the agent may list, as a letter box.
"""

import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from pathlib import Path

from agent import durable

NAME = "letter-box"
MOST = 1000  # characters
_LETTERS, _AT_ONCE = "dispute-*", 20
# Neither through a link nor waiting for whoever writes to a pipe; Windows knows neither.
_CAREFUL = sum(getattr(os, name, 0) for name in ("O_NONBLOCK", "O_NOFOLLOW", "O_CLOEXEC"))


def lay_out(public: Path) -> None:
    durable.make_folder(public / NAME, 0o1733)


def say(public: Path, text: str) -> None:
    """Raises OSError."""
    name = f"dispute-{secrets.token_hex(8)}"
    beside, path = (public / NAME / one for one in (f".{name}", name))
    file = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
    with os.fdopen(file, "wb") as stream:
        beside.chmod(0o644)  # whatever the umask says: the agent has to read it
        stream.write(text[:MOST].encode())
    beside.rename(path)


def letters(public: Path) -> Iterator[str]:
    """Each is taken out once whoever reads it is done with it; a kill between has it read again."""
    found = (one for one in (public / NAME).glob(_LETTERS) if one.is_symlink() or not one.is_dir())
    for path in islice(found, _AT_ONCE):
        text = _read(path)
        if text is not None:
            yield text
        with suppress(OSError):
            path.unlink()


def _read(path: Path) -> str | None:
    """What is no plain file is nobody's letter: everybody may put something here."""
    try:
        file = os.open(path, os.O_RDONLY | _CAREFUL)
    except OSError:
        return None
    with os.fdopen(file, "rb") as stream:
        if not stat.S_ISREG(os.fstat(file).st_mode):
            return None
        said = stream.read(4 * MOST).decode(errors="replace")
    return "".join(one for one in said if one.isprintable() or one == " ")[:MOST]
