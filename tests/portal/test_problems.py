"""What goes wrong inside says nothing of what a person sent."""

import logging
import sqlite3
import threading
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from portal import db
from portal.context import services_of
from portal.problems import of_database
from tests.cast import Owner
from tests.portal.terminal import SQLITE_ALONE


def test_a_mistake_of_ours_is_told_without_its_details(
    app: Flask, nobody: Any, caplog: pytest.LogCaptureFixture
) -> None:
    @app.get("/api/v1/broken/<word>")
    def broken(word: str) -> str:
        raise RuntimeError(word)

    with caplog.at_level(logging.DEBUG):
        answer = nobody.get("/broken/alice@example.org,48.1")
    assert (answer.status_code, answer.json["code"]) == (500, "internal")
    said = answer.text + caplog.text
    assert "alice" not in said
    assert "48.1" not in said
    assert "RuntimeError" in caplog.text
    assert "in broken" in caplog.text, "the place in the code is told"


@SQLITE_ALONE
def test_a_locked_database_asks_to_try_again(
    app: Flask, nobody: Any, alice_keys: Owner, caplog: pytest.LogCaptureFixture
) -> None:
    engine = services_of(app).engine
    with engine.connect() as impatient:
        impatient.exec_driver_sql("PRAGMA busy_timeout = 1")
    with db.for_writing(engine).connect() as other, other.begin():
        answer = nobody.post("/accounts", alice_keys.registration())
    assert (answer.status_code, answer.json["code"]) == (503, "try-again")
    assert int(answer.headers["Retry-After"]) > 0
    assert "alice" not in caplog.text
    assert nobody.post("/accounts", alice_keys.registration()).status_code == 202


@SQLITE_ALONE
def test_a_full_disk_asks_to_try_again(app: Flask, nobody: Any, alice_keys: Owner) -> None:
    engine = services_of(app).engine
    with engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
    statuses = set()
    for number in range(30):
        form = {"account_id": f"{number:032x}", "email": f"{number}@example.org"}
        statuses.add(nobody.post("/accounts", alice_keys.registration() | form).status_code)
    assert 503 in statuses
    assert statuses <= {202, 503}


def test_only_what_passes_by_waiting_is_a_503() -> None:
    ours = sqlite3.OperationalError("no such table: device")
    assert of_database(OperationalError("SELECT", {}, ours)) is None
    assert of_database(OperationalError("SELECT", {}, Exception("connection refused"))) is not None


def test_one_double_click_makes_one_account(app: Flask, alice_keys: Owner) -> None:
    form = alice_keys.registration()
    statuses: list[int] = []

    def register() -> None:
        statuses.append(app.test_client().post("/api/v1/accounts", json=form).status_code)

    threads = [threading.Thread(target=register) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == [202] * 8
    with services_of(app).engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM account")).scalar_one() == 1
