"""“I think I am being tracked”: anybody may say so, and learns nothing about anybody else."""

import json
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal import cli, jobs
from portal.audit.models import AuditLine
from portal.context import services_of
from portal.tracked.models import TrackedReport
from tests.portal.conftest import Caller
from tests.portal.terminal import environment_of

WORDS = {"text": "It knows where I am.", "contact": "555-0100", "fingerprint": "AAAA-BBBB"}
DAY = 24 * 3600 * 1000


def send(somebody: Caller, **said: str) -> Any:
    return somebody.http.post("/tracked", data=WORDS | said)


def held(app: Flask) -> list[TrackedReport]:
    with Session(services_of(app).engine) as session:
        return list(session.scalars(select(TrackedReport)))


def test_a_word_without_account_or_script_reaches_the_operator(
    app: Flask, nobody: Caller, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = send(nobody)
    assert answer.status_code == 303
    assert "Your report has arrived" in nobody.http.get(answer.location).text
    environment = environment_of(services_of(app).settings)
    assert cli.main(["reports", "--json"], environment) == 0
    [said] = json.loads(capsys.readouterr().out)
    assert WORDS.items() <= said.items()
    assert cli.main(["reports"], environment) == 0
    assert "It knows where I am." in capsys.readouterr().out


def test_the_audit_log_says_that_somebody_wrote_and_nothing_of_what(
    app: Flask, nobody: Caller, caplog: pytest.LogCaptureFixture
) -> None:
    send(nobody)
    with Session(services_of(app).engine) as session:
        line = session.scalars(select(AuditLine).order_by(AuditLine.number.desc())).first()
    assert line
    assert (line.actor, line.action, line.subject) == ("anyone", "said-tracked", "operator")
    assert "555-0100" not in caplog.text


@pytest.mark.parametrize(
    "odd",
    [{"text": " "}, {"text": "a" * 4001}, {"contact": "a" * 255}, {"fingerprint": "a" * 41}],
)
def test_what_is_empty_or_too_long_is_refused_and_kept_nowhere(
    app: Flask, nobody: Caller, odd: dict[str, str]
) -> None:
    assert send(nobody, **odd).status_code == 400
    assert nobody.http.post("/tracked").status_code == 400
    assert held(app) == []


def test_another_site_cannot_write_in_a_visitors_name(app: Flask, nobody: Caller) -> None:
    answer = nobody.http.post("/tracked", data=WORDS, headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403
    assert held(app) == []


def test_a_flood_has_to_wait(app: Flask, nobody: Caller) -> None:
    codes = [send(nobody).status_code for _ in range(8)]
    assert codes[:5] == [303] * 5
    assert codes[-1] == 429
    assert len(held(app)) < 8


def test_what_a_stranger_writes_cannot_steer_the_operators_terminal(
    app: Flask, nobody: Caller, capsys: pytest.CaptureFixture[str]
) -> None:
    send(nobody, text="\x1b[2J\u202e gone")
    environment = environment_of(services_of(app).settings)
    assert cli.main(["reports"], environment) == 0
    out = capsys.readouterr().out
    assert "\x1b" not in out
    assert "\u202e" not in out


def test_a_report_is_forgotten_after_half_a_year(app: Flask, nobody: Caller) -> None:
    send(nobody)
    [report] = held(app)
    [job] = [job for job in jobs.JOBS if job.name == "tracked reports"]
    job.run(services_of(app).engine, report.received + 180 * DAY - 1)
    assert len(held(app)) == 1
    job.run(services_of(app).engine, report.received + 180 * DAY)
    assert held(app) == []
