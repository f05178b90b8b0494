"""What stays on this computer between two commands: a reading session, and what it has seen.

A reading session can list and open evidence. It holds neither the account key nor the key that
signs orders, so whoever steals this file can look, and can command nothing.
"""

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from owner.errors import BrokenFile, CannotWrite, NotSignedIn
from shared import crypto, vault
from shared.encoding import b64, from_json, to_json, unb64
from shared.errors import Malformed
from shared.vault import DirectoryKey, Kdf, email_norm

_SESSION = "session.json"
_SEEN = "seen.json"


@dataclass(frozen=True, slots=True)
class Session:
    """`keys` are the private keys that open evidence and shares, by key id."""

    portal: str
    cookie: str
    email: str
    directory_key: DirectoryKey
    keys: dict[bytes, crypto.OpeningKey]

    @property
    def account_id(self) -> bytes:
        return self.directory_key.account_id

    def with_key(self, key: crypto.OpeningKey) -> "Session":
        keys = self.keys | {key.id: key}
        return Session(self.portal, self.cookie, self.email, self.directory_key, keys)


def save(home: Path, session: Session) -> None:
    """Raises CannotWrite."""
    key = session.directory_key
    said = {
        "portal": session.portal,
        "cookie": session.cookie,
        "email": session.email,
        "account_id": key.account_id.hex(),
        "directory_key": b64(key.key),
        "ak_gen": key.ak_gen,
        "keys": [b64(opening.pkcs8) for opening in session.keys.values()],
    }
    _write(home / _SESSION, said)


def load(home: Path) -> Session:
    """Raises NotSignedIn, BrokenFile (the file is set aside first)."""
    said = _read(home / _SESSION)
    if said is None:
        raise NotSignedIn
    try:
        keys = [crypto.OpeningKey.from_pkcs8(unb64(der)) for der in said["keys"]]
        account_id = bytes.fromhex(said["account_id"])
        directory_key = DirectoryKey(account_id, unb64(said["directory_key"]), int(said["ak_gen"]))
        return Session(
            str(said["portal"]), str(said["cookie"]), str(said["email"]), directory_key,
            {key.id: key for key in keys},
        )  # fmt: skip
    except (Malformed, KeyError, TypeError, ValueError, AttributeError) as error:
        raise _set_aside(home / _SESSION) from error


def remembered_portal(home: Path) -> str | None:
    """The portal of the session on this disk, if there is one that can be read."""
    with suppress(NotSignedIn, BrokenFile):
        return load(home).portal
    return None


def forget(home: Path) -> None:
    """Drop the session; what was seen stays, it protects the next one."""
    try:
        (home / _SESSION).unlink(missing_ok=True)
    except OSError as error:
        raise CannotWrite(f"{home / _SESSION} cannot be removed ({error.strerror}). "
                          "Remove it by hand: it can read your evidence.") from error  # fmt: skip


@dataclass(frozen=True, slots=True)
class Seen:
    """The newest this computer has seen of an account: a portal may not go behind it."""

    directory_version: int = 0
    kdf: Kdf = vault.FLOOR


def load_seen(home: Path, portal: str, email: str) -> Seen:
    """Raises BrokenFile (the file is set aside first)."""
    said = (_read(home / _SEEN) or {}).get(_account_name(portal, email))
    if said is None:
        return Seen()
    try:
        kdf = Kdf(int(said["m"]), int(said["t"]), int(said["p"]))
        return Seen(int(said["directory_version"]), kdf)
    except (KeyError, TypeError, ValueError) as error:
        raise _set_aside(home / _SEEN) from error


def save_seen(home: Path, portal: str, email: str, seen: Seen) -> None:
    """Raises CannotWrite."""
    kdf = seen.kdf
    entry = {"directory_version": seen.directory_version, "m": kdf.m, "t": kdf.t, "p": kdf.p}
    _write(home / _SEEN, (_read(home / _SEEN) or {}) | {_account_name(portal, email): entry})


def _account_name(portal: str, email: str) -> str:
    """A digest, because this file outlives a logout and need not tell whose account it was."""
    return crypto.sha256(portal.encode(), b"\0", email_norm(email).encode()).hex()


def _read(path: Path) -> dict[str, Any] | None:
    try:
        return from_json(path.read_bytes())
    except FileNotFoundError:
        return None
    except Malformed as error:
        raise _set_aside(path) from error
    except OSError as error:
        raise BrokenFile(
            f"{path} cannot be read ({error.strerror}). Make it yours and readable, or set "
            "HOMEWARD_HOME to another folder."
        ) from error


def _set_aside(path: Path) -> BrokenFile:
    aside = path.with_name(f"{path.name}.broken")
    with suppress(OSError):
        path.replace(aside)
    return BrokenFile(f"{path.name} could not be read and was set aside as {aside.name}. "
                      "Run `homeward login EMAIL`.")  # fmt: skip


def _write(path: Path, said: dict[str, Any]) -> None:
    """Whole or not at all, and readable by its owner alone from the first byte."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with suppress(FileNotFoundError):
            fresh.unlink()
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(to_json(said))
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
    except OSError as error:
        raise CannotWrite(f"{path} cannot be written ({error.strerror}). Make room or set "
                          "HOMEWARD_HOME to a folder that is yours.") from error  # fmt: skip
