"""Bytes in JSON, codes on paper, strict JSON."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared import encoding
from shared.encoding import b64, crockford, from_json, to_json, unb64, uncrockford
from shared.errors import Malformed
from tests.shared.cast import JSON_VALUES, garbage, loose_json, refuses_or_reads

TREES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner, max_size=3),
)  # fmt: skip


@given(st.binary())
def test_bytes_in_json_come_back(data: bytes) -> None:
    assert unb64(b64(data)) == data
    assert not set("=+/") & set(b64(data))


@pytest.mark.parametrize("text", ["AA==", "A", "+_8A", "/w", "AB", "A A", "AA\n", "é", "\ud800"])
def test_base64_we_would_not_write_is_malformed(text: str) -> None:
    with pytest.raises(Malformed):
        unb64(text)


@given(st.text(max_size=20))
def test_any_text_as_base64_is_malformed_or_the_only_way_to_write_it(text: str) -> None:
    refuses_or_reads(lambda: _same(text, b64(unb64(text))))


def _same(left: str, right: str) -> None:
    assert left == right


@given(st.integers(0, 4).flatmap(lambda n: st.binary(min_size=5 * n, max_size=5 * n)))
def test_a_code_comes_back_however_it_is_typed(data: bytes) -> None:
    code = crockford(data)
    for typed in (code, code.lower(), code.replace("-", ""), code.replace("-", " ")):
        assert uncrockford(typed, len(data)) == data


def test_a_code_reads_look_alikes_as_digits() -> None:
    assert uncrockford("oOiI-lL00", 5) == uncrockford("0011-1100", 5)


@pytest.mark.parametrize("typed", ["", "0000-000", "0000-0000-0", "0000-000U", "0000-000!"])
def test_a_code_with_a_wrong_length_or_letter_is_malformed(typed: str) -> None:
    with pytest.raises(Malformed):
        uncrockford(typed, 5)


@given(st.text(max_size=12))
def test_any_typed_text_is_a_code_or_malformed(typed: str) -> None:
    refuses_or_reads(uncrockford, typed, 5)


@given(st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), TREES, max_size=4))
def test_json_comes_back(value: dict[str, object]) -> None:
    assert from_json(to_json(value)) == value


@pytest.mark.parametrize(
    "text",
    [
        b'{"a":NaN}', b'{"a":Infinity}', b'{"a":-Infinity}', b'{"a":1e999}', b'{"a":-1e999}',
        b'{"a":1,"a":1}', b'{"x":{"a":1,"a":2}}', b'{"a":"\\ud800"}', b'{"\\udfff":1}',
        b'["a"]', b'"a"', b"1", b"null", b"", b"{", b'{"a":1}x', b'\xef\xbb\xbf{"a":1}',
        b'{"a":"\xff"}', b"{'a':1}", b'{"a":1,}', b'{"a":01}', b'{"a":"\n"}',
        b'{"a":' + b"9" * 5000 + b"}",
        b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    ],
)  # fmt: skip
def test_json_that_two_readers_could_read_differently_is_malformed(text: bytes) -> None:
    with pytest.raises(Malformed):
        from_json(text)


def test_a_pair_of_surrogates_is_one_character() -> None:
    assert from_json(b'{"a":"\\ud83d\\ude00"}') == {"a": "\U0001f600"}


@given(garbage(b'{"v":1,"t":5,"list":[1,2.5e3,"x\\u00e9"],"n":null,"o":{"a":true}}'))
def test_any_bytes_as_json_raise_malformed_alone(data: bytes) -> None:
    refuses_or_reads(from_json, data)


@given(JSON_VALUES)
def test_what_was_read_from_json_can_be_written_again(value: object) -> None:
    refuses_or_reads(lambda: to_json(from_json(loose_json({"a": value}))))


@given(JSON_VALUES)
def test_a_typed_value_out_of_json_has_that_type_or_is_malformed(value: object) -> None:
    for read, kind in (
        (encoding.number, int), (encoding.text, str), (encoding.flag, bool),
        (encoding.items, list), (encoding.mapping, dict), (encoding.binary, bytes),
    ):  # fmt: skip
        refuses_or_reads(lambda read=read, kind=kind: _typed(read(value), kind))


def _typed(value: object, kind: type) -> None:
    assert type(value) is kind


@pytest.mark.parametrize("value", [True, 1.0, "1", -1, 11, None, [1]])
def test_a_number_is_an_int_in_its_range_and_nothing_else(value: object) -> None:
    assert encoding.number(10, 0, 10) == 10
    with pytest.raises(Malformed):
        encoding.number(value, 0, 10)


def test_bytes_of_a_fixed_size_have_that_size() -> None:
    assert encoding.binary(b64(b"x" * 32), 32) == b"x" * 32
    with pytest.raises(Malformed):
        encoding.binary(b64(b"x" * 31), 32)
