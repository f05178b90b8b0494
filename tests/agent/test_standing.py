from dataclasses import replace

import pytest

from agent import enrollment
from agent.consent import NOTHING
from agent.device import Device
from agent.enrollment import Candidate
from agent.errors import StateDamaged
from agent.standing import NAME, Standing
from shared import orders
from shared.errors import BadSignature, Malformed, OutOfOrder, UnknownSigner, WrongDevice
from tests.agent.other_end import DAY, NOW, Owner


@pytest.fixture
def device(tmp_path, alice):
    candidate = Candidate.generate()
    first = alice.adopt(candidate.offer)
    device = Device(candidate.signing, candidate.opening, first, ())
    enrollment.pin(tmp_path, device, NOTHING)
    return device


@pytest.fixture
def standing(tmp_path, device):
    return Standing.load(tmp_path, device.first_orders)


def again(tmp_path, device):
    return Standing.load(tmp_path, device.first_orders)


def test_new_orders_outlive_the_process(tmp_path, device, standing, alice):
    stolen = alice.stolen()
    assert standing.hear(stolen.raw, NOW)
    assert again(tmp_path, device).orders == stolen


def test_the_same_orders_again_are_no_news(standing, alice):
    stolen = alice.stolen()
    standing.hear(stolen.raw, NOW)
    assert not standing.hear(stolen.raw, NOW)


def test_yesterdays_orders_are_refused(standing, alice):
    yesterday, today = alice.stolen(), alice.order()
    standing.hear(yesterday.raw, NOW)
    standing.hear(today.raw, NOW)
    with pytest.raises(OutOfOrder):
        standing.hear(yesterday.raw, NOW)
    assert standing.orders == today


def test_orders_with_a_gap_are_refused(standing, alice):
    alice.stolen()
    with pytest.raises(OutOfOrder):
        standing.hear(alice.order().raw, NOW)


def test_another_laptops_orders_are_refused(standing, alice):
    other = Owner()
    other.signing, other.recovery = alice.signing, alice.recovery
    other.adopt(Candidate.generate().offer)
    with pytest.raises(WrongDevice):
        standing.hear(other.stolen().raw, NOW)


def test_orders_grafted_onto_another_history_are_refused(standing, alice, device):
    other = Owner()
    other.signing, other.recovery = alice.signing, alice.recovery
    other.adopt(device_offer(device), t=NOW + 1)
    with pytest.raises(OutOfOrder):
        standing.hear(other.stolen().raw, NOW)


def device_offer(device):
    return Candidate(device.signing, device.opening, None).offer


def test_a_stranger_gives_no_orders(standing, alice):
    with pytest.raises(UnknownSigner):
        standing.hear(alice.order(signer=Owner().signing).raw, NOW)


@pytest.mark.parametrize("at", [0, 5, 40, 90, 100, 200, -1])
def test_a_changed_byte_is_refused(standing, alice, at):
    raw = bytearray(alice.stolen().raw)
    raw[at] ^= 1
    with pytest.raises((BadSignature, Malformed, ValueError)):
        standing.hear(bytes(raw), NOW)
    assert standing.orders.serial == 1


def test_orders_that_cannot_be_kept_are_not_in_force(tmp_path, device, standing, alice):
    # A folder in the file's place: writing fails, for an administrator too.
    (tmp_path / NAME).unlink()
    (tmp_path / NAME).mkdir()
    with pytest.raises(OSError, match="directory"):
        standing.hear(alice.stolen().raw, NOW)
    assert standing.orders == device.first_orders


@pytest.mark.parametrize("harm", ["removed", "emptied", "cut", "a digit of the time"])
def test_damage_is_noticed(tmp_path, device, harm):
    path = tmp_path / NAME
    whole = path.read_bytes()
    changed = whole.replace(b'"signed_time":1', b'"signed_time":2')
    path.unlink()
    if harm != "removed":
        path.write_bytes({"emptied": b"", "cut": whole[:-5]}.get(harm, changed))
    with pytest.raises(StateDamaged):
        again(tmp_path, device)


def test_now_is_never_before_what_the_owner_has_signed(tmp_path, device, standing, alice):
    standing.hear(alice.order(t=NOW + 3 * DAY).raw, NOW)
    assert standing.now(NOW) == NOW + 3 * DAY
    assert again(tmp_path, device).now(0) == NOW + 3 * DAY
    assert standing.now(NOW + 4 * DAY) == NOW + 4 * DAY


def test_a_mandate_once_over_stays_over(tmp_path, device, standing, alice):
    stolen = alice.stolen(days=1)
    standing.hear(stolen.raw, NOW)
    standing.note_end_of_mandate(NOW + DAY)
    assert again(tmp_path, device).now(NOW) == stolen.will.theft.until


def test_a_clock_that_runs_ahead_for_a_while_does_no_harm_at_home(standing):
    standing.note_end_of_mandate(NOW + 4000 * DAY)
    assert standing.now(NOW) == NOW


def test_a_new_owner_key_is_believed_when_both_have_signed(standing, alice, device):
    new = Owner()
    proof = orders.prove_owner_change(device.id, alice.signing.public, new.signing)
    handed_over = alice.order(owner=new.signing.public, owner_proof=proof)
    standing.hear(handed_over.raw, NOW)
    will = replace(handed_over.will, owner_proof=b"")
    with pytest.raises(UnknownSigner):
        standing.hear(orders.make(device.id, handed_over, will, alice.signing).raw, NOW)
    assert standing.hear(orders.make(device.id, handed_over, will, new.signing).raw, NOW)
