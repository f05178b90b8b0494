"""A laptop with real files, an owner with real keys, and a portal on loopback."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import requests

from agent import enrollment, status
from agent.beat import beat
from agent.coming import Coming
from agent.commands.outcome import Outcome, Result
from agent.consent import Consent
from agent.device import Device
from agent.enrollment import Candidate
from agent.hosts.signed_in import Session
from agent.moment import Moment
from agent.outbox import USUAL_LIMITS, Limits
from agent.parts import Parts, World, locked, make_folders, open_parts
from agent.plan import SENSORS, TEST_PICTURE, Plan
from agent.sensors import Look
from agent.settings import Settings
from agent.uplink import Uplink
from shared.readings import Fix, Power, Snapshot, Snapshots
from tests.agent import other_end
from tests.agent.other_end import NOW, Owner, Portal
from tests.agent.served import Served

LOCKED = Outcome(Result.DONE, "", {"sessions": 1, "locked": 1})
PICTURE = b"\xff\xd8 a room \xff\xd9"


class Sensors:
    """Stands for the hardware: remembers under which plans it was asked to look."""

    def __init__(self) -> None:
        self.plans: list[Plan] = []
        self.size = 0

    def look(self, plan: Plan) -> Look:
        self.plans.append(plan)
        readings: dict[str, Any] = {}
        if "location" in plan.sensors:
            readings["location"] = Fix(52.5, 13.4, 50.0, "fixed", NOW)
        if "power" in plan.sensors:
            readings["power"] = Power(battery_percent=80.0)
        if TEST_PICTURE in plan.sensors:
            readings["camera"] = Snapshots((Snapshot("test picture", "ok", 960, 540, index=0),))
            return Look(readings, (b"\xff\xd8 bars \xff\xd9",))
        if "camera" not in plan.sensors:
            return Look(readings, ())
        readings["camera"] = Snapshots((Snapshot("built-in", "ok", 960, 540, index=0),))
        return Look(readings, (PICTURE + bytes(self.size),))

    @property
    def cameras_opened(self) -> int:
        return sum("camera" in plan.sensors for plan in self.plans)


@dataclass
class Clock:
    t: int = NOW
    boottime: float = 100.0
    boot_id: str = "first-boot"

    def passes(self, **how: float) -> None:
        gone = timedelta(**how)
        self.t += gone // timedelta(milliseconds=1)
        self.boottime += gone.total_seconds()

    @property
    def moment(self) -> Moment:
        return Moment(self.t, self.boottime, self.boot_id)


@dataclass
class Laptop:
    """The agent's core on a folder of its own, beat by beat."""

    settings: Settings
    portal: Portal
    owner: Owner
    device: Device
    sensors: Sensors = field(default_factory=Sensors)
    clock: Clock = field(default_factory=Clock)
    limits: Limits = USUAL_LIMITS
    sent: list[bytes] = field(default_factory=list)  # the errands a beat has begun
    locking: Outcome = LOCKED
    present: tuple[Session, ...] | None = ()  # who is signed in

    @property
    def held(self) -> other_end.Device:
        """What the portal holds of this laptop."""
        return self.portal.devices[self.device.id]

    @contextmanager
    def opened(self) -> Iterator[Parts]:
        with locked(self.settings), requests.Session() as session:
            uplink = Uplink(self.settings.portal, session)
            world = World(
                self.sensors.look, uplink, self.limits, lambda: self.locking, self.sent.append,
                lambda: self.present,
            )  # fmt: skip
            yield open_parts(self.settings, world, self.clock.moment)

    def beat(self, why: str = "due") -> Coming:
        """As the process does: again at once while there is news."""
        for _ in range(8):
            with self.opened() as parts:
                coming = beat(parts, self.clock.moment, why)
            if coming.wait:
                break
            why = "news"
        return coming

    def give(self, *given: Any) -> None:
        """Orders reach the portal, as the owner's client would send them."""
        self.held.orders += [orders.raw for orders in given]

    @property
    def records(self) -> list[dict[str, Any]]:
        return other_end.opened(self.held, self.owner)

    @property
    def reports(self) -> list[dict[str, Any]]:
        return [record for record in self.records if record["type"] == "report"]

    @property
    def events(self) -> list[str]:
        return [record["event"] for record in self.records if record["type"] == "event"]

    @property
    def answers(self) -> list[tuple[str, str]]:
        return [(r["result"], r["detail"]) for r in self.records if r["type"] == "answer"]

    @property
    def status(self) -> dict[str, Any]:
        said = status.read(self.settings)
        assert said is not None
        return said

    def file(self, name: str) -> Path:
        return self.settings.private / name


@pytest.fixture(autouse=True, scope="session")
def _no_system_bus() -> None:
    """What the machine that runs the tests says of itself is no part of them."""
    os.environ["DBUS_SYSTEM_BUS_ADDRESS"] = "unix:path=/nowhere"


@pytest.fixture
def portal() -> Portal:
    return Portal()


@pytest.fixture
def served(portal: Portal) -> Iterator[Served]:
    server = Served(portal)
    yield server
    server.stop()


@pytest.fixture
def alice() -> Owner:
    return Owner()


@pytest.fixture
def settings(served: Served, tmp_path: Path) -> Settings:
    chosen = Settings(served.url, tmp_path / "state")
    make_folders(chosen)
    return chosen


@pytest.fixture
def laptop(settings: Settings, portal: Portal, alice: Owner) -> Laptop:
    """Paired with Alice, who agreed to everything; no beat has happened yet."""
    candidate = Candidate.generate()
    first = alice.adopt(candidate.offer)
    portal.register(candidate.offer, first)
    device = Device(candidate.signing, candidate.opening, first, (portal.key.public,))
    enrollment.pin(settings.private, device, Consent("alice", NOW, SENSORS))
    return Laptop(settings, portal, alice, device)


@pytest.fixture
def unplugged(laptop: Laptop, served: Served) -> Laptop:
    """A laptop whose portal cannot be reached: nobody listens on that port."""
    nowhere = Served(Portal())
    nowhere.stop()
    return replace(laptop, settings=replace(laptop.settings, portal=nowhere.url))
