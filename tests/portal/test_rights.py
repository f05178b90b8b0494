"""The table of rights, walked: in each state the portal and the agent do what it says."""

from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from agent.consent import Consent
from agent.plan import SENSORS, make_plan
from licensing import lease
from licensing.issue import vouch
from licensing.lease import Lease
from licensing.license import Fact, Kind, State
from licensing.rights import RIGHTS, Action, Right
from portal.accounts.models import Account
from portal.context import services_of
from portal.db import for_writing
from portal.licenses import leases, operations
from portal.licenses.models import IssuedLicense
from portal.settings import Settings
from shared.checkin import LEASE_HEADER
from shared.crypto import SigningKey
from shared.encoding import b64
from tests.cast import NOW, Clock, Laptop
from tests.portal.conftest import Caller
from tests.portal.licensed import DAY, state, try_to_adopt

ROOT, SEED = SigningKey.generate(), bytes(range(32))
DAY_MS = DAY * 1000
PAID = (Kind.PAID, 0, 365)
# (what happened, on which day, paid for how many days), and the day on which it is looked at.
HISTORIES: dict[State, tuple[list[tuple[Kind, int, int]], int]] = {
    State.TRIAL: ([], 1),
    State.EXPIRED_TRIAL: ([], 31),
    State.ACTIVE: ([PAID], 1),
    State.CANCELLING: ([PAID, (Kind.CANCELED, 1, 0)], 2),
    State.PAST_DUE: ([(Kind.PAID, 0, 1)], 5),
    State.GRACE: ([(Kind.PAID, 0, 1)], 20),
    State.EXPIRED: ([(Kind.PAID, 0, 1)], 40),
    State.PAUSED: ([PAID, (Kind.PAUSED, 1, 0)], 2),
    State.DISPUTED: ([PAID, (Kind.DISPUTE_OPENED, 1, 0)], 2),
    State.REFUNDED: ([PAID, (Kind.REFUNDED, 1, 0)], 2),
    State.SUSPENDED: ([PAID, (Kind.SUSPENDED, 1, 0)], 2),
    State.REVOKED: ([PAID, (Kind.REVOKED, 1, 0)], 2),
}


@pytest.fixture
def settings(settings: Settings) -> Settings:
    public = SigningKey.from_seed(SEED).public
    leases.write_issuer(settings.data_dir, SEED, vouch(ROOT, public, NOW, NOW + 89 * DAY_MS))
    return replace(settings, licenses_since=NOW)


def give(app: Flask, caller: Caller, history: list[tuple[Kind, int, int]], prefix: str) -> None:
    """A family license to which this happened."""
    with Session(for_writing(services_of(app).engine)) as session:
        account = session.scalars(
            select(Account).where(Account.email_norm == caller.owner.email)
        ).one()
        held = IssuedLicense(
            id=bytes(16), account_id=account.id, key_hash=bytes(32), tier="family", bought=1,
            days=365, issued=NOW, claimed=NOW,
        )  # fmt: skip
        session.add(held)
        session.flush()
        for number, (kind, day, days) in enumerate(history):
            at = NOW + day * DAY_MS
            until = at + days * DAY_MS if days else None
            operations.add_fact(session, held, Fact(at, f"{prefix}{number}", kind, until))
        session.commit()


class Walk:
    """Alice with one laptop and a license in some state."""

    def __init__(self, caller: Caller, laptop: Laptop, clock: Clock) -> None:
        self.caller, self.laptop, self.clock = caller, laptop, clock

    def does(self, action: Action) -> Right:
        match action:
            case Action.ADD_LAPTOP:
                return _said(try_to_adopt(self.caller, self.clock).status_code == 201)
            case Action.MARK_STOLEN:
                return self._marks()
            case Action.REPORT_THEFT:
                return _said(self._reports_theft())
            case Action.REPORT_HOURLY:
                home = self.caller.owner.laptops[self.laptop.id].newest.will
                plan = make_plan(home, self._consent(), self.clock.now, lease=self._lease())
                return _said(bool(plan.sensors))
            case Action.READ_EVIDENCE | Action.EXPORT:
                return self._reads("evidence" if action is Action.READ_EVIDENCE else "forks")

    def _marks(self) -> Right:
        if self._mark().status_code != 201:
            return Right.NO
        back = self.caller.owner.recovered(self.laptop, self.clock.now)
        path = f"/devices/{self.laptop.id.hex()}/theft/recovered"
        assert self.caller.post(path, {"orders": b64(back.raw)}).status_code == 200
        self.clock.pass_(minutes=1)
        return Right.YES if self._mark().status_code == 201 else Right.ONCE

    def _mark(self) -> Any:
        owner = self.caller.owner
        stolen = owner.stolen(self.laptop, self.clock.now)
        path = f"/devices/{self.laptop.id.hex()}/theft"
        answer = self.caller.post(path, {"orders": b64(stolen.raw)})
        if answer.status_code != 201:
            owner.laptops[self.laptop.id].given.pop()
        return answer

    def _reports_theft(self) -> bool:
        """The agent looks at everything, and the portal takes it."""
        stolen = self.caller.owner.stolen(self.laptop, self.clock.now)
        plan = make_plan(stolen.will, self._consent(), self.clock.now, lease=self._lease())
        record = self.laptop.seal().wire
        headers = self.laptop.authorization(record, self.clock.now)
        taken = self.caller.http.post("/api/v1/check-in", data=record, headers=headers)
        return "camera" in plan.sensors and taken.status_code == 200

    def _reads(self, what: str) -> Right:
        path = f"/devices/{self.laptop.id.hex()}/{what}"
        if self.caller.get(path).status_code != 200:
            return Right.NO
        self.clock.pass_(days=31)
        self.caller.sign_in()
        return Right.YES if self.caller.get(path).status_code == 200 else Right.LAST

    def _lease(self) -> Lease:
        headers = self.laptop.authorization(b"", self.clock.now) | {LEASE_HEADER: "0"}
        token = self.caller.http.post("/api/v1/check-in", headers=headers).json["lease"]
        return lease.read(
            token, roots=(ROOT.public,), device_key=self.laptop.signing.public,
            now=self.clock.now, least_seq=0,
        )  # fmt: skip

    def _consent(self) -> Consent:
        return Consent("alice", NOW, SENSORS)


def _said(allowed: bool) -> Right:
    return Right.YES if allowed else Right.NO


@pytest.fixture
def walk(alice: Caller, laptop: Laptop, clock: Clock) -> Walk:
    return Walk(alice, laptop, clock)


@pytest.mark.parametrize("action", Action)
@pytest.mark.parametrize("held", HISTORIES)
def test_portal_and_agent_do_what_the_table_says(
    app: Flask, walk: Walk, held: State, action: Action
) -> None:
    history, day = HISTORIES[held]
    if history:
        give(app, walk.caller, history, "fact-")
    walk.clock.pass_(days=day)
    walk.caller.sign_in()
    assert state(app, walk.caller, walk.clock) is held
    assert walk.does(action) is RIGHTS[held][action]


def test_every_state_is_walked_but_one_that_no_account_here_is_in() -> None:
    assert set(State) - set(HISTORIES) == {State.PENDING}


def test_who_followed_somebody_reads_nothing_and_nothing_is_lost(
    app: Flask, walk: Walk, clock: Clock
) -> None:
    give(app, walk.caller, [PAID, (Kind.SUSPENDED, 0, 0)], operations.STALKING)
    clock.pass_(days=1)
    assert walk.does(Action.READ_EVIDENCE) is Right.NO
    assert walk.does(Action.EXPORT) is Right.NO
    assert walk.does(Action.REPORT_THEFT) is Right.YES
