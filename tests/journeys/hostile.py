"""The agent before hardware that only counts, and an operator who writes what he likes."""

import sqlite3
import time
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import requests

from agent import status
from agent.beat import beat
from agent.moment import Moment
from agent.parts import World, locked, open_parts
from agent.plan import Plan
from agent.sensors import Look
from agent.settings import Settings
from agent.uplink import Uplink
from portal.settings import from_environment
from shared import command, envelope, orders
from shared.crypto import SigningKey, sha256
from shared.encoding import b64, unb64
from shared.readings import parse_record
from tests.cast import DAY, Laptop
from tests.portal.live import LiveOwner, LivePortal, now_ms


@dataclass
class Agent:
    """The agent's core, paired with Alice, before hardware that remembers who asked it to look."""

    settings: Settings
    laptop: Laptop
    alice: LiveOwner
    cameras_opened: int = 0
    ahead_ms: int = 0

    def passes(self, **how_long: float) -> None:
        self.ahead_ms += timedelta(**how_long) // timedelta(milliseconds=1)

    @property
    def moment(self) -> Moment:
        ahead_s = self.ahead_ms / 1000
        return Moment(now_ms() + self.ahead_ms, time.monotonic() + ahead_s, "this boot")

    def look(self, plan: Plan) -> Look:
        self.cameras_opened += "camera" in plan.sensors
        return Look({}, ())

    def beat(self) -> None:
        """Until nothing is new, as its process does."""
        for _ in range(8):
            with locked(self.settings), requests.Session() as http:
                world = World(self.look, Uplink(self.settings.portal, http))
                coming = beat(open_parts(self.settings, world, self.moment), self.moment, "due")
            if coming.wait:
                return

    @property
    def standing(self) -> str:
        said = status.read(self.settings)
        assert said is not None
        return str(said["standing"])

    @property
    def records(self) -> list[dict[str, Any]]:
        """What Alice can open of what the portal holds."""
        sent = [envelope.parse(unb64(one["envelope"])) for one in self.alice.evidence(self.laptop)]
        return [parse_record(self.alice.keys.open(self.laptop, one)) for one in sent]

    def told(self, kind: str, name: str) -> list[Any]:
        return [record.get(name) for record in self.records if record["type"] == kind]


@dataclass(frozen=True)
class Operator:
    """Mallory runs the portal: he has its database and its key, and an account of his own."""

    portal: LivePortal
    laptop: Laptop
    own: SigningKey

    @property
    def portal_key(self) -> SigningKey:
        return from_environment({"HOMEWARD_DATA_DIR": str(self.portal.folder)}).receipt_key

    def edit(self, statement: str, *values: Any) -> None:
        """`:device` stands for the laptop's number."""
        number = f"(SELECT number FROM device WHERE id = x'{self.laptop.id.hex()}')"  # noqa: S608
        with closing(sqlite3.connect(self.portal.folder / "portal.db", timeout=30)) as base, base:
            done = base.execute(statement.replace(":device", number), values)
            assert done.rowcount, "nothing was edited"

    def put_orders(self, serial: int, raw: bytes) -> None:
        self.edit(
            "INSERT INTO orders (device_number, serial, raw, hash, received) "
            "VALUES (:device, ?, ?, ?, 1)", serial, raw, sha256(raw),
        )  # fmt: skip
        self.edit("UPDATE device SET orders_serial = ? WHERE number = :device", serial)

    def take_orders_back(self, serial: int) -> None:
        """As if none above `serial` had ever been given."""
        self.edit("DELETE FROM orders WHERE device_number = :device AND serial > ?", serial)
        self.edit("UPDATE device SET orders_serial = ? WHERE number = :device", serial)

    def put_command(self, made: command.Command) -> None:
        self.edit(
            "INSERT INTO command (device_number, id, raw, signer, counter, expires, received) "
            "VALUES (:device, ?, ?, ?, ?, ?, 1)",
            made.id, made.raw, made.signer, 2**40, now_ms() + DAY,
        )  # fmt: skip


def give(alice: LiveOwner, laptop: Laptop, path: str, given: orders.Orders) -> None:
    alice.post(f"/devices/{laptop.id.hex()}/{path}", {"orders": b64(given.raw)})
