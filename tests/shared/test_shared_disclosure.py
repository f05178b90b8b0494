"""What a commitment opens to."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.disclosure import Disclosure, unpad
from shared.errors import Malformed
from tests.shared.cast import accepted, flips, garbage, refuses_or_reads


@given(st.binary(max_size=1100))
def test_a_padded_record_comes_back(plaintext: bytes) -> None:
    disclosure = Disclosure.of(plaintext)
    padded = disclosure.padded()
    assert unpad(padded) == disclosure
    assert len(padded) % 512 == 0
    assert len(padded) - len(plaintext) - 36 < 512


def test_the_commitment_is_a_labeled_digest_over_salt_length_and_plaintext() -> None:
    salt = bytes(range(32))
    wanted = hashlib.sha256(b"homeward/v1/commit\0" + salt + b"\0\0\0\3" + b"abc").digest()
    assert Disclosure(salt, b"abc").commit == wanted


def test_the_same_words_commit_differently_each_time() -> None:
    assert Disclosure.of(b"at home").commit != Disclosure.of(b"at home").commit


def test_a_byte_moved_between_salt_and_plaintext_changes_the_commitment() -> None:
    assert Disclosure(bytes(32), b"\0a").commit != Disclosure(bytes(33), b"a").commit


def test_every_flipped_bit_of_a_padded_record_is_refused_or_breaks_the_commitment() -> None:
    genuine = Disclosure(bytes(range(32)), b"at home")
    passed = accepted(flips(genuine.padded()), unpad)
    assert all(unpad(changed).commit != genuine.commit for changed in passed)
    assert len(passed) >= (32 + 7) * 8


@pytest.mark.parametrize("size", [0, 511, 513])
def test_what_is_not_a_multiple_of_512_is_malformed(size: int) -> None:
    with pytest.raises(Malformed):
        unpad(bytes(size))


def test_a_whole_block_of_padding_is_malformed() -> None:
    with pytest.raises(Malformed):
        unpad(Disclosure.of(b"x").padded() + bytes(512))


@given(garbage(Disclosure(bytes(32), b"at home").padded()))
def test_any_bytes_raise_malformed_alone(data: bytes) -> None:
    refuses_or_reads(unpad, data)
