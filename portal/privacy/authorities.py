"""Whom to complain to, country by country: authorities.toml."""

import tomllib
from dataclasses import dataclass
from pathlib import Path

from babel import Locale

_FILE = Path(__file__).with_name("authorities.toml")


@dataclass(frozen=True, slots=True)
class Authority:
    """`country` in the reader's language; `page` is the authority's own."""

    code: str
    country: str
    name: str
    page: str


def authorities(language: str) -> list[Authority]:
    """In the order of the countries' names."""
    countries = Locale.parse(language).territories
    rows = tomllib.loads(_FILE.read_text("utf-8"))
    found = [Authority(code, countries[code], *row) for code, row in rows.items()]
    return sorted(found, key=lambda one: one.country)
