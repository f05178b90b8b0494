"""Receipts, sightings, device keys and orders: what else a portal may bend, and how it is named."""

from dataclasses import replace

import pytest

from owner.directory import PortalKey
from owner.errors import OrdersNotTrusted
from owner.verification import Trust, verify
from shared import crypto, envelope, orders, receipt
from shared.encoding import b64
from shared.envelope import Place
from tests.cast import NOW, Laptop
from tests.owner.story import Story, codes, flip, opened, row


@pytest.fixture
def story() -> Story:
    return Story().tell(5)


def test_a_receipt_by_another_key_is_named(story: Story) -> None:
    mallory = Story(owner=story.owner, vault=story.vault, laptop=story.laptop)
    mallory.testify(story.rows[4])
    result = story.check()
    assert "unknown-portal-key" in codes(result)
    assert not result.verified


def test_a_new_portal_key_is_believed_once_it_is_pinned(story: Story) -> None:
    renewed = crypto.SigningKey.generate()
    story.portal, old = renewed, story.portal
    story.tell(1)
    trust = story.trust()
    both = (PortalKey(old.public, 0, 1), PortalKey(renewed.public, 1, None))
    directory = replace(trust.directory, portal_keys=both)
    assert verify(story.handed(), Trust(directory, trust.pins, trust.keys), NOW).verified


@pytest.mark.parametrize("at", [20, 30, 60, 75, 100, 150])
def test_a_flipped_bit_of_a_receipt_is_found(story: Story, at: int) -> None:
    story.rows[2] = flip(story.rows[2], "receipt", at)
    result = story.check()
    assert codes(result) & {"bad-receipt", "unknown-portal-key"}
    assert opened(result) == [0, 1, 2, 3, 4]


def test_withheld_receipts_are_named(story: Story) -> None:
    story.rows = [stored | {"receipt": None, "sighting": None} for stored in story.rows]
    result = story.check()
    assert codes(result) == {"no-receipt"}
    assert not result.verified


def test_a_receipt_for_another_history_contradicts_it(story: Story) -> None:
    story.rows[2] = story.rows[2] | {"receipt": story.rows[3]["receipt"], "sighting": None}
    assert "receipt-contradiction" in codes(story.check())


def test_the_laptop_quotes_a_receipt_for_what_the_portal_has_dropped() -> None:
    """The portal signed for report 5, lost it and had the laptop begin again behind report 4."""
    story = Story().tell(5)
    prev = story.laptop.prev
    story.tell(1)
    del story.rows[5]
    story.laptop.seq, story.laptop.prev = 5, prev
    story.check_in(story.report())
    result = story.check()
    assert "receipt-contradiction" in codes(result)
    assert not result.verified


def test_a_quoted_receipt_that_is_not_the_portals_is_named(story: Story) -> None:
    story.quoted = bytes(184)
    story.check_in(story.report())
    assert "bad-receipt" in codes(story.check())


def test_a_changed_sighting_is_not_shown(story: Story) -> None:
    story.rows[2] = story.rows[2] | {"sighting": story.rows[3]["sighting"]}
    result = story.check()
    assert codes(result) == {"sighting-mismatch"}
    assert result.evidence[2].sighting is None


def test_an_erased_sighting_is_a_named_loss(story: Story) -> None:
    story.rows[2] = story.rows[2] | {"sighting": None}
    result = story.check()
    assert codes(result) == {"missing-sighting"}
    assert result.verified


def test_swapped_device_keys_are_named_and_not_used(story: Story) -> None:
    """The portal enters Mallory's keys in its table and reports of hers."""
    mallory = Laptop()
    place = Place(story.laptop.id, 1, 5, story.laptop.prev)
    forged = envelope.make(place, story.plaintext(), (), story.vault.public, mallory.signing)
    story.rows.append(row(forged, story.received))
    result = story.check(story.handed(offer=b64(mallory.offer.raw), head=None))
    assert {"device-key-changed", "bad-signature"} <= codes(result)
    assert opened(result) == [0, 1, 2, 3, 4]


def test_orders_that_were_rolled_back_are_named(story: Story) -> None:
    story.mark_stolen()
    result = story.check(story.handed(orders=[b64(story.given[0].raw)]))
    assert "orders-rolled-back" in codes(result)
    with pytest.raises(OrdersNotTrusted, match="Nothing was signed"):
        _ = result.orders.newest


def test_orders_that_were_exchanged_are_named(story: Story) -> None:
    """The same key signed both: an older backup of the portal, or another client's lost race."""
    first = story.given[0]
    other = orders.make(story.laptop.id, first, replace(first.will, t=5), story.owner)
    story.mark_stolen()
    result = story.check(story.handed(orders=[b64(first.raw), b64(other.raw)]))
    assert "orders-replaced" in codes(result)


def test_orders_the_owner_never_signed_are_named(story: Story) -> None:
    first = story.given[0]
    forged = orders.make(story.laptop.id, first, first.will, crypto.SigningKey.generate())
    result = story.check(story.handed(orders=[b64(first.raw), b64(forged.raw)]))
    assert "bad-orders" in codes(result)
    assert not result.verified


def test_a_pin_may_lag_behind_genuine_orders(story: Story) -> None:
    """A crash between the portal's yes and the directory leaves it so."""
    first = story.given[0]
    story.mark_stolen()
    result = story.check(orders_serial=1, orders_hash=first.hash)
    assert result.verified
    assert result.moves(story.trust().pins).orders_serial == 2


def test_withheld_orders_are_named_when_the_laptop_knew_them(story: Story) -> None:
    pinned = story.given[0]
    story.mark_stolen()
    story.tell(1)
    hidden = story.handed(orders=[b64(pinned.raw)])
    result = story.check(hidden, orders_serial=1, orders_hash=pinned.hash)
    assert "orders-withheld" in codes(result)


def test_a_receipt_for_another_laptop_is_not_quoted_unnoticed(story: Story) -> None:
    """Genuine, by this portal, for the same number and chain hash: only the laptop differs."""
    other, head = Laptop(), story.mark_at(4)
    story.quoted = receipt.make(other.id, 4, head.chain_hash, 0, bytes(32), story.portal)
    story.check_in(story.report())
    assert "bad-receipt" in codes(story.check())


def test_the_mark_never_falls(story: Story) -> None:
    high = story.trust().pins.with_high(story.mark_at(3))
    assert high.with_high(story.mark_at(1)).high == story.mark_at(3)
    assert high.with_high(None).high == story.mark_at(3)
    assert high.with_high(story.mark_at(4)).high == story.mark_at(4)


def test_pins_do_not_go_back_to_older_orders(story: Story) -> None:
    pins = story.trust().pins
    story.mark_stolen()
    newer = pins.with_orders(story.given[1])
    assert newer.orders_serial == 2
    assert newer.with_orders(story.given[0]) == newer
