"""What is counted says how many and never who; whoever objects is in no number."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal import create_app, jobs
from portal.cli import main
from portal.context import services_of
from portal.db import for_writing
from portal.devices.models import Device
from portal.privacy import metrics
from portal.privacy.metrics import Metric
from portal.settings import Settings, from_environment
from portal.site import counting
from portal.site.models import MetricCount
from portal.site.tally import Tally
from tests.cast import Clock, Owner
from tests.portal.conftest import Caller
from tests.portal.terminal import environment_of

DAY_MS = 24 * 3600 * 1000
Counts = dict[tuple[str, str], int]


@pytest.fixture
def app(settings: Settings, clock: Clock) -> Iterator[Flask]:
    """Its operator counts."""
    made = create_app(replace(settings, counts=True), clock=clock)
    yield made
    services_of(made).engine.dispose()


def browser(app: Flask) -> FlaskClient:
    return app.test_client(use_cookies=False)


def visit(http: FlaskClient, path: str = "/pricing", who: str = "A", **headers: str) -> None:
    http.get(path, headers={"User-Agent": who, **headers}, buffered=True)


def written(app: Flask, clock: Clock) -> Counts:
    """All days together, after whatever was in memory has been written down."""
    clock.pass_(minutes=10)
    browser(app).head("/opt-out")  # is no look, but after its answer it is written
    found: Counts = {}
    with Session(services_of(app).engine) as session:
        for one in session.scalars(select(MetricCount)):
            key = (one.metric, one.part)
            found[key] = found.get(key, 0) + one.count
    return found


def test_a_browser_is_one_visitor_a_day_and_another_the_next(app: Flask, clock: Clock) -> None:
    http = browser(app)
    for _ in range(3):
        visit(http)
    visit(http, who="B")
    clock.pass_(days=1)
    visit(http)
    assert written(app, clock) == {("visitors", ""): 3, ("views", "/pricing"): 5}


def test_nothing_that_could_say_who_it_was_is_written_or_outlives_the_day(clock: Clock) -> None:
    tally = Tally()
    tally.look("/pricing", "203.0.113.7", "Firefox", clock.now)
    salt, seen = tally._salt, set(tally._seen)
    taken = tally.take(clock.now)
    assert {part for _, _, part in taken} == {"", "/pricing"}
    tally.look("/pricing", "203.0.113.7", "Firefox", clock.now + DAY_MS)
    assert tally._salt != salt
    assert not seen & tally._seen


def test_who_says_global_privacy_control_is_in_no_number(app: Flask, clock: Clock) -> None:
    http = browser(app)
    visit(http, **{"Sec-GPC": "1"})
    assert written(app, clock) == {}
    visit(http, **{"Sec-GPC": "0"})
    assert written(app, clock)[("visitors", "")] == 1


@pytest.mark.parametrize("path", ["/u/secret", "/nowhere", "/s/secret", "/api/v1/devices"])
def test_what_stands_in_an_address_is_no_name_of_a_page(
    app: Flask, clock: Clock, path: str
) -> None:
    visit(browser(app), path)
    assert written(app, clock) == {}


def test_uses_are_counted_by_part_until_the_owner_objects(
    app: Flask, alice: Caller, clock: Clock
) -> None:
    def use() -> None:
        assert alice.http.post("/account/letters", data={}).status_code == 303

    use()
    assert written(app, clock)[("uses", "marketing")] == 1
    assert "Do not count me" in alice.http.get("/account/rest").text
    for button, counted in (({}, 1), ({"again": "yes"}, 2)):
        assert alice.http.post("/account/counted", data=button).status_code == 303
        use()
        assert written(app, clock)[("uses", "marketing")] == counted
    alice.http.post("/account/rest", data={})
    use()
    assert written(app, clock)[("uses", "marketing")] == 2
    assert "You objected to being counted." in alice.http.get("/account/log").text
    assert not [key for key in written(app, clock) if key[0] == "visitors"], "she is signed in"


def test_laptops_of_whoever_objects_are_not_counted(
    app: Flask, alice: Caller, bob: Caller, clock: Clock
) -> None:
    for owner in (alice, bob):
        owner.adopt(clock)
    bob.http.post("/account/counted", data={})
    with Session(for_writing(services_of(app).engine)) as session:
        session.execute(update(Device).values(last_heard=clock.now))
        for _ in range(2):
            counting.count_laptops(session, clock.now + DAY_MS)
        session.commit()
    assert written(app, clock)[("laptops", "")] == 1


def test_small_numbers_of_days_that_are_over_are_deleted_and_never_shown(
    app: Flask, clock: Clock
) -> None:
    today = clock.now // DAY_MS
    with Session(for_writing(services_of(app).engine)) as session:
        for part, count in (("four", 4), ("five", 5)):
            for day in (today - 1, today):
                session.add(MetricCount(day=day, metric="views", part=part, count=count))
        session.flush()
        assert [one.part for one in counting.shown(session, clock.now)] == ["five"]
        counting.purge(session, clock.now)
        kept = session.scalars(select(MetricCount)).all()
        assert sorted((one.day - today, one.part) for one in kept) == [
            (-1, "five"), (0, "five"), (0, "four")
        ]  # fmt: skip
        counting.purge(session, clock.now + 760 * DAY_MS)
        assert session.scalars(select(MetricCount)).all() == []


def test_without_a_word_of_the_operator_nothing_is_counted(
    settings: Settings, clock: Clock, alice_keys: Owner
) -> None:
    made = create_app(settings, clock=clock)
    visit(browser(made))
    assert "tally" not in made.extensions
    assert written(made, clock) == {}
    assert "laptops in use" not in {job.name for job in jobs.of(settings)}
    shown = browser(made).get("/privacy").text
    assert "Nobody counts visits" in shown
    services_of(made).engine.dispose()


def test_where_it_counts_the_page_says_what(app: Flask) -> None:
    shown = browser(app).get("/privacy").text
    assert all(sentence in shown for sentence in metrics.SENTENCES.values())
    assert "Nobody counts visits" not in shown


def test_a_metric_that_is_not_in_the_list_does_not_exist() -> None:
    assert [one.value for one in Metric] == list(metrics.SENTENCES)


def test_the_operator_reads_it_in_a_terminal(
    app: Flask, settings: Settings, clock: Clock, capsys: pytest.CaptureFixture[str]
) -> None:
    with Session(for_writing(services_of(app).engine)) as session:
        session.add(MetricCount(day=20_000, metric="views", part="/pricing", count=7))
        session.commit()

    def typed(*words: str, **more: str) -> str:
        assert main(("counts", *words), environment_of(settings) | more) == 0
        return capsys.readouterr().out

    assert json.loads(typed("--json")) == [
        {"day": "2024-10-04", "metric": "views", "part": "/pricing", "count": 7}
    ]
    assert "counts nothing" in typed()
    assert "counts nothing" not in typed(HOMEWARD_COUNT="yes")


def test_it_is_a_setting(tmp_path: Any) -> None:
    environment = {"HOMEWARD_DATA_DIR": str(tmp_path)}
    assert not from_environment(environment).counts
    assert from_environment(environment | {"HOMEWARD_COUNT": "yes"}).counts
