"""The one schedule of what is kept: retention.toml, as the page and the tests read it."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_FILE = Path(__file__).with_name("retention.toml")
NOBODY = "nobody"
BASES = {"contract": "b", "consent": "a", "duty": "c", "interest": "f"}  # GDPR, article 6(1)
_SENTENCES = ("what", "why", "basis", "until", "readers")


@dataclass(frozen=True, slots=True)
class Kept:
    """One class. `columns` by table; `jobs` delete what is over."""

    name: str
    what: str
    why: str
    basis: str
    until: str
    readers: str
    jobs: tuple[str, ...]
    columns: dict[str, tuple[str, ...]]

    @property
    def article(self) -> str:
        return f"6(1)({BASES[self.basis]})"


@cache
def schedule() -> tuple[Kept, ...]:
    """In the order of the file; the last class is of no person."""
    return tuple(_kept(name, row) for name, row in tomllib.loads(_FILE.read_text("utf-8")).items())


def of_people() -> tuple[Kept, ...]:
    return tuple(kept for kept in schedule() if kept.name != NOBODY)


def _kept(name: str, row: dict[str, list[str] | str]) -> Kept:
    said = {word: str(row.pop(word, "")) for word in _SENTENCES}
    jobs = tuple(row.pop("jobs", ()))
    columns = {table: tuple(names) for table, names in row.items()}
    return Kept(name=name, jobs=jobs, columns=columns, **said)
