"""An operator who writes into the database whatever he likes: the real portal passes it on, and the
real agent neither opens a camera nor obeys.
"""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agent import enrollment
from agent.consent import Consent
from agent.device import Device
from agent.parts import make_folders
from agent.plan import SENSORS
from agent.settings import Settings
from portal import db
from portal.settings import from_environment
from shared import command, envelope, orders
from shared.crypto import OpeningKey, SigningKey
from shared.encoding import b64, unb64
from shared.errors import ProtocolError
from shared.readings import parse_record
from tests.cast import DAY, Owner
from tests.journeys.hostile import Agent, Operator, give
from tests.portal.live import LiveOwner, LivePortal, now_ms, start_portal

HEADER, SIGNATURE = 84, 64  # of orders: protocol.md 4


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LivePortal]:
    folder = tmp_path_factory.mktemp("hostile") / "data"
    engine = db.make_engine(from_environment({"HOMEWARD_DATA_DIR": str(folder)}))
    db.migrate(engine)
    engine.dispose()
    portal = start_portal(folder)
    yield portal
    portal.stop()
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def alice(portal: LivePortal) -> LiveOwner:
    return LiveOwner(portal, Owner("alice@example.org"))


@pytest.fixture
def agent(portal: LivePortal, alice: LiveOwner, tmp_path: Path) -> Agent:
    laptop = alice.adopt()
    assert laptop.held is not None
    keys = tuple(unb64(key["public"]) for key in alice.get("/portal-keys")["keys"])
    device = Device(laptop.signing, laptop.opening, laptop.held, keys)
    settings = Settings(portal.url.removesuffix("/api/v1"), tmp_path / "state")
    make_folders(settings)
    enrollment.pin(settings.private, device, Consent("alice", now_ms(), SENSORS))
    agent = Agent(settings, laptop, alice)
    agent.beat()
    return agent


@pytest.fixture
def operator(portal: LivePortal, agent: Agent) -> Operator:
    return Operator(portal, agent.laptop, SigningKey.generate())


def stolen_will(newest: orders.Orders, **changes: Any) -> orders.Will:
    theft = orders.Theft("f" * 32, now_ms(), now_ms() + DAY)
    return replace(newest.will, standing=orders.Standing.STOLEN, theft=theft, t=now_ms(), **changes)


def by_the_portals_key(operator: Operator, alice: LiveOwner) -> bytes:
    newest = alice.keys.laptops[operator.laptop.id].newest
    return orders.make(operator.laptop.id, newest, stolen_will(newest), operator.portal_key).raw


def by_himself_as_the_owner(operator: Operator, alice: LiveOwner) -> bytes:
    newest = alice.keys.laptops[operator.laptop.id].newest
    will = stolen_will(newest, owner=operator.own.public, recovery=operator.own.public)
    return orders.make(operator.laptop.id, newest, will, operator.own).raw


def under_alices_old_signature(operator: Operator, alice: LiveOwner) -> bytes:
    newest = alice.keys.laptops[operator.laptop.id].newest
    forged = orders.make(operator.laptop.id, newest, stolen_will(newest), alice.keys.signing).raw
    end = HEADER + SIGNATURE
    return forged[:HEADER] + newest.raw[HEADER:end] + forged[end:]


def of_another_laptop_of_alices(operator: Operator, alice: LiveOwner) -> bytes:
    return alice.keys.stolen(alice.adopt(), now_ms()).raw


def of_an_owner_of_his_own(operator: Operator, alice: LiveOwner) -> bytes:
    newest = alice.keys.laptops[operator.laptop.id].newest
    will = stolen_will(newest, owner=operator.own.public)
    return orders.make(operator.laptop.id, None, will, operator.own).raw


def nothing_at_all(operator: Operator, alice: LiveOwner) -> bytes:
    return bytes(400)


Forgery = Callable[[Operator, LiveOwner], bytes]


@pytest.mark.parametrize(
    "forgery",
    [by_the_portals_key, by_himself_as_the_owner, under_alices_old_signature,
     of_another_laptop_of_alices, of_an_owner_of_his_own, nothing_at_all],
)  # fmt: skip
def test_orders_the_operator_writes_open_no_camera(
    forgery: Forgery, operator: Operator, agent: Agent, alice: LiveOwner
) -> None:
    operator.put_orders(2, forgery(operator, alice))
    for _ in range(3):
        agent.passes(minutes=61)
        agent.beat()
    assert agent.cameras_opened == 0
    assert agent.standing == "home"
    assert agent.told("event", "event") == ["orders-refused"]
    operator.take_orders_back(1)
    give(alice, agent.laptop, "theft", alice.keys.stolen(agent.laptop, now_ms()))
    agent.beat()
    assert (agent.standing, agent.cameras_opened) == ("stolen", 1)


@pytest.fixture
def recovered(agent: Agent, alice: LiveOwner) -> Agent:
    """Stolen, and home again: the laptop holds serial 3."""
    give(alice, agent.laptop, "theft", alice.keys.stolen(agent.laptop, now_ms()))
    agent.beat()
    give(alice, agent.laptop, "theft/recovered", alice.keys.recovered(agent.laptop, now_ms()))
    agent.beat()
    assert (agent.standing, agent.cameras_opened) == ("home", 1)
    return agent


def test_orders_rolled_back_do_not_bring_a_theft_back(recovered: Agent, operator: Operator) -> None:
    operator.take_orders_back(2)
    for _ in range(3):
        recovered.passes(minutes=61)
        recovered.beat()
    assert (recovered.standing, recovered.cameras_opened) == ("home", 1)


def test_old_orders_under_a_new_number_do_not_bring_a_theft_back(
    recovered: Agent, operator: Operator, alice: LiveOwner
) -> None:
    operator.put_orders(4, alice.keys.laptops[recovered.laptop.id].given[1].raw)
    for _ in range(3):
        recovered.passes(minutes=61)
        recovered.beat()
    assert (recovered.standing, recovered.cameras_opened) == ("home", 1)
    assert recovered.told("event", "event") == ["orders-refused"]


def test_recovered_withheld_the_mandate_ends_by_itself(
    agent: Agent, operator: Operator, alice: LiveOwner
) -> None:
    give(alice, agent.laptop, "theft", alice.keys.stolen(agent.laptop, now_ms(), days=2))
    agent.beat()
    give(alice, agent.laptop, "theft/recovered", alice.keys.recovered(agent.laptop, now_ms()))
    operator.take_orders_back(2)
    agent.passes(days=1)
    agent.beat()
    assert (agent.standing, agent.cameras_opened) == ("stolen", 2)
    agent.passes(days=1)
    for _ in range(3):
        agent.beat()
        agent.passes(minutes=61)
    assert (agent.standing, agent.cameras_opened) == ("home", 2)
    agent.passes(days=-2)  # whoever has the laptop sets its clock back
    agent.beat()
    assert (agent.standing, agent.cameras_opened) == ("home", 2)


def test_what_the_tables_say_of_a_theft_is_nothing_to_the_laptop(
    agent: Agent, operator: Operator
) -> None:
    operator.edit(
        "INSERT INTO theft (device_number, id, opened, opened_serial) VALUES (:device, 'x', 1, 1)"
    )
    operator.edit("UPDATE device SET orders_serial = 9, known_serial = 0 WHERE number = :device")
    agent.passes(minutes=61)
    agent.beat()
    assert (agent.standing, agent.cameras_opened) == ("home", 0)


def test_commands_the_operator_writes_are_refused(
    agent: Agent, operator: Operator, alice: LiveOwner
) -> None:
    kept = alice.keys.laptops[agent.laptop.id]
    for signer in (operator.portal_key, operator.own, agent.laptop.signing):
        terms = command.Terms(agent.laptop.id, 5, now_ms(), now_ms() + DAY, kept.newest.serial)
        wish = command.Wish.REPORT_NOW
        forged = command.make(terms, wish, {}, agent.laptop.offer.command_key, signer)
        operator.put_command(forged)
    before = len(agent.told("report", "why"))
    agent.beat()
    assert agent.told("answer", "result") == ["refused"] * 3
    assert len(agent.told("report", "why")) == before


def test_a_command_given_again_is_obeyed_once(
    agent: Agent, operator: Operator, alice: LiveOwner
) -> None:
    for _ in range(2):
        raw = alice.keys.command(agent.laptop, now=now_ms()).raw
        alice.post(f"/devices/{agent.laptop.id.hex()}/commands", {"command": b64(raw)})
        agent.beat()
    before = agent.told("report", "why").count("report-now")
    operator.edit("UPDATE command SET taken = NULL WHERE device_number = :device")
    agent.beat()
    assert agent.told("report", "why").count("report-now") == before == 2


def test_reports_are_sealed_to_alice_whatever_key_the_operator_writes(
    agent: Agent, operator: Operator, alice: LiveOwner
) -> None:
    his = OpeningKey.generate()
    operator.edit("UPDATE device SET vault_key = ? WHERE number = :device", his.public)
    agent.passes(minutes=61)
    agent.beat()
    newest = envelope.parse(unb64(alice.evidence(agent.laptop)[-1]["envelope"]))
    assert parse_record(alice.keys.open(agent.laptop, newest))["type"] == "report"
    with pytest.raises(ProtocolError):
        newest.open(his)


def test_a_laptop_the_operator_denies_keeps_its_evidence_and_its_standing(
    agent: Agent, operator: Operator, alice: LiveOwner
) -> None:
    give(alice, agent.laptop, "theft", alice.keys.stolen(agent.laptop, now_ms()))
    agent.beat()
    before = len(agent.records)
    operator.edit("UPDATE device SET revoked = 1 WHERE number = :device")
    agent.passes(minutes=6)
    agent.beat()
    assert agent.standing == "stolen"
    operator.edit("UPDATE device SET revoked = NULL WHERE number = :device")
    agent.beat()
    assert len(agent.records) == before + 1
