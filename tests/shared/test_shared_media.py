"""Media: one file, one key, one place."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared import crypto, media
from shared.disclosure import Disclosure
from shared.envelope import Attachment
from shared.errors import BodyMismatch, CannotOpen, Malformed
from shared.media import MediaKey, SealedMedia
from tests.shared.cast import (
    DEVICE,
    JSON_VALUES,
    OTHER_DEVICE,
    accepted,
    disfigured,
    flips,
    refuses_or_reads,
    seed,
)

PLACE = (DEVICE, 41, 0)
PICTURE = media.seal(b"jpeg", "image/jpeg", *PLACE)


def opened(sealed: SealedMedia, place: tuple[bytes, int, int] = PLACE) -> bytes:
    return media.open_media(sealed.ciphertext, sealed.attachment, sealed.key, place)


@given(plaintext=st.binary(max_size=300), seq=st.integers(0, 2**64 - 1), index=st.integers(0, 31))
def test_a_file_comes_back(plaintext: bytes, seq: int, index: int) -> None:
    sealed = media.seal(plaintext, "image/jpeg", DEVICE, seq, index)
    assert opened(sealed, (DEVICE, seq, index)) == plaintext
    assert (sealed.key.length, sealed.key.mime) == (len(plaintext), "image/jpeg")


def test_its_place_is_the_context_of_the_stream() -> None:
    context = b"homeward/v1/media\0" + DEVICE + (41).to_bytes(8, "big") + b"\0"
    assert crypto.stream_open(PICTURE.key.key, context, PICTURE.ciphertext) == b"jpeg"


@pytest.mark.parametrize("place", [(OTHER_DEVICE, 41, 0), (DEVICE, 42, 0), (DEVICE, 41, 1)])
def test_a_file_opens_in_no_other_place(place: tuple[bytes, int, int]) -> None:
    with pytest.raises(CannotOpen):
        opened(PICTURE, place)


def test_each_file_has_its_own_key() -> None:
    again = media.seal(b"jpeg", "image/jpeg", *PLACE)
    assert again.key.key != PICTURE.key.key
    with pytest.raises(CannotOpen):
        media.open_media(again.ciphertext, again.attachment, PICTURE.key, PLACE)


def test_a_file_the_record_does_not_list_is_refused() -> None:
    other = media.seal(b"cat", "image/jpeg", *PLACE)
    with pytest.raises(BodyMismatch):
        media.open_media(other.ciphertext, PICTURE.attachment, PICTURE.key, PLACE)
    listed = Attachment(PICTURE.attachment.sha256, 1)
    with pytest.raises(BodyMismatch):
        media.open_media(PICTURE.ciphertext, listed, PICTURE.key, PLACE)


def test_a_file_that_breaks_the_records_commitment_is_refused() -> None:
    key = PICTURE.key
    lie = MediaKey(key.key, key.mime, key.length, key.salt, Disclosure.of(b"cat").commit)
    with pytest.raises(BodyMismatch):
        media.open_media(PICTURE.ciphertext, PICTURE.attachment, lie, PLACE)


def test_every_flipped_bit_is_refused() -> None:
    changed = flips(PICTURE.ciphertext)
    assert not accepted(
        changed, lambda raw: media.open_media(raw, PICTURE.attachment, PICTURE.key, PLACE)
    )
    relisted = flips(PICTURE.ciphertext)
    assert not accepted(relisted, lambda raw: opened(SealedMedia(raw, PICTURE.key)))


def test_what_the_record_says_of_a_file_comes_back() -> None:
    assert MediaKey.from_json(PICTURE.key.to_json()) == PICTURE.key


@pytest.mark.parametrize(
    ("name", "value"),
    [("key", "AA"), ("salt", 7), ("commit", None), ("mime", 1), ("length", "4"), ("length", 4.0),
     ("length", float("inf")), ("length", True), ("length", -1)],
)  # fmt: skip
def test_a_wrong_type_is_malformed(name: str, value: object) -> None:
    with pytest.raises(Malformed):
        MediaKey.from_json(PICTURE.key.to_json() | {name: value})


@given(disfigured(PICTURE.key.to_json()) | JSON_VALUES)
def test_any_json_is_read_or_malformed(said: Any) -> None:
    refuses_or_reads(MediaKey.from_json, said)


@given(st.binary(max_size=300), st.binary(max_size=40))
def test_any_bytes_raise_a_protocol_error_alone(data: bytes, key: bytes) -> None:
    media_key = MediaKey(key, "image/jpeg", 4, seed("salt"), seed("commit"))
    refuses_or_reads(opened, SealedMedia(data, media_key))
