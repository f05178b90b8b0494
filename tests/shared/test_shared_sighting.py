"""Sightings: what the portal saw, sealed to the owner and bound to one receipt."""

from dataclasses import asdict
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared import crypto, sighting
from shared.disclosure import Disclosure
from shared.encoding import to_json
from shared.errors import BodyMismatch, CannotOpen, Malformed
from shared.sighting import Sighting
from tests.shared.cast import (
    ALICE_VAULT,
    BOB_VAULT,
    NOW,
    accepted,
    disfigured,
    flips,
    garbage,
    loose_json,
    refuses_or_reads,
    seed,
)

CHAIN = seed("chain")
SEEN = Sighting("192.0.2.7", 50_123, NOW, "Bern", "CH", 46.9, 7.4, 50.0, "AS64500", "2026-06")
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
MEASURED = st.none() | st.floats(-1e6, 1e6)


def opened(sealed: bytes, commit: bytes, chain: bytes = CHAIN) -> Sighting:
    return sighting.open_sighting(sealed, chain, commit, ALICE_VAULT)


def opened_inside(plaintext: bytes) -> Sighting:
    """Open a sighting whose content is anything, sealed and committed to in good order."""
    disclosure = Disclosure.of(plaintext)
    sealed = crypto.seal(ALICE_VAULT.public, "hpke/sighting", CHAIN, disclosure.padded())
    return opened(sealed, disclosure.commit)


@given(
    st.builds(
        Sighting,
        TEXT,
        st.integers(0, 65_535),
        st.integers(0, 2**53),
        st.none() | TEXT,
        st.none() | TEXT,
        MEASURED,
        MEASURED,
        MEASURED,
        st.none() | TEXT,
        st.none() | TEXT,
    )
)
def test_a_sighting_comes_back(seen: Sighting) -> None:
    sealed, commit = sighting.seal(seen, CHAIN, ALICE_VAULT.public)
    assert opened(sealed, commit) == seen


def test_only_the_owner_opens_it_and_only_at_its_place_in_the_chain() -> None:
    sealed, commit = sighting.seal(SEEN, CHAIN, ALICE_VAULT.public)
    with pytest.raises(CannotOpen):
        sighting.open_sighting(sealed, CHAIN, commit, BOB_VAULT)
    with pytest.raises(CannotOpen):
        opened(sealed, commit, seed("another envelope"))


def test_a_sighting_the_receipt_does_not_commit_to_is_refused() -> None:
    sealed, _ = sighting.seal(SEEN, CHAIN, ALICE_VAULT.public)
    _, other = sighting.seal(SEEN, CHAIN, ALICE_VAULT.public)
    with pytest.raises(BodyMismatch):
        opened(sealed, other)


def test_every_flipped_bit_is_refused() -> None:
    sealed, commit = sighting.seal(SEEN, CHAIN, ALICE_VAULT.public)
    assert not accepted(flips(sealed), lambda changed: opened(changed, commit))
    assert not accepted(flips(commit), lambda changed: opened(sealed, changed))


def test_its_length_does_not_tell_the_city() -> None:
    bare, _ = sighting.seal(Sighting("::1", 1, NOW), CHAIN, ALICE_VAULT.public)
    full, _ = sighting.seal(SEEN, CHAIN, ALICE_VAULT.public)
    assert len(bare) == len(full)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ip", 7), ("ip", None), ("port", "80"), ("port", 65_536), ("port", True),
        ("received", 1.5), ("city", ["Bern"]), ("country", {}), ("latitude", "46"),
        ("longitude", True), ("radius_km", 10**400), ("asn", 64_500), ("database", False),
    ],
)  # fmt: skip
def test_a_wrong_type_is_malformed(name: str, value: object) -> None:
    assert opened_inside(to_json(asdict(SEEN))) == SEEN
    with pytest.raises(Malformed):
        opened_inside(loose_json(asdict(SEEN) | {name: value}))


@given(disfigured(asdict(SEEN)))
def test_any_json_the_portal_seals_is_read_or_refused_with_a_protocol_error(said: Any) -> None:
    refuses_or_reads(opened_inside, loose_json(said))


@given(garbage(to_json(asdict(SEEN))))
def test_any_content_the_portal_seals_is_read_or_refused_with_a_protocol_error(
    plaintext: bytes,
) -> None:
    refuses_or_reads(opened_inside, plaintext)


@given(st.binary(max_size=1200))
def test_any_sealed_bytes_raise_a_protocol_error_alone(data: bytes) -> None:
    refuses_or_reads(opened, data, seed("commit"))
    refuses_or_reads(
        opened, crypto.seal(ALICE_VAULT.public, "hpke/sighting", CHAIN, data), seed("commit")
    )
