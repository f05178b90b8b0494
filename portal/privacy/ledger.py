"""Who is gone: account ids, one a line, in a file that is kept apart from the database's backups.

An id is 16 random bytes and says nothing about anybody once the account is gone.
"""

import os
from pathlib import Path

NAME = "erased"


class Ledger:
    def __init__(self, data_dir: Path) -> None:
        self._path = data_dir / NAME

    def note(self, account_id: bytes) -> None:
        """Durable before it returns; raises OSError."""
        file = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(file, account_id.hex().encode() + b"\n")
            os.fsync(file)
        finally:
            os.close(file)

    def gone(self) -> list[bytes]:
        """A line that a power cut left half written is none."""
        try:
            lines = self._path.read_text("ascii").splitlines()
        except FileNotFoundError:
            return []
        return list(dict.fromkeys(bytes.fromhex(line) for line in lines if len(line) == 32))


class Unwritten(Ledger):
    """For a dry run: nobody is gone by it."""

    def note(self, account_id: bytes) -> None:
        del account_id
