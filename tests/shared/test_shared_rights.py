"""Who may give which orders: the owner, those she named, her paper code, and nobody else."""

from dataclasses import replace

import pytest

from shared import orders
from shared.crypto import SigningKey
from shared.errors import BadSignature, UnknownSigner
from shared.orders import Orders, Signer
from tests.shared.cast import (
    ALICE,
    ALICE_RECOVERY,
    BOB,
    BOB_VAULT,
    DAY,
    DEVICE,
    FIRST,
    MALLORY,
    NOW,
    OTHER_DEVICE,
    PORTAL,
    given_to,
    nxt,
    seed,
    stolen,
    will,
)

CAROL = SigningKey.from_seed(seed("carol"))
CAROL_MAY = Signer(CAROL.public, ("orders",), NOW + DAY, "Carol")


@pytest.mark.parametrize("key", [MALLORY, PORTAL, BOB], ids=["Mallory", "portal", "Bob"])
def test_nobody_else_gives_orders(key: SigningKey) -> None:
    with pytest.raises(UnknownSigner):
        given_to(FIRST, nxt(stolen(), key))
    with pytest.raises(UnknownSigner):
        given_to(None, orders.make(DEVICE, None, will(owner=key.public), key))


@pytest.mark.parametrize("key", [MALLORY, PORTAL], ids=["Mallory", "portal"])
def test_naming_the_owners_key_over_a_signature_of_ones_own_is_refused(key: SigningKey) -> None:
    genuine = nxt(stolen())
    head, body = genuine.raw[:84], genuine.raw[148:]
    with pytest.raises(BadSignature):
        given_to(FIRST, orders.parse(head + key.sign("orders", head, body) + body))


def test_a_signature_for_another_use_is_refused() -> None:
    head, body = FIRST.raw[:84], FIRST.raw[148:]
    with pytest.raises(BadSignature):
        given_to(None, orders.parse(head + ALICE.sign("command", head, body) + body))


def test_the_first_orders_are_given_by_the_pinned_owner_about_herself() -> None:
    with pytest.raises(UnknownSigner):
        given_to(None, orders.make(DEVICE, None, will(owner=BOB.public), ALICE))


def with_carol(may: tuple[str, ...] = ("orders",), until: int = NOW + DAY) -> Orders:
    return nxt(will(signers=(replace(CAROL_MAY, may=may, until=until),)))


def test_somebody_the_owner_named_may_mark_the_laptop_stolen() -> None:
    held = with_carol()
    given_to(held, nxt(stolen(signers=held.will.signers), CAROL, held))


def test_whoever_was_named_for_commands_alone_gives_no_orders() -> None:
    for may in ((), ("command",), ("order",)):
        held = with_carol(may)
        with pytest.raises(UnknownSigner):
            given_to(held, nxt(stolen(signers=held.will.signers), CAROL, held))


def test_nobody_named_gives_orders_after_their_time_even_by_dating_back() -> None:
    held = with_carol(until=NOW)
    late = nxt(stolen(t=NOW + 1, signers=held.will.signers), CAROL, held)
    with pytest.raises(UnknownSigner):
        given_to(held, late)
    dated_back = nxt(stolen(t=NOW, signers=held.will.signers), CAROL, held)
    given_to(held, dated_back, now=NOW)
    with pytest.raises(UnknownSigner):
        given_to(held, dated_back, now=NOW + 1)


def test_nobody_named_names_others_or_touches_a_key() -> None:
    held = with_carol()
    named = held.will.signers
    for changes in (
        {"signers": ()},
        {"signers": (*named, Signer(MALLORY.public, ("orders",), NOW + DAY, "")) },
        {"signers": (replace(named[0], until=NOW + 9 * DAY),)},
        {"signers": named, "recovery": CAROL.public},
        {"signers": named, "vault_key": BOB_VAULT.public},
        {"signers": named, "vault_epoch": 2},
    ):  # fmt: skip
        with pytest.raises(UnknownSigner):
            given_to(held, nxt(will(**changes), CAROL, held))


def test_nobody_named_makes_themselves_the_owner() -> None:
    held = with_carol()
    proof = orders.prove_owner_change(DEVICE, ALICE.public, CAROL)
    taken = will(owner=CAROL.public, owner_proof=proof, signers=held.will.signers)
    with pytest.raises(UnknownSigner):
        given_to(held, nxt(taken, CAROL, held))


def test_nobody_is_named_in_orders_they_sign_themselves() -> None:
    with pytest.raises(UnknownSigner):
        given_to(FIRST, nxt(will(signers=(CAROL_MAY,)), CAROL))


def test_a_new_owner_needs_both_signatures() -> None:
    proof = orders.prove_owner_change(DEVICE, ALICE.public, BOB)
    given_to(FIRST, nxt(will(owner=BOB.public, owner_proof=proof)))
    with pytest.raises(BadSignature):
        given_to(FIRST, nxt(will(owner=MALLORY.public, owner_proof=proof)))
    for other in (
        b"",
        bytes(64),
        orders.prove_owner_change(OTHER_DEVICE, ALICE.public, BOB),
        orders.prove_owner_change(DEVICE, MALLORY.public, BOB),
        orders.prove_owner_change(DEVICE, ALICE.public, MALLORY),
    ):
        with pytest.raises(BadSignature):
            given_to(FIRST, nxt(will(owner=BOB.public, owner_proof=other)))


def test_the_new_owner_alone_does_not_take_the_laptop() -> None:
    proof = orders.prove_owner_change(DEVICE, ALICE.public, BOB)
    with pytest.raises(UnknownSigner):
        given_to(FIRST, nxt(will(owner=BOB.public, owner_proof=proof), BOB))


def test_after_the_change_only_the_new_owner_gives_orders() -> None:
    proof = orders.prove_owner_change(DEVICE, ALICE.public, BOB)
    handed_over = nxt(will(owner=BOB.public, owner_proof=proof))
    given_to(handed_over, nxt(stolen(owner=BOB.public), BOB, handed_over))
    with pytest.raises(UnknownSigner):
        given_to(handed_over, nxt(stolen(owner=BOB.public), ALICE, handed_over))


def test_the_recovery_key_replaces_a_lost_owners_key() -> None:
    renewed = SigningKey.from_seed(seed("alice, new key"))
    recovered = nxt(will(owner=renewed.public), ALICE_RECOVERY)
    given_to(FIRST, recovered)
    given_to(recovered, nxt(stolen(owner=renewed.public), renewed, recovered))
    with pytest.raises(UnknownSigner):
        given_to(recovered, nxt(stolen(owner=renewed.public), ALICE, recovered))


def test_the_recovery_key_does_nothing_else() -> None:
    for wanted in (will(), stolen(), will(recovery=MALLORY.public)):
        with pytest.raises(UnknownSigner):
            given_to(FIRST, nxt(wanted, ALICE_RECOVERY))


def test_the_recovery_key_pins_nothing_at_pairing() -> None:
    with pytest.raises(UnknownSigner):
        given_to(None, orders.make(DEVICE, None, will(), ALICE_RECOVERY))
