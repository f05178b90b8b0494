import json
import os

import pytest
import requests

from agent.errors import Forked, Refused, Unreachable
from agent.plan import SENSORS
from agent.uplink import Uplink
from shared import receipt
from shared.checkin import NO_COMMAND, Claim
from shared.crypto import SigningKey
from shared.encoding import b64
from tests.agent.other_end import NOW, Owner, problem

ANSWER = {"receipt": None, "orders": [], "commands": [], "head": None,
          "you": {"ip": "127.0.0.1", "port": 1}, "wake": None}  # fmt: skip
NONSENSE = {
    "500": (500, b"oops"),
    "502 with a problem document": problem(502, "try-again"),
    "503": problem(503, "try-again"),
    "429": problem(429, "slow-down"),
    "half a JSON": (200, json.dumps(ANSWER)[:30].encode()),
    "an empty object": (200, b"{}"),
    "a list": (200, b"[]"),
    "nothing": (200, b""),
    "a hung up line": (0, b""),
    "a login page": (200, b"<html>Welcome to our hotel</html>"),
    "a redirect": (302, b""),
    "a 404 page": (404, b"<html>not found</html>"),
    "a refusal without a code": (403, b'{"title": "no"}'),
    "orders that are not base64": (200, json.dumps({**ANSWER, "orders": ["!"]}).encode()),
    "orders that are a number": (200, json.dumps({**ANSWER, "orders": 7}).encode()),
    "a fork with half a head": problem(409, "fork", head={"seq": 1}),
    "a fork at an impossible head": problem(
        409, "fork", head={"seq": 2**60, "chain": b64(bytes(32))}
    ),
}


@pytest.fixture
def uplink(served):
    with requests.Session() as session:
        yield Uplink(served.url, session)


def check_in(uplink):
    return uplink.check_in(b"", Claim(bytes(16), NOW, 1, NO_COMMAND), SigningKey.generate())


@pytest.mark.parametrize("what", NONSENSE)
def test_no_sensible_answer_is_unreachable(portal, uplink, what):
    portal.misbehave = lambda method, path: NONSENSE[what]
    with pytest.raises(Unreachable):
        check_in(uplink)


@pytest.mark.parametrize("what", NONSENSE)
def test_no_answer_ends_a_theft_and_nothing_is_lost(laptop, what):
    laptop.give(laptop.owner.stolen())
    laptop.beat("start")
    laptop.portal.misbehave = lambda method, path: NONSENSE[what]
    laptop.clock.passes(minutes=5)
    assert not laptop.beat().reached
    assert laptop.status["standing"] == "stolen"
    assert laptop.status["problem"]
    laptop.portal.misbehave = lambda method, path: None
    laptop.clock.passes(minutes=5)
    laptop.beat()
    assert [report["why"] for report in laptop.reports] == ["hourly", *["stolen"] * 3]
    laptop.portal.check_chain(laptop.held)


def test_a_refusal_has_its_code(portal, uplink):
    with pytest.raises(Refused) as refusal:
        check_in(uplink)
    assert refusal.value.code == "unknown-device"


def test_a_fork_has_the_portals_head(portal, uplink):
    head = {"seq": 7, "chain": b64(b"c" * 32)}
    portal.misbehave = lambda method, path: problem(409, "fork", head=head)
    with pytest.raises(Forked) as fork:
        check_in(uplink)
    assert fork.value.head.seq == 7


@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 409, 410, 413, 422, 451])
def test_no_http_status_changes_the_standing(laptop, status):
    laptop.give(laptop.owner.stolen())
    laptop.beat("start")
    laptop.portal.misbehave = lambda method, path: problem(status, "license-lapsed")
    for _ in range(3):
        laptop.clock.passes(minutes=5)
        laptop.beat()
    assert laptop.status["standing"] == "stolen"
    assert laptop.sensors.cameras_opened == 4
    with laptop.opened() as parts:
        assert len(parts.outbox.records()) == 3


def test_a_netrc_entry_does_not_replace_the_laptops_signature(laptop, tmp_path, monkeypatch):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login mallory password mallory\n")
    monkeypatch.setenv("NETRC", str(netrc))
    assert laptop.beat("start").reached


def test_a_redirect_is_not_followed(portal, served, uplink):
    portal.misbehave = lambda method, path: (307, b"")
    with pytest.raises(Unreachable):
        check_in(uplink)
    assert len(portal.requests) == 1


# --- Receipts -------------------------------------------------------------------------------------


def with_receipt(laptop, **changes):
    """A portal that signs something else than what it stored."""

    def change(answer):
        head = laptop.held.head
        said = {"device_id": laptop.device.id, "seq": head.header.seq, "chain": head.chain_hash,
                "key": laptop.portal.key} | changes  # fmt: skip
        raw = receipt.make(
            said["device_id"], said["seq"], said["chain"], NOW, bytes(32), said["key"]
        )
        return {**answer, "receipt": b64(raw)}

    return change


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"chain": b"x" * 32}, "out-of-order"),
        ({"seq": 40}, "out-of-order"),
        ({"device_id": bytes(16)}, "wrong-device"),
        ({"key": SigningKey.generate()}, "unknown-signer"),
    ],
)
def test_a_receipt_that_does_not_fit_drops_nothing_and_the_owner_hears(laptop, changes, code):
    laptop.portal.change_answer = with_receipt(laptop, **changes)
    laptop.beat("start")
    laptop.beat()
    with laptop.opened() as parts:
        assert len(parts.outbox.records()) >= 1
    laptop.portal.change_answer = lambda answer: answer
    laptop.beat()
    refused = [record for record in laptop.records if record["type"] == "event"]
    assert [(r["event"], r["details"]["code"]) for r in refused] == [("receipt-refused", code)]
    with laptop.opened() as parts:
        assert parts.outbox.records() == []


def test_without_a_receipt_everything_is_kept(laptop):
    laptop.portal.change_answer = lambda answer: {**answer, "receipt": None}
    laptop.beat("start")
    with laptop.opened() as parts:
        assert len(parts.outbox.records()) == 1
    laptop.portal.change_answer = lambda answer: answer
    laptop.beat()
    assert len(laptop.reports) == 1


# --- Orders that are not the laptop's next --------------------------------------------------------


def answers_with(*documents):
    return lambda answer: {**answer, "orders": [b64(raw) for raw in documents]}


def test_yesterdays_orders_change_nothing(laptop):
    yesterday, today = laptop.owner.stolen(), laptop.owner.order()
    laptop.give(yesterday, today)
    laptop.beat("start")
    laptop.portal.change_answer = answers_with(yesterday.raw)
    for _ in range(3):
        laptop.clock.passes(minutes=5)
        laptop.beat()
    assert laptop.sensors.cameras_opened == 0
    assert laptop.status["orders_serial"] == 3
    laptop.portal.change_answer = lambda answer: answer
    laptop.beat()
    assert laptop.events == ["orders-refused"]


def test_another_laptops_orders_change_nothing(laptop, alice):
    bob = Owner()
    bob.adopt(type(laptop.held.offer)(os.urandom(32), os.urandom(32)))
    laptop.portal.change_answer = answers_with(bob.stolen().raw)
    laptop.beat("start")
    assert laptop.sensors.cameras_opened == 0
    assert laptop.status["orders_serial"] == 1


def test_all_orders_of_an_answer_are_taken_in_turn(laptop):
    laptop.give(laptop.owner.stolen(), laptop.owner.order(), laptop.owner.stolen())
    laptop.beat("start")
    assert laptop.status["orders_serial"] == 4
    assert laptop.status["standing"] == "stolen"
    assert laptop.sensors.cameras_opened == 1
    assert set(laptop.sensors.plans[-1].sensors) == set(SENSORS)


# --- Much to send ---------------------------------------------------------------------------------


def test_a_backlog_goes_in_several_requests_oldest_first(laptop, unplugged):
    unplugged.sensors, unplugged.clock = laptop.sensors, laptop.clock
    for _ in range(120):
        unplugged.beat()
        laptop.clock.passes(hours=1)
    laptop.beat()
    assert len(laptop.reports) == 121
    assert laptop.portal.requests.count("POST /api/v1/check-in") > 1
    times = [report["t"] for report in laptop.reports]
    assert times == sorted(times)
    laptop.portal.check_chain(laptop.held)


def test_orders_in_the_first_answer_are_acted_on_before_the_backlog_is_sent(laptop, unplugged):
    unplugged.sensors, unplugged.clock = laptop.sensors, laptop.clock
    for _ in range(120):
        unplugged.beat()
        laptop.clock.passes(hours=1)
    laptop.give(laptop.owner.stolen(t=laptop.clock.t))
    waiting = []
    look = laptop.sensors.look

    def watch(plan):
        waiting.append((plan.why, len(laptop.held.envelopes)))
        return look(plan)

    laptop.sensors.look = watch
    laptop.beat()
    (theft,) = [sent for why, sent in waiting if why == "stolen"]
    assert 0 < theft < 120
    assert len(laptop.reports) == 122
