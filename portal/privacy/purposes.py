"""What for: purposes.toml, as the page and the tests read it."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

_FILE = Path(__file__).with_name("purposes.toml")


@dataclass(frozen=True, slots=True)
class Purpose:
    """`classes` are those of retention.toml, `helpers` roles of processors.py; `jobs` run and
    `letters` are sent for this alone.
    """

    name: str
    what: str
    basis: str
    classes: tuple[str, ...]
    helpers: tuple[str, ...]
    jobs: tuple[str, ...]
    letters: tuple[str, ...]


@cache
def purposes() -> tuple[Purpose, ...]:
    """In the order of the file."""
    rows = tomllib.loads(_FILE.read_text("utf-8"))
    return tuple(_purpose(name, row) for name, row in rows.items())


def _purpose(name: str, row: dict[str, Any]) -> Purpose:
    lists = {key: tuple(row[key]) for key in ("classes", "helpers", "jobs", "letters")}
    return Purpose(name=name, what=row["what"], basis=row["basis"], **lists)
