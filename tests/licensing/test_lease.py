"""Leases: what a laptop believes about its license with no network, and everything it does not."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from licensing import lease
from licensing.errors import LeaseRefused
from licensing.issue import Issuer, vouch
from licensing.lease import Lease
from shared import crypto
from shared.crypto import SigningKey
from shared.encoding import b64, to_json, unb64

NOW = 1_700_000_000_000
DAY = 24 * 60 * 60 * 1000
ROOT, NEXT_ROOT, ONLINE = (SigningKey.generate() for _ in range(3))
ALICE, BOB, MALLORY = (SigningKey.generate() for _ in range(3))
CHAIN = vouch(ROOT, ONLINE.public, NOW - DAY, NOW + 60 * DAY)
GOOD = Lease(
    license_id="9f3c", device_id=bytes(16), device_key_hash=crypto.sha256(ALICE.public),
    tier="family", state="active", entitlements=frozenset({"reports", "theft"}), issued=NOW,
    not_before=NOW, expires=NOW + 30 * DAY, grace_until=NOW + 44 * DAY, seq=7,
)  # fmt: skip
TOKEN = Issuer(ONLINE, CHAIN).issue(GOOD)


def read(
    token: str, *, device: SigningKey = ALICE, now: int = NOW, seq: int = 7,
    roots: tuple[bytes, ...] = (ROOT.public,),
) -> Lease:  # fmt: skip
    return lease.read(token, roots=roots, device_key=device.public, now=now, least_seq=seq)


def signed(payload: bytes, key: SigningKey = ONLINE, chain: bytes = CHAIN) -> str:
    return ".".join(("HWL1", *map(b64, (chain, payload, key.sign("lease", payload)))))


def test_a_lease_comes_back_as_it_was_issued() -> None:
    assert read(TOKEN) == GOOD


def test_a_laptop_that_knows_the_next_root_believes_either() -> None:
    later = vouch(NEXT_ROOT, ONLINE.public, NOW, NOW + DAY)
    both = (ROOT.public, NEXT_ROOT.public)
    assert read(TOKEN, roots=both) == GOOD
    assert read(Issuer(ONLINE, later).issue(GOOD), roots=both) == GOOD


def test_an_ended_lease_has_its_grace_and_no_more() -> None:
    assert read(TOKEN, now=GOOD.grace_until - 1).covers(GOOD.grace_until - 1)
    with pytest.raises(LeaseRefused):
        read(TOKEN, now=GOOD.grace_until)


def test_another_laptops_lease_is_worth_nothing() -> None:
    with pytest.raises(LeaseRefused, match="another laptop"):
        read(TOKEN, device=BOB)


def test_an_older_lease_does_not_come_back() -> None:
    with pytest.raises(LeaseRefused, match="newer"):
        read(TOKEN, seq=8)


def test_a_lease_from_the_future_waits() -> None:
    token = Issuer(ONLINE, CHAIN).issue(replace(GOOD, not_before=NOW + 1))
    with pytest.raises(LeaseRefused, match="not come"):
        read(token)


@pytest.mark.parametrize(
    "chain",
    [
        vouch(MALLORY, ONLINE.public, NOW - DAY, NOW + DAY),
        vouch(ROOT, ONLINE.public, NOW - DAY, NOW),
        vouch(ROOT, ONLINE.public, NOW + 1, NOW + DAY),
        vouch(ROOT, ONLINE.public, NOW - DAY, NOW + 90 * DAY),
        vouch(ROOT, MALLORY.public, NOW - DAY, NOW + DAY),
        b"",
    ],
    ids=["other-root", "over", "not-begun", "too-long", "other-key", "none"],
)
def test_only_a_key_the_root_vouches_for_now_may_sign(chain: bytes) -> None:
    with pytest.raises(LeaseRefused):
        read(Issuer(ONLINE, chain).issue(GOOD))


def test_a_key_vouched_for_something_else_signs_no_lease() -> None:
    said = to_json({"use": "updates", "public": b64(ONLINE.public), "from": NOW, "until": NOW + 1})
    with pytest.raises(LeaseRefused, match="may not sign"):
        read(Issuer(ONLINE, ROOT.sign("lease-key", said) + said).issue(GOOD))


def test_a_signature_under_another_label_counts_for_nothing() -> None:
    payload = unb64(TOKEN.split(".")[2])
    token = ".".join(("HWL1", *map(b64, (CHAIN, payload, ONLINE.sign("orders", payload)))))
    with pytest.raises(LeaseRefused):
        read(token)


def test_what_this_laptop_does_not_know_it_may_do_is_left_out() -> None:
    payload = unb64(TOKEN.split(".")[2]).replace(b'"reports"', b'"fly"')
    assert read(signed(payload)).entitlements == {"theft"}


@given(place=st.integers(0, len(TOKEN) - 1), symbol=st.sampled_from("AZaz09-_."))
def test_no_changed_character_is_believed(place: int, symbol: str) -> None:
    changed = TOKEN[:place] + symbol + TOKEN[place + 1 :]
    if changed != TOKEN:
        with pytest.raises(LeaseRefused):
            read(changed)


@given(st.one_of(st.text(), st.text().map("HWL1.".__add__), st.just("A" * 5000)))
def test_garbage_is_refused_by_name(token: str) -> None:
    with pytest.raises(LeaseRefused):
        read(token)


@given(st.binary(max_size=200))
def test_signed_garbage_is_refused_too(payload: bytes) -> None:
    with pytest.raises(LeaseRefused):
        read(signed(payload))
