"""Files that are whole after a power cut: written beside, synced, renamed, the folder synced."""

import os
from pathlib import Path
from typing import Any

from agent.errors import StateDamaged
from agent.hosts import host
from shared.crypto import sha256
from shared.encoding import from_json, to_json
from shared.errors import Malformed

TEMPORARY = ".tmp"
MAX_STATE = 1024 * 1024


def write(path: Path, data: bytes, mode: int = 0o600) -> None:
    """Replace `path` by `data`; afterwards it survives a power cut. Raises OSError."""
    beside = path.with_name(f".{path.name}.{os.getpid()}{TEMPORARY}")
    # O_EXCL: nobody else's file or link is ever written through.
    file = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        with os.fdopen(file, "wb") as stream:
            stream.write(data)
            stream.flush()
            beside.chmod(mode)  # whatever the umask says
            os.fsync(file)
        beside.replace(path)
    except OSError:
        beside.unlink(missing_ok=True)
        raise
    host.sync_folder(path.parent)


def make_folder(path: Path, mode: int) -> None:
    """A folder with exactly this mode, whatever the umask says."""
    path.mkdir(parents=True, exist_ok=True)
    host.set_mode(path, mode)


def write_json(path: Path, data: dict[str, Any]) -> None:
    """One line of JSON, one line with its SHA-256: a damaged file is noticed, not believed."""
    line = to_json(data)
    write(path, line + b"\n" + sha256(line).hex().encode() + b"\n")


def read_json(path: Path) -> dict[str, Any] | None:
    """What `write_json` wrote, None where there is no such file; raises StateDamaged."""
    try:
        with path.open("rb") as stream:
            line, _, check = stream.read(MAX_STATE).partition(b"\n")
        if check != sha256(line).hex().encode() + b"\n":
            raise StateDamaged(path.name)
        return from_json(line)
    except FileNotFoundError:
        return None
    except (OSError, Malformed) as error:
        raise StateDamaged(path.name) from error


def set_aside(path: Path) -> None:
    """Keep a damaged file under another name, where it can still be looked into."""
    number = 1
    while (aside := path.with_name(f"{path.name}.corrupt-{number}")).exists():
        number += 1
    path.replace(aside)
    host.sync_folder(path.parent)


def remove_leftovers(folder: Path) -> None:
    """Files whose writing a kill interrupted. Only whoever holds the state's lock may call this."""
    for path in folder.glob(f".*{TEMPORARY}"):
        path.unlink(missing_ok=True)
