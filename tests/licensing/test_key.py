"""License keys: typed from paper, found by their hash."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from licensing import key
from licensing.errors import BadLicenseKey
from shared.encoding import CROCKFORD

KEY = key.generate()
SYMBOLS = KEY.replace("-", "")


def test_a_key_is_read_however_it_is_typed() -> None:
    typed = SYMBOLS.lower().replace("0", "o").replace("1", "l")
    assert key.read(" ".join(typed)) == KEY
    assert len(SYMBOLS) == 26


@given(place=st.integers(0, 25), symbol=st.sampled_from(CROCKFORD))
def test_one_wrong_symbol_shows(place: int, symbol: str) -> None:
    if SYMBOLS[place] != symbol:
        with pytest.raises(BadLicenseKey):
            key.read(SYMBOLS[:place] + symbol + SYMBOLS[place + 1 :])


@given(st.text(max_size=40))
def test_what_is_no_key_is_refused_in_one_way(typed: str) -> None:
    with pytest.raises(BadLicenseKey, match="letter by letter"):
        key.read(typed)


def test_two_keys_and_their_hashes_differ() -> None:
    other = key.generate()
    assert other != KEY
    assert key.digest(other) != key.digest(KEY)
    assert len(key.digest(KEY)) == 32
