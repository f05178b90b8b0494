"""Pairing: what the code on the screen proves, and to whom."""

import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared import orders, pairing
from shared.errors import BadMac, Malformed, UnknownSigner, WrongDevice
from shared.pairing import Offer, Secret
from tests.shared import yardsticks
from tests.shared.cast import (
    ALICE,
    DEVICE,
    LAPTOP,
    MALLORY,
    OFFER,
    accepted,
    flips,
    garbage,
    refuses_or_reads,
    will,
)

S = Secret(bytes(range(15)))


def derived(use: str, length: int) -> bytes:
    info = f"homeward/v1/pair/{use}".encode()
    return yardsticks.expand(yardsticks.extract(b"", S.value), info, length)


def test_mailbox_and_both_macs_come_from_the_secret_alone() -> None:
    assert S.rid == derived("rid", 16)
    assert S.mac_offer(b"x") == hmac.digest(derived("device", 32), b"x", "sha256")
    assert S.mac_orders(b"x") == hmac.digest(derived("owner", 32), b"x", "sha256")


def test_the_code_is_six_groups_of_four() -> None:
    assert [len(group) for group in S.code.split("-")] == [4] * 6


@given(st.binary(min_size=15, max_size=15))
def test_the_code_brings_the_secret_back(value: bytes) -> None:
    assert Secret.from_code(Secret(value).code.lower()) == Secret(value)


def test_two_secrets_are_never_the_same() -> None:
    assert Secret.generate() != Secret.generate()
    assert len(Secret.generate().value) == 15


def test_a_laptop_is_named_after_both_its_keys() -> None:
    wanted = hashlib.sha256(b"homeward/v1/device-id\0" + OFFER.raw).digest()[:16]
    assert OFFER.device_id == wanted
    assert Offer(MALLORY.public, OFFER.command_key).device_id != wanted
    assert Offer(OFFER.device_key, bytes(32)).device_id != wanted


def test_an_offer_comes_back() -> None:
    assert pairing.parse_offer(OFFER.raw) == OFFER
    assert OFFER.raw == b"\1" + LAPTOP.public + OFFER.command_key


@pytest.mark.parametrize(
    "raw", [b"", b"\2" + OFFER.raw[1:], b"\0" + OFFER.raw[1:], OFFER.raw[:-1], OFFER.raw + b"\0"]
)
def test_an_offer_of_another_version_or_length_is_malformed(raw: bytes) -> None:
    with pytest.raises(Malformed):
        pairing.parse_offer(raw)


def test_every_flipped_bit_of_an_offer_is_refused() -> None:
    mac = S.mac_offer(OFFER.raw)
    S.check_offer(OFFER.raw, mac)
    assert not accepted(flips(OFFER.raw), lambda changed: S.check_offer(changed, mac))
    assert not accepted(flips(mac), lambda changed: S.check_offer(OFFER.raw, changed))


def test_every_flipped_bit_of_the_first_orders_is_refused() -> None:
    first = orders.make(DEVICE, None, will(), ALICE).raw
    mac = S.mac_orders(first)
    S.check_orders(first, mac)
    assert not accepted(flips(first), lambda changed: S.check_orders(changed, mac))


def test_a_portal_that_swaps_the_laptops_keys_is_found_out() -> None:
    swapped = Offer(MALLORY.public, MALLORY.public).raw
    with pytest.raises(BadMac):
        S.check_offer(swapped, S.mac_offer(OFFER.raw))
    with pytest.raises(BadMac):
        S.check_offer(swapped, Secret.generate().mac_offer(swapped))


def test_a_portal_that_swaps_the_owner_is_found_out() -> None:
    theirs = orders.make(DEVICE, None, will(owner=MALLORY.public), MALLORY).raw
    with pytest.raises(BadMac):
        S.check_orders(theirs, Secret.generate().mac_orders(theirs))


def test_the_laptops_mac_does_not_pass_for_the_owners() -> None:
    with pytest.raises(BadMac):
        S.check_orders(OFFER.raw, S.mac_offer(OFFER.raw))


def test_orders_for_another_laptop_or_owner_do_not_pin() -> None:
    genuine = orders.make(DEVICE, None, will(), ALICE)
    orders.accept(genuine, None, DEVICE, ALICE.public)
    with pytest.raises(WrongDevice):
        orders.accept(genuine, None, bytes(16), ALICE.public)
    with pytest.raises(UnknownSigner):
        orders.accept(genuine, None, DEVICE, MALLORY.public)


def test_the_fingerprint_is_80_bits_in_four_groups() -> None:
    shown = pairing.fingerprint(ALICE.public)
    digest = hashlib.sha256(b"homeward/v1/fingerprint\0" + ALICE.public).digest()
    assert [len(group) for group in shown.split("-")] == [4] * 4
    assert shown == pairing.crockford(digest[:10])
    assert shown != pairing.fingerprint(MALLORY.public)


@given(garbage(OFFER.raw))
def test_any_bytes_as_offer_raise_malformed_alone(data: bytes) -> None:
    refuses_or_reads(pairing.parse_offer, data)
    with pytest.raises(BadMac):
        S.check_offer(OFFER.raw, data)


@given(st.text(max_size=40))
def test_any_typed_code_is_read_or_malformed(typed: str) -> None:
    refuses_or_reads(Secret.from_code, typed)
