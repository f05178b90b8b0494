"""One question, at most every ninety days; after that nobody can say whose an answer was."""

import json
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.cli import main
from portal.context import services_of
from portal.db import for_writing
from portal.marketing import campaigns, surveys
from portal.marketing.campaigns import CannotSend, Plan
from portal.marketing.consent import erase
from portal.marketing.models import Campaign, Scope, SurveyAnswer
from portal.marketing.people import person
from portal.marketing.surveys import Question
from portal.marketing.tokens import Ticket
from portal.settings import Settings
from tests.cast import Clock
from tests.portal.letters_asked_for import PORTAL, TEXT, Press, link_in, subscribe
from tests.portal.terminal import environment_of

BOB, EVE = "bob@example.org", "eve@example.org"
DAY_MS = 24 * 3600 * 1000


@pytest.fixture
def press(app: Flask, clock: Clock) -> Press:
    return Press(app, clock)


@pytest.fixture
def http(app: Flask) -> FlaskClient:
    return app.test_client(use_cookies=False)


def survey(press: Press, question: Question = Question.RECOMMEND) -> int:
    number = press.begin(Scope.SURVEYS, question=question)
    press.send_all()
    return number


def asked(press: Press, address: str) -> list[str]:
    """The links of the surveys that came there."""
    return [link_in(one, "/s/") for one in press.news_of(address)]


def kept(app: Flask) -> list[SurveyAnswer]:
    with Session(services_of(app).engine) as session:
        return list(session.scalars(select(SurveyAnswer).order_by(SurveyAnswer.number)))


def answered(app: Flask, number: int, *scores: int) -> None:
    """By so many people."""
    with Session(for_writing(services_of(app).engine)) as session:
        for place, score in enumerate(scores):
            ticket = Ticket(bytes([place]) * 32, (Scope.SURVEYS,), number)
            found = campaigns.get(session, number)
            surveys.answer(session, found, ticket, str(score), f"word {place}", 1)


def test_it_goes_to_whoever_asked_for_surveys_and_to_nobody_else(
    press: Press, http: FlaskClient
) -> None:
    subscribe(press, http, BOB, "surveys")
    subscribe(press, http, EVE, "news", "offers")
    survey(press)
    assert len(asked(press, BOB)) == 1
    assert asked(press, EVE) == []
    assert "a look at the page sends nothing" in press.news_of(BOB)[0].get_content()


def test_nobody_is_asked_twice_within_ninety_days(press: Press, http: FlaskClient) -> None:
    subscribe(press, http, BOB, "surveys")
    survey(press)
    press.clock.pass_(days=89)
    survey(press)
    assert len(asked(press, BOB)) == 1
    press.clock.pass_(days=1)
    survey(press)
    assert len(asked(press, BOB)) == 2


def test_a_look_keeps_nothing_and_an_answer_can_be_changed_and_deleted(
    app: Flask, press: Press, http: FlaskClient
) -> None:
    subscribe(press, http, BOB, "surveys")
    survey(press)
    [link] = asked(press, BOB)
    assert "recommend Homeward" in http.get(link).text
    assert kept(app) == []
    for score, text in (("3", "slow"), ("9", "quick <b>")):
        assert http.post(link, data={"score": score, "text": text}).status_code == 303
    [one] = kept(app)
    assert (one.score, one.text) == (9, "quick <b>")
    again = http.get(f"{link}?done=yes").text
    assert 'value="9" required checked' in again
    assert "quick &lt;b&gt;" in again
    assert "Thank you." in again
    assert http.post(link, data={"forget": "yes"}).location.endswith("?done=gone")
    assert kept(app) == []


@pytest.mark.parametrize(
    "wrong",
    [{}, {"score": "11"}, {"score": "-1"}, {"score": "٣"}, {"score": "1e1"}, {"score": ""},
     {"score": "5", "text": "x" * 1001}],
)  # fmt: skip
def test_nonsense_is_refused_and_the_answer_before_it_stays(
    app: Flask, press: Press, http: FlaskClient, wrong: dict[str, str]
) -> None:
    subscribe(press, http, BOB, "surveys")
    survey(press)
    [link] = asked(press, BOB)
    http.post(link, data={"score": "7"})
    assert http.post(link, data=wrong).status_code == 400
    assert [one.score for one in kept(app)] == [7]


def test_a_forged_link_and_one_of_another_letter_lead_nowhere(
    app: Flask, press: Press, http: FlaskClient
) -> None:
    subscribe(press, http, BOB, "surveys", "news")
    press.begin()
    press.send_all()
    way_out = link_in(press.news_of(BOB)[0], "/u/").removeprefix("/u/")
    for token in ("x", "A" * 80, "é", way_out):
        assert http.get(f"/s/{token}").status_code == 404
        assert http.post(f"/s/{token}", data={"score": "1"}).status_code == 404
    assert f"{PORTAL}/s/" not in press.news_of(BOB)[0].get_content()


def test_after_ninety_days_the_number_stands_alone(
    app: Flask, press: Press, http: FlaskClient
) -> None:
    subscribe(press, http, BOB, "surveys")
    survey(press)
    [link] = asked(press, BOB)
    http.post(link, data={"score": "8", "text": "my boat is blue"})
    for days, linked in ((0, True), (89, True), (1, False)):
        press.clock.pass_(days=days)
        with Session(for_writing(press.engine)) as session:
            surveys.unlink(session, press.clock.now)
            session.commit()
        assert (kept(app)[0].person is not None) is linked
    [one] = kept(app)
    assert (one.score, one.text, one.answered, one.person) == (8, "", 0, None)
    assert "my boat" not in http.get(link).text


def test_who_is_erased_takes_what_is_still_theirs_along(
    app: Flask, press: Press, http: FlaskClient
) -> None:
    for address in (BOB, EVE):
        subscribe(press, http, address, "surveys")
    survey(press)
    for address in (BOB, EVE):
        http.post(asked(press, address)[0], data={"score": "2"})
    with Session(for_writing(press.engine)) as session:
        erase(session, press.pepper, BOB)
        session.commit()
    assert [one.person for one in kept(app)] == [person(press.pepper, EVE)]


@pytest.mark.parametrize(
    ("question", "scores", "result"),
    [(Question.RECOMMEND, [10, 9, 8, 7, 0], 20), (Question.RECOMMEND, [0] * 5, -100),
     (Question.SATISFIED, [5, 4, 3, 1, 1], 40)],
)  # fmt: skip
def test_results_are_shown_from_the_fifth_answer_on(
    app: Flask, press: Press, question: Question, scores: list[int], result: int
) -> None:
    number = press.begin(Scope.SURVEYS, question=question)
    with Session(services_of(app).engine) as session:
        answered(app, number, *scores[:4])
        assert surveys.results(session, campaigns.get(session, number)) is None
        session.rollback()
        answered(app, number, *scores)
        found = surveys.results(session, campaigns.get(session, number))
        assert found is not None
        assert (found.answers, found.score, len(found.words)) == (5, result, 5)


def test_a_survey_asks_and_goes_to_those_who_asked_for_surveys_alone(press: Press) -> None:
    with Session(for_writing(press.engine)) as session:
        for scope, question in (
            (Scope.NEWS, Question.RECOMMEND), (Scope.OFFERS, Question.SATISFIED),
            (Scope.SURVEYS, Question.NONE),
        ):  # fmt: skip
            with pytest.raises(CannotSend, match="--question"):
                campaigns.new(session, TEXT, Plan(scope, "en", 60, question), press.clock.now)


def test_all_of_it_in_a_terminal(
    app: Flask, settings: Settings, tmp_path: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "letter.txt"
    file.write_text("Subject: How are we?\n\nOne question.\n")

    def typed(*words: str) -> tuple[int, str]:
        code = main(("campaign", *words), environment_of(settings))
        return code, "".join(capsys.readouterr())

    assert "--question" in typed("new", str(file), "--scope", "surveys")[1]
    made = ("new", str(file), "--scope", "surveys", "--question", "satisfied")
    assert typed(*made)[0] == 0
    assert "/s/…" in typed("preview", "1")[1]
    assert "Fewer than 5" in typed("results", "1")[1]
    answered(app, 1, 5, 5, 5, 5, 1)
    code, said = typed("results", "1")
    assert code == 0
    assert json.loads(said)["counts"] == {"5": 4, "1": 1}
    assert typed("new", str(file), "--scope", "news")[0] == 0
    assert "asks nothing" in typed("results", "2")[1]
    with Session(services_of(app).engine) as session:
        assert session.scalars(select(Campaign.question)).all() == ["satisfied", ""]


def test_no_answer_stands_twice(app: Flask, press: Press) -> None:
    """Two browsers at once: the database itself keeps one."""
    number = press.begin(Scope.SURVEYS, question=Question.RECOMMEND)
    answered(app, number, 1)
    answered(app, number, 2)
    assert [one.score for one in kept(app)] == [2]
