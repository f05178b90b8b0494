"""No camera opens without unexpired orders of the owner, whatever happens in whatever order.

Hypothesis plays owner, clock, power cuts and a portal that lies; the camera remembers each opening,
and what the owner has signed, by her own list, says whether it was allowed.
"""

import json
import os
import shutil
import tempfile
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import pytest
import requests
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from agent import consent, durable, enrollment
from agent.consent import Consent
from agent.device import Device
from agent.enrollment import Candidate
from agent.hosts.signed_in import Session
from agent.parts import CONSENT, World, locked, make_folders, open_parts
from agent.plan import SENSORS
from agent.settings import Settings
from agent.standing import NAME as STANDING
from agent.uplink import Uplink
from shared import orders
from shared.command import Wish
from shared.encoding import b64, unb64
from shared.orders import Standing
from tests.agent.conftest import Laptop, Sensors
from tests.agent.other_end import DAY, NOW, Owner, Portal
from tests.agent.wire import PORTAL, Killed, Wire

DAYS = st.floats(0.001, 30)
BEFORE_T = 40 * DAY
BEATS = st.integers(0, 2)
EXAMPLES = 1000 if os.environ.get("HOMEWARD_SOAK") else 30


class WiredLaptop(Laptop):
    """The agent's core with the portal in memory; `wire` may cut its power."""

    wire: Wire

    @contextmanager
    def opened(self):
        with locked(self.settings), requests.Session() as session:
            session.mount(PORTAL, self.wire)
            world = World(
                self.sensors.look, Uplink(PORTAL, session), self.limits,
                signed_in=lambda: self.present,
            )  # fmt: skip
            yield open_parts(self.settings, world, self.clock.moment)


class Camera(Sensors):
    """Remembers what the owner's own list says of each opening; the power may go around it."""

    def __init__(self, machine):
        super().__init__()
        self._machine = machine

    def look(self, plan):
        self._machine.wire.moment()
        if "camera" in plan.sensors:
            self._machine.judge()
        seen = super().look(plan)
        self._machine.wire.moment()
        return seen


class Theft(RuleBasedStateMachine):
    @initialize()
    def pair(self):
        self.folder = Path(tempfile.mkdtemp(prefix="homeward-"))
        chosen = Settings(PORTAL, self.folder)
        make_folders(chosen)
        self.owner, self.portal = Owner(), Portal()
        self.wire = Wire(self.portal)
        candidate = Candidate.generate()
        first = self.owner.adopt(candidate.offer)
        self.portal.register(candidate.offer, first)
        device = Device(candidate.signing, candidate.opening, first, (self.portal.key.public,))
        enrollment.pin(chosen.private, device, Consent("alice", NOW, SENSORS, ("maria",)))
        self.laptop = WiredLaptop(chosen, self.portal, self.owner, device, Camera(self))
        self.laptop.wire = self.wire
        self.wrong = []
        self.allowed = True
        self.came_back = set()  # thefts during which Maria has unlocked her laptop
        self.ended = set()  # mandates that a beat which ran to its end has seen end
        self.serial = 1

    def teardown(self):
        if hasattr(self, "folder"):
            shutil.rmtree(self.folder)

    # --- The judge -------------------------------------------------------------------------------

    def judge(self):
        """Called as a camera opens: by serial, what did the owner herself sign?"""
        held = self._held()
        signed = self.owner.given[min(held.serial, len(self.owner.given)) - 1]
        theft = signed.will.theft
        ended = theft is None or max(self.laptop.clock.t, signed.will.t) >= theft.until
        if held.raw != signed.raw or ended or not theft.camera or not self.allowed:
            self.wrong.append((held.serial, self.laptop.clock.t))
        if theft and theft.id in self.came_back:
            self.wrong.append(("a laptop with its usual user", held.serial))
        if theft and theft.until in self.ended:
            self.wrong.append(("a mandate seen to have ended", held.serial))

    # --- What may happen -------------------------------------------------------------------------

    @rule(days=DAYS, camera=st.booleans(), beats=BEATS)
    def mark_stolen(self, days, camera, beats):
        t = max(NOW, self.laptop.clock.t)
        self.laptop.give(self.owner.stolen(t, days, camera=camera))
        self.beat(beats)

    @rule(beats=BEATS)
    def recover(self, beats):
        self.laptop.give(self.owner.order(max(NOW, self.laptop.clock.t)))
        self.beat(beats)

    @rule(beats=BEATS)
    def ask_for_a_report(self, beats):
        self.laptop.held.commands.append(self.owner.wish(Wish.REPORT_NOW, self.laptop.clock.t))
        self.beat(beats)

    @rule(days=st.sampled_from([0, 1, 30]), beats=BEATS)
    def drill(self, days, beats):
        """Asked for, and from now on every so many days."""
        t = max(NOW, self.laptop.clock.t)
        self.laptop.give(self.owner.order(t, drill_days=days))
        self.laptop.held.commands.append(self.owner.wish(Wish.DRILL, t))
        self.beat(beats)

    @rule(hours=st.floats(0.05, 24 * 40), beats=BEATS)
    def time_passes(self, hours, beats):
        self.laptop.clock.passes(hours=hours)
        self.beat(beats)

    @rule(by=st.integers(-BEFORE_T, BEFORE_T), beats=BEATS)
    def somebody_sets_the_clock(self, by, beats):
        self.laptop.clock.t = max(1, self.laptop.clock.t + by)
        self.beat(beats)

    @precondition(lambda self: self._held().will.theft)
    @rule(back=st.floats(0, 1))
    def the_mandate_ends_and_somebody_sets_the_clock_back(self, back):
        theft = self._held().will.theft
        self.laptop.clock.t = max(theft.until, self.laptop.clock.t)
        self.beat(1)
        self.laptop.clock.t = theft.until - round(back * (theft.until - theft.since))
        self.reboot()

    @rule()
    def reboot(self):
        self.laptop.clock.boot_id, self.laptop.clock.boottime = os.urandom(4).hex(), 1.0
        self.beat(1)

    @rule(camera=st.booleans(), beats=BEATS)
    def change_consent(self, camera, beats):
        agreed = tuple(name for name in SENSORS if camera or name != "camera")
        consent.save(self.laptop.file(CONSENT), Consent("alice", NOW, agreed, ("maria",)))
        self.allowed = camera
        self.beat(beats)

    @rule(how=st.sampled_from(["nobody tells", "nobody", "locked", "unlocks"]))
    def maria_comes_and_goes(self, how):
        """What she unlocks was looked at locked before, or is a session of later."""
        self.laptop.present = {
            "nobody tells": None, "nobody": (), "locked": (_maria(locked=True),),
            "unlocks": (_maria(id=os.urandom(4).hex(), began=self.laptop.clock.t),),
        }[how]  # fmt: skip
        self.beat(1)
        held = self._held().will.theft
        if how == "unlocks" and held and self.laptop.status["held"] == "usual-user":
            self.came_back.add(held.id)

    @rule(how=st.sampled_from(["home", "stolen", "replay", "withhold", "reverse", "flip", "junk"]))
    def portal_lies(self, how):
        self.portal.change_answer = lambda answer: answer | {"orders": self._lie(how, answer)}
        self.beat(2)

    @rule(status=st.sampled_from([0, 200, 302, 401, 404, 410, 429, 503]))
    def portal_answers_something_else(self, status):
        body = json.dumps({"code": "stolen", "standing": "stolen"}).encode()
        self.portal.misbehave = lambda method, path: (status, body)
        self.beat(1)

    @rule(beats=BEATS)
    def portal_is_honest(self, beats):
        self.portal.misbehave = lambda method, path: None
        self.portal.change_answer = lambda answer: answer
        self.beat(beats)

    @rule(at=st.integers(0, 9), why=st.sampled_from(["due", "start"]))
    def the_power_goes(self, at, why):
        self.wire.kill_at = at
        with suppress(Killed):
            self.laptop.beat(why)
        self.wire.kill_at = None

    def beat(self, times):
        for _ in range(times):
            self.laptop.clock.passes(minutes=6)
            self.laptop.beat()
            self._note_ended()

    # --- What must hold --------------------------------------------------------------------------

    @precondition(lambda self: hasattr(self, "wrong"))
    @invariant()
    def no_camera_opened_without_orders(self):
        assert self.wrong == []

    @precondition(lambda self: hasattr(self, "wrong"))
    @invariant()
    def the_serial_never_falls(self):
        assert self._held().serial >= self.serial
        self.serial = self._held().serial

    def _note_ended(self):
        theft = self._held().will.theft
        if theft and self.laptop.clock.t >= theft.until:
            self.ended.add(theft.until)

    def _held(self):
        return orders.parse(unb64(durable.read_json(self.laptop.file(STANDING))["orders"]))

    def _lie(self, how, answer):
        genuine = [b64(given.raw) for given in self.owner.given]
        if how in ("home", "stolen"):
            return [b64(self._forged(how))]
        return {
            "replay": genuine[1:] or genuine,
            "withhold": answer["orders"][:-1],
            "reverse": answer["orders"][::-1],
            "flip": [_flipped(raw) for raw in answer["orders"]],
            "junk": ["AAAA", *answer["orders"]],
        }[how]

    def _forged(self, how):
        """By Mallory, or by the portal itself with its own key."""
        t, signer = self.laptop.clock.t, self.portal.key
        will = replace(self.owner.will(t), standing=Standing(how))
        if how == "stolen":
            will = replace(will, theft=orders.Theft("f" * 32, t, t + DAY))
        forged = orders.make(self.laptop.device.id, self._held(), will, signer).raw
        return forged.replace(signer.id, self.owner.signing.id)  # says that the owner signed it


def _maria(**changes):
    return replace(Session("2", 1000, True, True, False, account="maria", began=1), **changes)


def _flipped(raw):
    """The standing turned inside the signed JSON: what a portal would do if it could."""
    return b64(unb64(raw).replace(b'"camera":false', b'"camera":true '))


TestCameraMandate = Theft.TestCase
TestCameraMandate.pytestmark = [pytest.mark.soak]
TestCameraMandate.settings = settings(
    max_examples=EXAMPLES, stateful_step_count=30, deadline=None,
    suppress_health_check=list(HealthCheck),
)  # fmt: skip
