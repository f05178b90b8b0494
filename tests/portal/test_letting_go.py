"""Evidence goes when its owner's orders say so, at once or by its age, and its files with it."""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.intake.models import Attachment, DroppedFile, Fork
from portal.intake.operations import intake_of
from shared import crypto, envelope
from shared.encoding import b64, unb64
from shared.envelope import Attachment as Listed
from shared.orders import Standing
from shared.will import Keep
from tests.cast import DAY, Clock, Laptop
from tests.portal.asking import hear, records, refusal, refused, send
from tests.portal.conftest import Caller, services_of
from tests.portal.test_closing import run_jobs

pytestmark = pytest.mark.both_databases
PICTURE = b"a sealed picture"


def report(alice: Caller, laptop: Laptop, clock: Clock, *files: Listed) -> None:
    hear(alice, laptop, laptop.seal(attachments=files).wire, clock.now)


def there(alice: Caller, laptop: Laptop) -> list[int]:
    """The reports that still have their content."""
    sealed = [envelope.parse(unb64(one["envelope"])) for one in records(alice, laptop)]
    for one in sealed:
        one.without_body().verify(laptop.signing.public)
    return [one.header.seq for one in sealed if one.body is not None]


def keeping(alice: Caller, laptop: Laptop, clock: Clock, **keep: Any) -> Any:
    orders = alice.owner.order(laptop, keep=Keep(**keep), t=clock.now)
    return alice.post(f"/devices/{laptop.id.hex()}/keeping", {"orders": b64(orders.raw)})


def a_report_a_day(alice: Caller, laptop: Laptop, clock: Clock, days: int) -> None:
    for _ in range(days):
        report(alice, laptop, clock)
        clock.pass_(days=1)
    alice.sign_in()


def test_after_ninety_days_content_goes_and_the_chain_stays(
    app: Flask, alice: Caller, laptop: Laptop, clock: Clock
) -> None:
    a_report_a_day(alice, laptop, clock, 2)
    clock.pass_(days=88)
    run_jobs(app, clock)
    alice.sign_in()
    assert there(alice, laptop) == [0, 1]
    clock.pass_(minutes=1)
    run_jobs(app, clock)
    assert there(alice, laptop) == [1]
    shown = records(alice, laptop)
    assert [one["sighting"] is None for one in shown] == [True, False]
    assert all(one["receipt"] for one in shown)
    hear(alice, laptop, laptop.seal().wire, clock.now)  # the laptop goes on where it was


def test_what_she_has_deleted_is_gone_at_once(
    app: Flask, alice: Caller, laptop: Laptop, clock: Clock
) -> None:
    a_report_a_day(alice, laptop, clock, 4)
    answer = keeping(alice, laptop, clock, before=clock.now - 2 * DAY)
    assert (answer.status_code, answer.json["gone"]) == (201, 2)
    assert there(alice, laptop) == [2, 3]
    assert keeping(alice, laptop, clock, before=clock.now).json["gone"] == 2
    report(alice, laptop, clock)
    run_jobs(app, clock)
    assert there(alice, laptop) == [4]


def test_a_theft_that_is_not_over_is_kept_whole(
    app: Flask, alice: Caller, laptop: Laptop, clock: Clock
) -> None:
    a_report_a_day(alice, laptop, clock, 10)
    stolen = alice.owner.stolen(laptop, clock.now)
    path = f"/devices/{laptop.id.hex()}/theft"
    assert alice.post(path, {"orders": b64(stolen.raw)}).status_code == 201
    assert keeping(alice, laptop, clock, days=7, before=clock.now).json["gone"] == 3
    clock.pass_(days=29)
    run_jobs(app, clock)
    alice.sign_in()
    assert there(alice, laptop) == list(range(3, 10))
    home = alice.owner.order(laptop, standing=Standing.HOME, theft=None, t=clock.now)
    assert alice.post(f"{path}/recovered", {"orders": b64(home.raw)}).status_code == 200
    run_jobs(app, clock)
    assert there(alice, laptop) == []  # what she had deleted is owed now


def test_held_by_its_owner_nothing_goes_by_its_age(
    app: Flask, alice: Caller, laptop: Laptop, clock: Clock
) -> None:
    a_report_a_day(alice, laptop, clock, 1)
    keeping(alice, laptop, clock, hold=True)
    clock.pass_(days=800)
    run_jobs(app, clock)
    alice.sign_in()
    assert there(alice, laptop) == [0]


def test_its_files_go_with_it(app: Flask, alice: Caller, laptop: Laptop, clock: Clock) -> None:
    sha256 = crypto.sha256(PICTURE)
    report(alice, laptop, clock, Listed(sha256, len(PICTURE)))
    path = f"/api/v1/media/{sha256.hex()}"
    sent = alice.http.put(path, data=PICTURE, headers=laptop.authorization(sha256, clock.now))
    assert sent.status_code == 201
    blobs = intake_of(app).blobs
    assert blobs.has(sha256)
    clock.pass_(hours=1)
    keeping(alice, laptop, clock, before=clock.now)
    assert refused(alice.get(f"/media/{sha256.hex()}"), 404, "not-found")
    run_jobs(app, clock)
    assert not blobs.has(sha256)
    with Session(services_of(app).engine) as session:
        assert session.scalars(select(Attachment)).all() == []
        assert session.scalars(select(DroppedFile)).all() == []


def test_forks_go_by_the_same_days(app: Flask, alice: Caller, laptop: Laptop, clock: Clock) -> None:
    laptop.seal()  # never sent, so that the next one does not follow
    assert refusal(send(alice, laptop, laptop.seal().wire, clock.now)) == (409, "fork")
    with Session(services_of(app).engine) as session:
        assert len(session.scalars(select(Fork)).all()) == 1
    clock.pass_(days=91)
    run_jobs(app, clock)
    with Session(services_of(app).engine) as session:
        assert session.scalars(select(Fork)).all() == []


def test_bob_deletes_nothing_of_alices(
    alice: Caller, bob: Caller, laptop: Laptop, clock: Clock
) -> None:
    report(alice, laptop, clock)
    orders = alice.owner.order(laptop, keep=Keep(before=clock.now + DAY), t=clock.now)
    body = {"orders": b64(orders.raw)}
    assert refused(bob.post(f"/devices/{laptop.id.hex()}/keeping", body), 404, "not-found")
    assert there(alice, laptop) == [0]
