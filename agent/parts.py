"""What a beat is made of. Opened once, under a lock, and every loss found on the way is told."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from agent import consent, device, drop, durable
from agent.aside import Aside
from agent.chain import Chain
from agent.commands.ledger import Ledger
from agent.commands.outcome import RESTING, Outcome
from agent.consent import Consent
from agent.device import Device
from agent.drills import Drills
from agent.errands import ERRANDS, Errands
from agent.errors import Busy, NoRoom, StateDamaged
from agent.holds import Holds
from agent.hosts import host
from agent.journal import Journal
from agent.lease import HeldLease
from agent.moment import Moment
from agent.outbox import USUAL_LIMITS, Limits, Outbox
from agent.plan import Plan
from agent.receipts import Receipts
from agent.records import Records
from agent.schedule import Schedule
from agent.settings import Settings
from agent.standing import Standing

if TYPE_CHECKING:
    from agent.hosts.signed_in import Session
    from agent.sensors import Look
    from agent.uplink import Uplink

LOCK = "beat.lock"
CONSENT = "consent.json"


@dataclass(frozen=True, slots=True)
class World:
    """What is not the agent's own: the sensors, the portal, how much disk it may use, what locks
    the screens, who carries out a command that takes longer than a beat, and who is signed in
    (None where nobody can tell).
    """

    look: "Callable[[Plan], Look]"
    uplink: "Uplink"
    limits: Limits = USUAL_LIMITS
    lock: Callable[[], Outcome] = RESTING.lock
    send: Callable[[bytes], None] = lambda command_id: None
    signed_in: "Callable[[], tuple[Session, ...] | None]" = lambda: None


@dataclass(frozen=True, slots=True)
class Parts:
    settings: Settings
    world: World
    device: Device
    consent: Consent
    standing: Standing
    outbox: Outbox
    chain: Chain
    receipts: Receipts
    records: Records
    schedule: Schedule
    drills: Drills
    holds: Holds
    lease: HeldLease
    ledger: Ledger
    errands: Errands
    journal: Journal
    aside: Aside


@contextmanager
def locked(settings: Settings, patience_s: float = 0) -> Iterator[None]:
    """Only one process changes the state at a time; the lock ends with its process. Raises Busy."""
    make_folders(settings)
    file = os.open(settings.private / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        _lock(file, time.monotonic() + patience_s)
        yield
    finally:
        os.close(file)


def make_folders(settings: Settings) -> None:
    """Others may pass through to what is public; what is private is shut."""
    durable.make_folder(settings.state_dir, 0o711)
    durable.make_folder(settings.private, 0o700)
    durable.make_folder(settings.public, 0o755)
    drop.lay_out(settings.public)


def open_parts(settings: Settings, world: World, moment: Moment) -> Parts:
    """Call under `locked`. Raises NotPaired, and StateDamaged where the keys are lost."""
    durable.remove_leftovers(settings.private)
    durable.remove_leftovers(settings.public)
    return _Opening(settings, world, moment).parts()


class _Opening:
    """Reads file after file; what is damaged is set aside, mended, and told to the owner."""

    def __init__(self, settings: Settings, world: World, moment: Moment) -> None:
        self._settings = settings
        self._world = world
        self._moment = moment
        self._lost: list[str] = []

    def parts(self) -> Parts:
        folder = self._settings.private
        mine = device.load(folder)
        standing = self._standing(mine)
        outbox = Outbox(folder / "outbox", mine.signing.public, self._world.limits)
        chain = Chain(folder, outbox)
        receipts = Receipts(folder, mine, outbox, chain)
        self._try(receipts.load)
        parts = Parts(
            settings=self._settings,
            world=self._world,
            device=mine,
            consent=self._consent(),
            standing=standing,
            outbox=outbox,
            chain=chain,
            receipts=receipts,
            records=Records(mine, standing, outbox, chain, receipts),
            schedule=self._schedule(),
            drills=self._drills(),
            holds=self._holds(),
            lease=self._lease(mine),
            ledger=self._ledger(standing),
            errands=Errands(folder / ERRANDS),
            journal=Journal(self._settings.public),
            aside=Aside(folder / "aside"),
        )
        self._find_place(parts)
        self._tell(parts)
        return parts

    def _try(self, load: Callable[[], None]) -> bool:
        """False when the file was lost."""
        try:
            load()
        except StateDamaged as damage:
            self._lose(damage)
            return False
        return True

    def _lose(self, damage: StateDamaged) -> None:
        path = self._settings.private / damage.name
        if path.exists():
            durable.set_aside(path)
        self._lost.append(damage.name)

    def _standing(self, mine: Device) -> Standing:
        try:
            return Standing.load(self._settings.private, mine.first_orders)
        except StateDamaged as damage:
            self._lose(damage)
        # Back to serial 1: the portal sends all that came after, and each is checked again.
        standing = Standing(self._settings.private, mine.first_orders)
        standing.save()
        return standing

    def _consent(self) -> Consent:
        try:
            return consent.load(self._settings.private / CONSENT)
        except StateDamaged as damage:
            self._lose(damage)
            return consent.NOTHING

    def _schedule(self) -> Schedule:
        schedule = Schedule(self._settings.private)
        self._try(schedule.load)
        return schedule

    def _drills(self) -> Drills:
        drills = Drills(self._settings.private)
        self._try(drills.load)
        return drills

    def _holds(self) -> Holds:
        holds = Holds(self._settings.private)
        self._try(holds.load)
        return holds

    def _lease(self, mine: Device) -> HeldLease:
        """A damaged one is asked for anew; until then it is as if there had been none."""
        roots = self._settings.license_roots
        lease = HeldLease(self._settings.private, mine.signing.public, roots)
        self._try(lease.load)
        return lease

    def _ledger(self, standing: Standing) -> Ledger:
        ledger = Ledger(self._settings.private)
        if not self._try(ledger.load):
            ledger.start_over(standing.now(self._moment.t))
        return ledger

    def _find_place(self, parts: Parts) -> None:
        orders = parts.standing.orders
        try:
            place = parts.chain.place(orders)
        except StateDamaged as damage:
            self._lose(damage)
            parts.chain.start_segment(parts.receipts.seq, orders, self._moment.t)
            place = parts.chain.place(orders)
        parts.outbox.tidy(place.seq)

    def _tell(self, parts: Parts) -> None:
        for name in self._lost:
            parts.journal.note(self._moment.t, "state-lost", file=name)
            with suppress(NoRoom):
                parts.records.event(self._moment, "state-lost", file=name)


def _lock(file: int, until: float) -> None:
    while not host.try_lock(file):
        if time.monotonic() >= until:
            raise Busy("The agent is at work just now. Try again in a minute.")
        time.sleep(0.05)
