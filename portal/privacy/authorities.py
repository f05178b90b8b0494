"""Whom to complain to, country by country: authorities.toml."""

import tomllib
from dataclasses import dataclass
from pathlib import Path

from portal import countries

_FILE = Path(__file__).with_name("authorities.toml")
_ROWS = tomllib.loads(_FILE.read_text("utf-8"))
COUNTRIES_OF_THE_AREA = frozenset(_ROWS) - {"GB"}  # the European Economic Area


@dataclass(frozen=True, slots=True)
class Authority:
    """`country` in the reader's language; `page` is the authority's own."""

    code: str
    country: str
    name: str
    page: str


def authorities(language: str) -> list[Authority]:
    """In the order of the countries' names."""
    named = countries.names(language).items()
    return [Authority(code, name, *_ROWS[code]) for code, name in named if code in _ROWS]
