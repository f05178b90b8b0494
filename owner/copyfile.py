"""The copy a portal gives its owner of all that it keeps: a zip of rows and sealed files.

It is its owner's own file, and still nothing in it is believed before a key says so.
"""

import json
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from owner.errors import BadInput
from shared import media

Row = dict[str, Any]
_LONGEST_LINE = 1024 * 1024


class CopyFile:
    """Open it with `with`; raises BadInput for what is no such file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._zip = zipfile.ZipFile(path)
        except (OSError, zipfile.BadZipFile) as error:
            raise self._no_copy() from error
        self._names = set(self._zip.namelist())

    def __enter__(self) -> "CopyFile":
        return self

    def __exit__(self, *_: object) -> None:
        self._zip.close()

    @contextmanager
    def whole(self) -> Iterator[None]:
        """Around whatever reads rows: one that lacks something makes the file no copy."""
        try:
            yield
        except (KeyError, TypeError, ValueError) as error:
            raise self._no_copy() from error

    def rows(self, table: str) -> Iterator[Row]:
        """In the order of the file, one at a time: a year of reports need not fit in memory."""
        name = f"tables/{table}.jsonl"
        if name not in self._names:
            raise self._no_copy()
        try:
            with self._zip.open(name) as file:
                while line := file.readline(_LONGEST_LINE):
                    yield self._row(line)
        except (OSError, zipfile.BadZipFile, EOFError) as error:
            raise self._no_copy() from error

    def _row(self, line: bytes) -> Row:
        try:
            row = json.loads(line)
        except ValueError as error:
            raise self._no_copy() from error
        if not isinstance(row, dict):
            raise self._no_copy()
        return row

    def media(self, sha256: str) -> bytes | None:
        """A file as its laptop sealed it; None where the copy has none."""
        name = f"media/{sha256}"
        if name not in self._names or self._zip.getinfo(name).file_size > media.MAX_SIZE:
            return None
        try:
            return self._zip.read(name)
        except (OSError, zipfile.BadZipFile, EOFError) as error:
            raise self._no_copy() from error

    def _no_copy(self) -> BadInput:
        return BadInput(
            f"{self._path} is not a whole copy of an account. Download it once more, on the"
            " portal's page of your account."
        )
