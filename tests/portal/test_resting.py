"""An account that rests is kept as it is: no job touches it, no letter goes, until it goes on."""

from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import inspect, select, text
from sqlalchemy.orm import Session

from portal.context import services_of
from portal.mail.models import Mail
from portal.settings import Settings
from shared.encoding import b64
from tests.cast import Clock, Laptop
from tests.portal.asking import hear, records
from tests.portal.conftest import Caller
from tests.portal.letters_asked_for import Press, subscribe
from tests.portal.test_closing import run_jobs
from tests.portal.test_letting_go import there

# Keys to doors, and letters that went before: not what is kept of anybody.
OF_THE_HOUR = {"sign_in", "throttle", "pairing", "mail"}


@pytest.fixture
def settings(settings: Settings, clock: Clock) -> Settings:
    """A portal that gives licenses out, so that trials end and reminders go."""
    return replace(settings, licenses_since=clock.now)


def rest(caller: Caller, **how: str) -> None:
    caller.sign_in()
    assert caller.http.post("/account/rest", data=how).status_code == 303


def hers(app: Flask) -> dict[str, Any]:
    engine = services_of(app).engine
    with engine.connect() as connection:
        return {
            table: connection.execute(text(f"SELECT * FROM {table}")).all()  # noqa: S608
            for table in set(inspect(engine).get_table_names()) - OF_THE_HOUR
        }


def letters(app: Flask) -> int:
    with Session(services_of(app).engine) as session:
        return len(session.scalars(select(Mail)).all())


@pytest.mark.both_databases
def test_no_job_touches_it_until_it_goes_on(
    app: Flask, alice: Caller, laptop: Laptop, clock: Clock
) -> None:
    """Its trial ends, its evidence is over, its laptop is silent: all that, and nothing happens."""
    drills = alice.owner.order(laptop, drill_days=30, t=clock.now)
    path = f"/devices/{laptop.id.hex()}/orders"
    assert alice.post(path, {"orders": b64(drills.raw)}).status_code == 201
    hear(alice, laptop, laptop.seal().wire, clock.now)
    rest(alice)
    before = hers(app)
    for _ in range(25):
        clock.pass_(days=8)
        run_jobs(app, clock)
    assert hers(app) == before
    assert letters(app) == 0
    alice.sign_in()
    assert there(alice, laptop) == [0]
    rest(alice, wake="yes")
    run_jobs(app, clock)
    assert there(alice, laptop) == []
    assert letters(app) > 0


def test_no_letter_that_it_once_asked_for_goes_there(
    app: Flask, alice: Caller, clock: Clock
) -> None:
    press = Press(app, clock)
    subscribe(press, app.test_client(use_cookies=False), alice.owner.email)
    rest(alice)
    press.begin()
    press.send_all()
    assert press.news_of(alice.owner.email) == []
    rest(alice, wake="yes")
    press.begin()
    press.send_all()
    assert len(press.news_of(alice.owner.email)) == 1


def test_what_she_asks_for_is_still_done_and_her_laptop_still_heard(
    alice: Caller, laptop: Laptop, clock: Clock
) -> None:
    rest(alice)
    hear(alice, laptop, laptop.seal().wire, clock.now)
    assert len(records(alice, laptop)) == 1
    body = {"orders": b64(alice.owner.stolen(laptop, clock.now).raw)}
    assert alice.post(f"/devices/{laptop.id.hex()}/theft", body).status_code == 201
    assert hear(alice, laptop, b"", clock.now).orders
    assert alice.http.get("/account/export").status_code == 200


def test_her_pages_say_so_and_nobody_elses(alice: Caller, bob: Caller) -> None:
    assert "This account rests" not in alice.http.get("/account").text
    rest(alice)
    rest(alice)
    for page in ("/account", "/account/rest"):
        assert "This account rests" in alice.http.get(page).text
        assert "This account rests" not in bob.http.get(page).text
    assert alice.http.get("/account/log").text.count("You had this account rest") == 1
    rest(alice, wake="yes")
    assert "This account rests" not in alice.http.get("/account").text
