"""What people ask for by law: without an account, with a clock, and nobody learns who has one."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.cli import main
from portal.context import services_of
from portal.db import for_writing
from portal.mail.letters import write
from portal.mail.models import Mail
from portal.privacy import requests, retention
from portal.privacy.models import RightsRequest
from portal.privacy.requests import Outcome, after_months
from portal.words import catalog
from shared.errors import Malformed
from tests.cast import Clock
from tests.portal.conftest import Caller
from tests.portal.terminal import environment_of

DAY = 24 * 3600 * 1000


def ask(caller: Caller, **other: str) -> Any:
    form = {"kind": "erase", "email": "Ana@example.org", "text": "Please delete it."} | other
    return caller.http.post("/requests", data=form)


def kept(app: Flask) -> list[RightsRequest]:
    with Session(services_of(app).engine) as session:
        return list(session.scalars(select(RightsRequest)))


def letters(app: Flask) -> list[tuple[str, dict[str, Any]]]:
    with Session(services_of(app).engine) as session:
        mails = session.scalars(select(Mail).where(Mail.account_id.is_(None)).order_by(Mail.number))
        return [(mail.letter.partition("/")[2], json.loads(mail.said)) for mail in mails]


def confirmed(app: Flask, caller: Caller, **other: str) -> RightsRequest:
    ask(caller, **other)
    [(_, said)] = letters(app)
    path = f"/requests/confirm/{said['token']}"
    assert caller.http.get(path).status_code == 200
    assert kept(app)[0].confirmed is None, "a look changes nothing"
    assert caller.http.post(path).status_code == 303
    return kept(app)[0]


def test_it_is_asked_without_account_and_counts_once_the_mailbox_has_said_so(
    app: Flask, nobody: Caller, clock: Clock
) -> None:
    asked = confirmed(app, nobody)
    assert (asked.kind, asked.address, asked.came) == ("erase", "ana@example.org", clock.now)
    assert asked.confirmed == clock.now
    with Session(services_of(app).engine) as session:
        assert [one.number for one in requests.open_ones(session)] == [asked.number]


def test_the_answer_is_the_same_whoever_has_an_account(
    app: Flask, alice: Caller, nobody: Caller
) -> None:
    answers = [ask(nobody, email=email) for email in (alice.owner.email, "stranger@example.org")]
    assert len({(one.status_code, one.location, one.data) for one in answers}) == 1


@pytest.mark.parametrize(
    "wrong",
    [{"kind": "all"}, {"kind": ""}, {"email": "no"}, {"email": "a@b\r\nBcc: c@d"}, {"text": " "},
     {"text": "x" * 4001}],
)  # fmt: skip
def test_nonsense_is_refused_and_leaves_nothing(
    app: Flask, nobody: Caller, wrong: dict[str, str]
) -> None:
    assert ask(nobody, **wrong).status_code == 400
    assert kept(app) == []


@pytest.mark.parametrize("token", ["", "x", "0" * 32, "é", "A" * 4000])
def test_a_forged_link_confirms_nothing(app: Flask, nobody: Caller, token: str) -> None:
    ask(nobody)
    assert nobody.http.post(f"/requests/confirm/{token}").status_code in (404, 405)
    assert kept(app)[0].confirmed is None


def test_a_flood_has_to_wait(nobody: Caller) -> None:
    assert [ask(nobody).status_code for _ in range(6)] == [303] * 5 + [429]


@pytest.mark.parametrize(
    ("came", "months", "due"),
    [("2026-01-31", 1, "2026-02-28"), ("2028-01-31", 1, "2028-02-29"),
     ("2026-11-30", 3, "2027-02-28"), ("2026-12-15", 1, "2027-01-15"),
     ("2026-08-31", 1, "2026-09-30")],
)  # fmt: skip
def test_a_month_ends_on_the_same_day_or_on_the_last(came: str, months: int, due: str) -> None:
    def ms(day: str) -> int:
        return round(datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp() * 1000)

    assert after_months(ms(came), months) == ms(due)


def test_it_is_extended_once_and_in_time_and_whoever_asked_hears_of_it(
    app: Flask, nobody: Caller, clock: Clock
) -> None:
    asked = confirmed(app, nobody)
    with Session(for_writing(services_of(app).engine)) as session:
        held = session.get_one(RightsRequest, asked.number)
        requests.extend(session, held, "many at once", clock.now)
        with pytest.raises(Malformed):
            requests.extend(session, held, "again", clock.now)
        session.commit()
    assert kept(app)[0].due == after_months(asked.came, 3)
    assert letters(app)[-1] == ("request_extended", {"until": after_months(asked.came, 3)})


def test_after_its_day_it_can_no_longer_be_extended(
    app: Flask, nobody: Caller, clock: Clock
) -> None:
    asked = confirmed(app, nobody)
    with Session(for_writing(services_of(app).engine)) as session:
        held = session.get_one(RightsRequest, asked.number)
        with pytest.raises(Malformed):
            requests.extend(session, held, "late", asked.due + 1)


@pytest.mark.parametrize("outcome", Outcome)
def test_it_is_closed_with_an_outcome_that_is_told(
    app: Flask, nobody: Caller, clock: Clock, outcome: Outcome
) -> None:
    asked = confirmed(app, nobody)
    with Session(for_writing(services_of(app).engine)) as session:
        held = session.get_one(RightsRequest, asked.number)
        if outcome is Outcome.REFUSED:
            with pytest.raises(Malformed):
                requests.close(session, held, outcome, " ", clock.now)
        kept = retention.named(["invoices"])
        requests.close(session, held, outcome, "an invoice of this year", clock.now, kept=kept)
        session.commit()
        assert requests.open_ones(session) == []
    assert letters(app)[-1][0] == f"request_{outcome}"


def test_a_refusal_names_what_stays_its_ground_its_end_and_whom_to_complain_to(
    app: Flask, nobody: Caller, clock: Clock
) -> None:
    asked = confirmed(app, nobody, kind="erase")
    [invoices] = kept = retention.named(["invoices"])
    with Session(for_writing(services_of(app).engine)) as session:
        held = session.get_one(RightsRequest, asked.number)
        with pytest.raises(Malformed):
            requests.close(session, held, Outcome.REFUSED, "the law", clock.now)
        requests.close(
            session, held, Outcome.REFUSED, "the law", clock.now, kept=kept, authority="the AEPD"
        )
        session.commit()
    _, said = letters(app)[-1]
    for language, ground in (("en", "GDPR, article 6(1)(c)"), ("es", "RGPD, artículo 6(1)(c)")):
        words = catalog(language).ugettext
        text = write("service/request_refused", language, said | {"portal": "https://p"}).text
        whole = " ".join(text.split())
        for sentence in (words(invoices.what), ground, words(invoices.until), "AEPD"):
            assert sentence in whole


def test_a_class_that_is_none_is_named() -> None:
    with pytest.raises(Malformed, match="there are account"):
        retention.named(["everything"])


def test_what_was_never_confirmed_goes_after_a_month_and_the_rest_after_three_years(
    app: Flask, nobody: Caller, clock: Clock
) -> None:
    asked = confirmed(app, nobody)
    ask(nobody, email="other@example.org")
    engine = for_writing(services_of(app).engine)
    with Session(engine) as session:
        held = session.get_one(RightsRequest, asked.number)
        requests.close(session, held, Outcome.DONE, "", clock.now)
        session.commit()
    left = []
    for days in (29, 1, 3 * 365 - 31, 1):
        clock.pass_(days=days)
        with Session(engine) as session:
            requests.purge(session, clock.now)
            session.commit()
        left.append(len(kept(app)))
    assert left == [2, 1, 1, 0]


def test_an_operator_sees_the_days_that_are_left(
    app: Flask, nobody: Caller, capsys: pytest.CaptureFixture[str]
) -> None:
    confirmed(app, nobody)
    environment = environment_of(services_of(app).settings)
    assert main(["requests", "list", "--json"], environment) == 0
    [said] = json.loads(capsys.readouterr().out)
    assert (said["kind"], said["address"]) == ("erase", "ana@example.org")
    number = str(said["number"])
    assert main(["requests", "close", "99", "--outcome", "done"], environment) == 1
    assert main(["requests", "close", number, "--outcome", "refused"], environment) == 1
    assert "a refusal says why" in capsys.readouterr().err
    assert main(["requests", "close", number, "--outcome", "done"], environment) == 0
    assert main(["requests", "list"], environment) == 0
    assert "0 requests wait" in capsys.readouterr().out


def test_global_privacy_control_is_honored_for_nothing_is_sold_or_shared(
    app: Flask, nobody: Caller
) -> None:
    said = nobody.http.get("/.well-known/gpc.json")
    assert (said.status_code, said.json["gpc"]) == (200, True)
    plain = app.test_client(use_cookies=False).get("/")
    asked = app.test_client(use_cookies=False).get("/", headers={"Sec-GPC": "1"})
    assert plain.data == asked.data
    assert "Set-Cookie" not in asked.headers
