"""What the agent looked at and did, in lines that whoever sits at the laptop can read.

No place, no address, no picture, no key: the journal says that something was looked at, not what
was seen.
"""

import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from shared.encoding import from_json, to_json
from shared.errors import Malformed

NAME = "journal.jsonl"
MOST = 512 * 1024  # bytes, twice: this file and the one before


class Journal:
    def __init__(self, folder: Path, most: int = MOST) -> None:
        self._path = folder / NAME
        self._before = folder / f"old-{NAME}"
        self._most = most

    def note(self, t: int, what: str, **details: Any) -> None:
        """Add a line; a full disk costs the line, not the beat."""
        line = to_json({"t": t, "what": what, **details}) + b"\n"
        try:
            self._rotate()
            # One write to a file opened for appending: lines of two processes do not mix.
            with self._path.open("ab", buffering=0) as file:
                self._path.chmod(0o644)  # whatever the umask says
                file.write(line)
        except OSError as error:
            print(f"The journal could not be written: {error.strerror}", file=sys.stderr)

    def lines(self) -> Iterator[dict[str, Any]]:
        """Oldest first; a line cut off by a power cut is left out."""
        for path in (self._before, self._path):
            if path.exists():
                for line in path.read_bytes().splitlines():
                    with suppress(Malformed):
                        yield from_json(line)

    def _rotate(self) -> None:
        with suppress(FileNotFoundError):
            if self._path.stat().st_size >= self._most:
                self._path.replace(self._before)
