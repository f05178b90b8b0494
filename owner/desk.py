"""A signed-in owner at work: session, portal and directory kept in step."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from owner import account as accounts
from owner import directory as directories
from owner import session as sessions
from owner.account import Record, SignedIn
from owner.client import Portal
from owner.directory import Directory, Pins
from owner.errors import Refused, StaleDirectory
from owner.outside import Outside
from owner.session import Seen, Session
from shared.encoding import b64

_TRIES = 5
Store = Callable[[dict[str, Any]], object]


@dataclass(slots=True)
class Desk:
    """`session` changes when a pairing adds a key."""

    outside: Outside
    portal: Portal
    session: Session

    def record(self) -> Record:
        """What the portal keeps of the account just now."""
        return accounts.parse_record(self.portal.get("/account"))

    def directory(self) -> Directory:
        return self.open(self.record())

    def open(self, record: Record) -> Directory:
        """The record's directory, and note its version: the portal may not go behind it."""
        home, session = self.outside.home, self.session
        seen = sessions.load_seen(home, session.portal, session.email)
        directory = record.open_directory(session.directory_key, seen)
        self._note(record.directory_version, directory)
        return directory

    def change(
        self, edit: Callable[[Directory], Directory], store: Store | None = None
    ) -> Directory:
        """Edit and store the directory; anew if another client was quicker.

        `store` sends the sealed directory where it does not go alone (a pairing).
        """
        for _ in range(_TRIES):
            record = self.record()
            before = self.open(record)
            after = edit(before)
            if after == before:
                return after
            version = record.directory_version + 1
            try:
                (store or self._put)(self._seal(version, after))
            except Refused as error:
                if error.code != "stale-directory":
                    raise
                continue
            self._note(version, after)
            return after
        raise StaleDirectory("Another program of yours keeps changing the same account. "
                             "Wait a moment and run the command again.")  # fmt: skip

    def pin(self, device_id: bytes, edit: Callable[[Pins], Pins]) -> Pins:
        """Edit the pins of one laptop."""
        after = self.change(lambda held: held.with_device(edit(held.devices[device_id])))
        return after.devices[device_id]

    def keep(self, signed_in: SignedIn) -> None:
        """Remember a fresh sign-in on this computer."""
        self.session = signed_in.session
        sessions.save(self.outside.home, self.session)
        self._note(signed_in.record.directory_version, signed_in.directory)

    def _seal(self, version: int, directory: Directory) -> dict[str, Any]:
        sealed = self.session.directory_key.seal(version, directories.to_json(directory))
        return {"version": version, "sealed": b64(sealed)}

    def _put(self, sealed: dict[str, Any]) -> None:
        self.portal.put("/account/directory", sealed)

    def _note(self, version: int, directory: Directory) -> None:
        home, session = self.outside.home, self.session
        seen = sessions.load_seen(home, session.portal, session.email)
        if (version, directory.kdf) != (seen.directory_version, seen.kdf):
            newest = Seen(max(version, seen.directory_version), directory.kdf)
            sessions.save_seen(home, session.portal, session.email, newest)
