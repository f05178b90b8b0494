"""The one schedule of what is kept: retention.toml, as the page and the tests read it."""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from shared.errors import Malformed

_FILE = Path(__file__).with_name("retention.toml")
NOBODY = "nobody"
BASES = {"contract": "b", "consent": "a", "duty": "c", "interest": "f"}  # GDPR, article 6(1)
_SENTENCES = ("what", "why", "basis", "until", "readers")


@dataclass(frozen=True, slots=True)
class Kept:
    """One class. `columns` by table; `jobs` delete what is over; `roles` are those of roles.toml
    who see something of it. What `outlives` an account stays when it goes.
    """

    name: str
    what: str
    why: str
    basis: str
    until: str
    readers: str
    outlives: bool
    roles: tuple[str, ...]
    jobs: tuple[str, ...]
    columns: dict[str, tuple[str, ...]]

    @property
    def in_a_letter(self) -> list[str]:
        """What, on which ground, until when: each a sentence of the catalogs, but the number."""
        return [self.what, self.article, self.until]

    @property
    def article(self) -> str:
        return f"6(1)({BASES[self.basis]})"


@cache
def schedule() -> tuple[Kept, ...]:
    """In the order of the file; the last class is of no person."""
    return tuple(_kept(name, row) for name, row in tomllib.loads(_FILE.read_text("utf-8")).items())


def named(names: Sequence[str]) -> list[Kept]:
    """Raises Malformed for a name that no class has."""
    found = {kept.name: kept for kept in of_people()}
    for name in names:
        if name not in found:
            raise Malformed(f"{name!r} is no class; there are {', '.join(found)}")
    return [found[name] for name in names]


def outliving() -> list[Kept]:
    """What stays once an account is gone."""
    return [kept for kept in of_people() if kept.outlives]


def sealed() -> frozenset[str]:
    """What its owner alone can read."""
    return frozenset(kept.name for kept in of_people() if kept.roles == ("owner",))


def of_people() -> tuple[Kept, ...]:
    return tuple(kept for kept in schedule() if kept.name != NOBODY)


def _kept(name: str, row: dict[str, Any]) -> Kept:
    said = {word: str(row.pop(word, "")) for word in _SENTENCES}
    jobs, outlives = tuple(row.pop("jobs", ())), bool(row.pop("outlives", False))
    roles = tuple(row.pop("roles", ()))
    columns = {table: tuple(names) for table, names in row.items()}
    return Kept(name=name, outlives=outlives, roles=roles, jobs=jobs, columns=columns, **said)
