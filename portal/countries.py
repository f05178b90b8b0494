"""Countries by their two letters (ISO 3166), in the reader's language."""

from collections.abc import Mapping
from functools import cache
from unicodedata import normalize

from babel import Locale

# Babel names these too: unions, parts of another country, and what only its own tests know.
_NO_COUNTRIES = {
    "AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "ZZ",
}  # fmt: skip


@cache
def names(language: str) -> Mapping[str, str]:
    """In the order of their names, accents aside."""
    known = Locale.parse(language).territories
    found = [
        (code, name) for code, name in known.items()
        if len(code) == 2 and code.isalpha() and code not in _NO_COUNTRIES
    ]  # fmt: skip
    return dict(sorted(found, key=lambda one: _plain(one[1])))


def _plain(name: str) -> bytes:
    return normalize("NFKD", name.casefold()).encode("ascii", "ignore")


CODES = frozenset(names("en"))
