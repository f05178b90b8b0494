"""Check-ins through the Flask route: what is kept, in which chain, beside which receipt."""

import os
from dataclasses import replace
from typing import Any

import pytest

from portal.settings import Settings
from shared import checkin, envelope, receipt
from shared.checkin import Answer
from shared.encoding import unb64
from shared.sighting import open_sighting
from tests.cast import Clock, Laptop
from tests.portal.asking import forks, hear, records, refusal, segment, send

pytestmark = pytest.mark.both_databases


def test_a_report_is_kept_byte_for_byte_and_receipted(
    alice: Any, laptop: Laptop, settings: Settings
) -> None:
    sealed = laptop.seal()
    said = hear(alice, laptop, sealed.wire)
    assert said.head == checkin.Head(0, sealed.chain_hash)
    assert said.receipt is not None
    receipted = receipt.parse(said.receipt)
    receipted.verify(settings.receipt_key.public)
    assert (receipted.seq, receipted.chain_hash) == (0, sealed.chain_hash)
    assert unb64(records(alice, laptop)[0]["envelope"]) == sealed.wire


def test_the_sighting_says_to_the_owner_alone_where_it_came_from(
    alice: Any, laptop: Laptop, clock: Clock
) -> None:
    sealed = laptop.seal()
    came_from = {"REMOTE_ADDR": "203.0.113.77", "REMOTE_PORT": "4711"}
    said = Answer.from_json(send(alice, laptop, sealed.wire, environ_base=came_from).json)
    assert said.you == ("203.0.113.77", 4711)
    assert said.receipt is not None
    commit = receipt.parse(said.receipt).sighting_commit
    kept = records(alice, laptop)[0]
    vault = alice.owner.laptops[laptop.id].vault_key
    seen = open_sighting(unb64(kept["sighting"]), sealed.chain_hash, commit, vault)
    assert (seen.ip, seen.port, seen.received) == ("203.0.113.77", 4711, clock.now)
    assert kept["receipt"] is not None
    assert unb64(kept["receipt"]) == said.receipt


def test_a_forwarded_address_is_not_believed(alice: Any, laptop: Laptop) -> None:
    body = laptop.seal().wire
    headers = laptop.authorization(body) | {"X-Forwarded-For": "198.51.100.1"}
    said = alice.http.post("/api/v1/check-in", data=body, headers=headers)
    assert said.json["you"]["ip"] == "127.0.0.1"


def test_several_reports_at_once_get_one_receipt_for_the_last(alice: Any, laptop: Laptop) -> None:
    sealed = [laptop.seal() for _ in range(5)]
    said = hear(alice, laptop, b"".join(one.wire for one in sealed))
    assert said.head == checkin.Head(4, sealed[-1].chain_hash)
    assert [bool(kept["receipt"]) for kept in records(alice, laptop)] == [False] * 4 + [True]


def test_a_repeated_report_counts_as_received_and_is_kept_once(alice: Any, laptop: Laptop) -> None:
    body = laptop.seal().wire
    first, again = hear(alice, laptop, body), hear(alice, laptop, body)
    assert again.receipt == first.receipt
    assert len(records(alice, laptop)) == 1
    assert not forks(alice, laptop)


def test_an_older_repeat_beside_something_new_counts_across_days(
    alice: Any, laptop: Laptop, clock: Clock
) -> None:
    sealed = []
    for _ in range(3):
        for _ in range(2):
            sealed.append(laptop.seal())
            hear(alice, laptop, sealed[-1].wire, clock.now)
        clock.pass_(days=3)
    sealed.append(laptop.seal())
    said = hear(alice, laptop, b"".join(one.wire for one in sealed), clock.now)
    alice.sign_in()
    assert said.head == checkin.Head(6, sealed[-1].chain_hash)
    assert len(records(alice, laptop)) == 7
    assert not forks(alice, laptop)


def test_reports_stay_in_order_when_the_portals_clock_goes_back(
    alice: Any, laptop: Laptop, clock: Clock
) -> None:
    clock.pass_(days=2)
    hear(alice, laptop, laptop.seal().wire, clock.now)
    clock.pass_(days=-1)
    hear(alice, laptop, laptop.seal().wire, clock.now)
    alice.sign_in()
    seqs = [envelope.parse(unb64(r["envelope"])).header.seq for r in records(alice, laptop)]
    assert seqs == [0, 1]


def test_an_empty_check_in_brings_the_head_and_no_receipt_before_the_first_report(
    alice: Any, laptop: Laptop
) -> None:
    said = hear(alice, laptop)
    assert (said.head, said.receipt) == (None, None)
    sealed = laptop.seal()
    hear(alice, laptop, sealed.wire)
    assert hear(alice, laptop).head == checkin.Head(0, sealed.chain_hash)


def test_a_skeleton_whose_body_was_given_up_continues_the_chain(alice: Any, laptop: Laptop) -> None:
    first, second = laptop.seal().without_body(), laptop.seal()
    hear(alice, laptop, first.wire + second.wire)
    kept = [unb64(record["envelope"]) for record in records(alice, laptop)]
    assert kept == [first.wire, second.wire]


def test_a_gap_is_a_fork_and_what_went_before_it_stays(alice: Any, laptop: Laptop) -> None:
    first, _lost, third = laptop.seal(), laptop.seal(), laptop.seal()
    response = send(alice, laptop, first.wire + third.wire)
    assert refusal(response) == (409, "fork")
    assert checkin.parse_head(response.json["head"]) == checkin.Head(0, first.chain_hash)
    assert len(records(alice, laptop)) == 1
    assert forks(alice, laptop) == [third]


def test_a_fork_is_kept_once_however_often_it_comes(alice: Any, laptop: Laptop) -> None:
    laptop.seal()
    astray = laptop.seal()
    for _ in range(3):
        response = send(alice, laptop, astray.wire)
        assert refusal(response) == (409, "fork")
        assert response.json["head"] is None
    assert forks(alice, laptop) == [astray]


def test_two_laptops_with_one_key_are_noticed(alice: Any, laptop: Laptop) -> None:
    twin = replace(laptop)
    hear(alice, laptop, laptop.seal(b'{"v":1,"who":"first"}').wire)
    other = twin.seal(b'{"v":1,"who":"twin"}')
    assert refusal(send(alice, laptop, other.wire)) == (409, "fork")
    assert forks(alice, laptop) == [other]


def test_the_first_envelope_must_follow_the_first_orders(alice: Any, laptop: Laptop) -> None:
    laptop.prev = os.urandom(32)
    assert refusal(send(alice, laptop, laptop.seal().wire)) == (409, "fork")


def test_a_lost_state_begins_a_new_segment_after_the_head(alice: Any, laptop: Laptop) -> None:
    for _ in range(3):
        hear(alice, laptop, laptop.seal().wire)
    orders = alice.owner.laptops[laptop.id].newest
    began = segment(laptop, 7, orders.hash)
    laptop.seq, laptop.prev = 8, began.chain_hash
    said = hear(alice, laptop, began.wire + laptop.seal().wire)
    assert said.head is not None
    assert said.head.seq == 8


@pytest.mark.parametrize(("seq", "right"), [(2, True), (3, False)])
def test_a_segment_needs_a_higher_seq_and_orders_of_this_laptop(
    alice: Any, laptop: Laptop, seq: int, right: bool
) -> None:
    for _ in range(3):
        hear(alice, laptop, laptop.seal().wire)
    orders = alice.owner.laptops[laptop.id].newest
    began = segment(laptop, seq, orders.hash if right else os.urandom(32))
    assert refusal(send(alice, laptop, began.wire)) == (409, "fork")
