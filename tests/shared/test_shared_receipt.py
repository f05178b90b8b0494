"""Receipts: what the portal cannot take back."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared import crypto, receipt
from shared.errors import BadSignature, Malformed, UnknownSigner, UnknownSuite
from tests.shared.cast import (
    DEVICE,
    MALLORY,
    NOW,
    PORTAL,
    accepted,
    flips,
    garbage,
    refuses_or_reads,
    seed,
)

RAW = receipt.make(DEVICE, 41, seed("chain"), NOW, seed("sighting"), PORTAL)


def checked(raw: bytes) -> receipt.Receipt:
    found = receipt.parse(raw)
    found.verify(PORTAL.public)
    return found


def test_every_field_stands_where_the_protocol_says() -> None:
    assert len(RAW) == 184
    assert RAW[0:8] == b"HWR1\1\0\0\0"
    assert RAW[8:24] == DEVICE
    assert RAW[24:32] == struct.pack(">Q", 41)
    assert RAW[32:64] == seed("chain")
    assert RAW[64:72] == struct.pack(">Q", NOW)
    assert RAW[72:104] == seed("sighting")
    assert RAW[104:120] == PORTAL.id
    crypto.verify(PORTAL.public, "receipt", RAW[120:], RAW[:120])


@given(
    seq=st.integers(0, 2**64 - 1),
    received=st.integers(0, 2**64 - 1),
    chain=st.binary(min_size=32, max_size=32),
)
def test_a_receipt_comes_back(seq: int, received: int, chain: bytes) -> None:
    found = checked(receipt.make(DEVICE, seq, chain, received, seed("sighting"), PORTAL))
    assert (found.device_id, found.seq, found.chain_hash) == (DEVICE, seq, chain)
    assert (found.received, found.sighting_commit) == (received, seed("sighting"))


def test_every_flipped_bit_is_refused() -> None:
    checked(RAW)
    assert not accepted(flips(RAW), checked)


def test_another_portals_receipt_is_refused() -> None:
    theirs = receipt.make(DEVICE, 41, seed("chain"), NOW, seed("sighting"), MALLORY)
    with pytest.raises(UnknownSigner):
        checked(theirs)
    with pytest.raises(BadSignature):
        checked(RAW[:120] + theirs[120:])


def test_a_receipt_signed_as_something_else_is_refused() -> None:
    with pytest.raises(BadSignature):
        checked(RAW[:120] + PORTAL.sign("check-in", RAW[:120]))


def test_a_receipt_of_another_suite_magic_or_length_is_refused() -> None:
    with pytest.raises(UnknownSuite):
        receipt.parse(RAW[:4] + b"\2" + RAW[5:])
    for raw in (b"HWE1" + RAW[4:], RAW[:-1], RAW + b"\0", b"", RAW[:5] + b"\1" + RAW[6:]):
        with pytest.raises(Malformed):
            receipt.parse(raw)


@given(garbage(RAW))
def test_any_bytes_raise_a_protocol_error_alone(data: bytes) -> None:
    refuses_or_reads(checked, data)
