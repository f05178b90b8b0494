"""What has ended is forgotten, what is needed is not."""

from datetime import timedelta
from typing import Any

from flask import Flask
from sqlalchemy import text

from portal import jobs
from portal.context import services_of
from shared.encoding import b64
from tests.cast import Clock, Laptop


def count(app: Flask, table: str) -> int:
    with services_of(app).engine.connect() as connection:
        found: int = connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one()  # noqa: S608
    return found


def run_all(app: Flask, clock: Clock) -> None:
    for job in jobs.of(services_of(app).settings):
        job.run(services_of(app).engine, clock.now)


def leave_something_everywhere(alice: Any, laptop: Laptop) -> None:
    wrong = {**alice.owner.credentials(), "login_verifier": b64(bytes(32))}
    alice.post("/login", wrong)
    path = f"/devices/{laptop.id.hex()}/commands"
    for _ in range(2):
        alice.post(path, {"command": b64(alice.owner.command(laptop).raw)})


def test_nothing_is_forgotten_too_early(
    app: Flask, alice: Any, laptop: Laptop, clock: Clock
) -> None:
    leave_something_everywhere(alice, laptop)
    before = {table: count(app, table) for table in ("pairing", "sign_in", "throttle", "command")}
    assert all(before.values())
    run_all(app, clock)
    assert {table: count(app, table) for table in before} == before


def test_what_has_ended_is_forgotten(app: Flask, alice: Any, laptop: Laptop, clock: Clock) -> None:
    leave_something_everywhere(alice, laptop)
    clock.pass_(days=1)
    run_all(app, clock)
    assert count(app, "pairing") == count(app, "sign_in") == count(app, "throttle") == 0
    assert count(app, "command") == 1, "the last counter is kept"


def test_an_old_counter_stays_used_after_its_command_is_forgotten(
    app: Flask, alice: Any, laptop: Laptop, clock: Clock
) -> None:
    path = f"/devices/{laptop.id.hex()}/commands"
    old = alice.owner.command(laptop, now=clock.now + 86_400_000)
    alice.post(path, {"command": b64(alice.owner.command(laptop).raw)})
    clock.pass_(days=1)
    run_all(app, clock)
    alice.sign_in()
    answer = alice.post(path, {"command": b64(old.raw)})
    assert (answer.status_code, answer.json["code"]) == (409, "out-of-order")


def test_the_scheduler_runs_each_job_by_itself(app: Flask, clock: Clock) -> None:
    services = services_of(app)
    scheduler = jobs.schedule(services.settings, services.engine, clock)
    planned = {job.name: job.trigger.interval for job in scheduler.get_jobs()}
    assert planned.pop("uploads") == timedelta(days=1)
    assert planned == {job.name: job.every for job in jobs.of(services.settings)}
    assert all(every <= timedelta(days=1) for every in planned.values())
    for job in scheduler.get_jobs():
        job.func(*job.args)
