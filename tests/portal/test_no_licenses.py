"""A portal that gives no licenses out: everything for everybody."""

from dataclasses import replace

from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from licensing.rights import Action
from portal import create_app
from portal.accounts.models import Account
from portal.context import services_of
from portal.devices.models import Device
from portal.licenses import operations
from portal.settings import Settings
from tests.cast import Clock
from tests.portal.asking import refused
from tests.portal.conftest import Caller
from tests.portal.licensed import page, try_to_adopt


def test_everybody_has_everything(alice: Caller, clock: Clock, app: Flask) -> None:
    for _ in range(4):
        alice.adopt(clock)
    shown = page(alice)
    assert "Free for everybody" in shown
    assert "License key" not in shown
    with Session(services_of(app).engine) as session:
        account = session.scalars(select(Account)).one()
        held = operations.holding(session, account, None, clock.now)
        assert all(held.may(action, clock.now) for action in Action)


def test_laptops_from_before_stay_where_licenses_begin_later(
    alice: Caller, clock: Clock, app: Flask, settings: Settings
) -> None:
    for _ in range(4):
        alice.adopt(clock)
    later = create_app(replace(settings, licenses_since=clock.now), clock=clock)
    caller = Caller(later, alice.owner)
    caller.sign_in()
    shown = page(caller)
    assert "2 of 2 taken" in shown
    assert shown.count("a laptop beyond the license") == 2
    assert refused(try_to_adopt(caller, clock), 409, "no-seat")
    with Session(services_of(later).engine) as session:
        assert session.scalar(select(func.count()).select_from(Device)) == 4
    services_of(later).engine.dispose()
