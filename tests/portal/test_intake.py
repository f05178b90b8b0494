"""Check-ins through the Flask route: what is kept, what is refused, what the laptop hears."""

import os
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as how
from hypothesis import strategies as st

from portal.settings import Settings
from shared import checkin, envelope, receipt
from shared.checkin import Answer, Claim
from shared.encoding import b64, unb64
from shared.envelope import Envelope, Kind, Place
from shared.sighting import open_sighting
from tests.cast import NOW, Clock, Laptop


def send(caller: Any, laptop: Laptop, body: bytes, ms: int = NOW, **options: Any) -> Any:
    return caller.http.post(
        "/api/v1/check-in", data=body, headers=laptop.authorization(body, ms), **options
    )


def hear(caller: Any, laptop: Laptop, body: bytes = b"", ms: int = NOW) -> Answer:
    response = send(caller, laptop, body, ms)
    assert response.status_code == 200, response.json
    return Answer.from_json(response.json)


def refusal(response: Any) -> tuple[int, str]:
    assert response.content_type == "application/problem+json"
    assert response.json["detail"].endswith(".")
    return response.status_code, response.json["code"]


def records(caller: Any, laptop: Laptop) -> list[Any]:
    found: list[Any] = caller.get(f"/devices/{laptop.id.hex()}/evidence").json["records"]
    return found


def forks(caller: Any, laptop: Laptop) -> list[Envelope]:
    found = caller.get(f"/devices/{laptop.id.hex()}/forks").json["forks"]
    return [envelope.parse(unb64(fork["envelope"])) for fork in found]


def segment(laptop: Laptop, seq: int, prev: bytes) -> Envelope:
    """What a laptop sends first after it has lost its state."""
    assert laptop.held is not None
    place = Place(laptop.id, 1, seq, prev, Kind.SEGMENT_START)
    return envelope.make(place, b"{}", (), laptop.held.will.vault_key, laptop.signing)


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


def test_newer_orders_come_until_the_laptop_says_it_has_them(
    alice: Any, laptop: Laptop, clock: Clock
) -> None:
    order = alice.owner.stolen(laptop, clock.now)
    path = f"/devices/{laptop.id.hex()}"
    assert alice.post(f"{path}/theft", {"orders": b64(order.raw)}).status_code == 201
    assert hear(alice, laptop).orders == (order.raw,)
    assert hear(alice, laptop).orders == (order.raw,)
    assert alice.get(path).json["known_serial"] == 1
    laptop.learn(order)
    assert hear(alice, laptop).orders == ()
    known = alice.get(path).json
    assert (known["known_serial"], known["known_at"]) == (2, clock.now)


def test_a_command_comes_until_the_laptop_has_dealt_with_it(alice: Any, laptop: Laptop) -> None:
    command = alice.owner.command(laptop)
    path = f"/devices/{laptop.id.hex()}/commands"
    assert alice.post(path, {"command": b64(command.raw)}).status_code == 201
    assert hear(alice, laptop).commands == (command.raw,)
    laptop.last_command = command.id
    assert hear(alice, laptop).commands == ()
    laptop.last_command = checkin.NO_COMMAND
    assert hear(alice, laptop).commands == ()


def test_a_laptop_cannot_claim_orders_that_do_not_exist(alice: Any, laptop: Laptop) -> None:
    claim = Claim(laptop.id, NOW, 9_999, checkin.NO_COMMAND)
    header = {"Authorization": checkin.authorize(claim, b"", laptop.signing)}
    assert alice.http.post("/api/v1/check-in", headers=header).status_code == 200
    assert alice.get(f"/devices/{laptop.id.hex()}").json["known_serial"] == 1


def test_an_old_check_in_said_again_does_not_make_the_laptop_seem_alive(
    alice: Any, laptop: Laptop, clock: Clock
) -> None:
    path = f"/devices/{laptop.id.hex()}"
    body = laptop.seal().wire
    hear(alice, laptop, body)
    heard = clock.now
    clock.pass_(minutes=6)
    hear(alice, laptop, body)
    hear(alice, laptop)
    assert alice.get(path).json["last_heard"] == heard
    hear(alice, laptop, b"", clock.now)
    assert alice.get(path).json["last_heard"] == clock.now


def test_a_report_counts_even_when_the_laptops_clock_is_wrong(
    alice: Any, laptop: Laptop, clock: Clock
) -> None:
    hear(alice, laptop, laptop.seal().wire, ms=1000)
    assert alice.get(f"/devices/{laptop.id.hex()}").json["last_heard"] == clock.now


def test_an_unknown_laptop_is_told_so(alice: Any, laptop: Laptop) -> None:
    assert refusal(send(alice, Laptop(held=laptop.held), b"")) == (401, "unknown-device")
    for header in ({}, {"Authorization": "Bearer 123"}):
        response = alice.http.post("/api/v1/check-in", data=b"", headers=header)
        assert refusal(response) == (401, "unknown-device")


def test_mallory_cannot_sign_for_alices_laptop(alice: Any, laptop: Laptop) -> None:
    mallory = Laptop()
    claim = Claim(laptop.id, NOW, 1, checkin.NO_COMMAND)
    header = {"Authorization": checkin.authorize(claim, b"", mallory.signing)}
    response = alice.http.post("/api/v1/check-in", headers=header)
    assert refusal(response) == (401, "bad-signature")


def test_a_changed_body_is_not_the_one_that_was_signed(alice: Any, laptop: Laptop) -> None:
    body = laptop.seal().wire
    headers = laptop.authorization(body)
    changed = body[:-1] + bytes([body[-1] ^ 1])
    response = alice.http.post("/api/v1/check-in", data=changed, headers=headers)
    assert refusal(response) == (401, "bad-signature")
    assert records(alice, laptop) == []


def test_one_bad_envelope_keeps_out_the_whole_request(alice: Any, laptop: Laptop) -> None:
    good, bad = laptop.seal(), laptop.seal()
    assert bad.body is not None
    wrong_body = bad.skeleton + bytes(len(bad.body))
    wrong_signature = bad.signed + bytes(64) + bad.body
    for tail, code in (
        (wrong_body, (422, "body-mismatch")),
        (wrong_signature, (401, "bad-signature")),
        (bad.wire[:-1], (422, "malformed")),
        (b"HWE1\x07" + bad.wire[5:], (422, "unknown-suite")),
    ):
        assert refusal(send(alice, laptop, good.wire + tail)) == code
    assert records(alice, laptop) == []
    hear(alice, laptop, good.wire + bad.wire)


def test_bobs_envelope_is_not_taken_from_alices_laptop(
    alice: Any, bob: Any, laptop: Laptop, clock: Clock
) -> None:
    foreign = bob.adopt(clock).seal()
    assert refusal(send(alice, laptop, foreign.wire)) == (422, "wrong-device")


def test_envelopes_must_come_oldest_first(alice: Any, laptop: Laptop) -> None:
    first, second = laptop.seal(), laptop.seal()
    assert refusal(send(alice, laptop, second.wire + first.wire)) == (422, "malformed")


def test_a_seq_no_database_can_hold_is_refused(alice: Any, laptop: Laptop) -> None:
    began = segment(laptop, 2**63, alice.owner.laptops[laptop.id].newest.hash)
    assert refusal(send(alice, laptop, began.wire)) == (422, "malformed")


def test_more_than_a_mebibyte_is_refused(alice: Any, laptop: Laptop) -> None:
    assert refusal(send(alice, laptop, bytes(1024 * 1024 + 1))) == (413, "too-large")


def test_a_day_has_a_limit_and_the_next_day_begins_anew(
    alice: Any, laptop: Laptop, clock: Clock
) -> None:
    listed = tuple(envelope.Attachment(os.urandom(32), 32 * 1024 * 1024) for _ in range(31))
    hear(alice, laptop, laptop.seal(attachments=listed).wire)
    waiting = laptop.seal(attachments=listed).wire
    response = send(alice, laptop, waiting)
    assert refusal(response) == (429, "slow-down")
    assert 0 < int(response.headers["Retry-After"]) <= timedelta(days=1).total_seconds()
    clock.pass_(days=1)
    hear(alice, laptop, waiting, clock.now)


def test_the_wake_route_says_whether_there_is_more_than_the_laptop_was_told(
    alice: Any, laptop: Laptop, clock: Clock
) -> None:
    def word(ticket: str | None) -> Any:
        return alice.get(f"/wake?ticket={ticket}")

    ticket = hear(alice, laptop).wake
    assert word(ticket).json == {"wake": False}
    order = alice.owner.stolen(laptop, clock.now)
    alice.post(f"/devices/{laptop.id.hex()}/theft", {"orders": b64(order.raw)})
    assert word(ticket).json == {"wake": True}
    # Told now: a laptop that does not take them must not be woken for them for ever.
    told = hear(alice, laptop).wake
    assert word(told).json == {"wake": False}
    command = alice.owner.command(laptop)
    alice.post(f"/devices/{laptop.id.hex()}/commands", {"command": b64(command.raw)})
    assert word(told).json == {"wake": True}
    assert word(hear(alice, laptop).wake).json == {"wake": False}


def test_a_ticket_is_good_for_a_day_and_cannot_be_made_up(
    alice: Any, laptop: Laptop, clock: Clock
) -> None:
    ticket = hear(alice, laptop).wake
    assert ticket is not None
    swapped = ticket[:30] + ("A" if ticket[30] != "A" else "B") + ticket[31:]
    for forged in ("", "AAAA", "é", ticket[:-4], "B" + ticket[1:], swapped):
        assert refusal(alice.get(f"/wake?ticket={forged}")) == (401, "bad-ticket")
    clock.pass_(hours=23)
    assert alice.get(f"/wake?ticket={ticket}").status_code == 200
    clock.pass_(hours=2)
    assert refusal(alice.get(f"/wake?ticket={ticket}")) == (401, "bad-ticket")


@given(garbage=st.binary(max_size=2000), at=st.integers(0, 400), flip=st.integers(1, 255))
@how(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_nonsense_is_refused_by_name_and_the_next_good_envelope_is_taken(
    alice: Any, laptop: Laptop, garbage: bytes, at: int, flip: int
) -> None:
    good = laptop.seal().wire
    at %= len(good)
    bent = good[:at] + bytes([good[at] ^ flip]) + good[at + 1 :]
    for body in (garbage, good + garbage, bent):
        response = send(alice, laptop, body)
        assert response.status_code < 500
        if response.status_code >= 400:
            assert refusal(response)[1]
    assert hear(alice, laptop, good).head is not None


@given(value=st.text(max_size=300))
@how(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_nonsense_authorization_is_nobody(nobody: Any, value: str) -> None:
    printable = "".join(c for c in value if c.isprintable() and c.isascii())
    for path in ("/check-in", f"/media/{'0' * 64}"):
        method = "PUT" if "media" in path else "POST"
        response = nobody.http.open(
            f"/api/v1{path}", method=method, headers={"Authorization": printable}
        )
        assert refusal(response) == (401, "unknown-device")
