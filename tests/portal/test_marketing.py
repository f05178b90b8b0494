"""Nobody is written to who has not asked twice; whoever objects hears nothing more, at once."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from portal.cli import main
from portal.context import services_of
from portal.db import for_writing
from portal.marketing import consent
from portal.marketing.models import ConsentLine, Contact, Scope, Suppression
from portal.marketing.people import person
from tests.cast import Clock
from tests.portal.letters_asked_for import Press, link_in, subscribe
from tests.portal.mailboxes import Mailboxes, is_signed
from tests.portal.terminal import environment_of

ANA, BEN = "ana@example.org", "ben@example.org"


@pytest.fixture
def press(app: Flask, clock: Clock) -> Press:
    return Press(app, clock)


@pytest.fixture
def http(app: Flask) -> FlaskClient:
    """A browser without cookies or an account."""
    return app.test_client(use_cookies=False)


def count(app: Flask, table: type) -> int:
    with Session(services_of(app).engine) as session:
        return len(session.scalars(select(table)).all())


def test_asking_sends_one_letter_and_nothing_more_until_it_is_answered(
    press: Press, http: FlaskClient
) -> None:
    for _ in range(3):
        http.post("/news", data={"email": ANA, "scope": "news"})
    press.send()
    [letter] = press.boxes.of(ANA)
    assert "please confirm" in letter["Subject"]
    assert "List-Unsubscribe" not in letter
    number = press.begin()
    press.send_all()
    assert press.news_of(ANA) == []
    assert press.state(number).written == 0


def test_a_confirmed_letter_arrives_with_the_way_out_under_the_signature(
    press: Press, http: FlaskClient
) -> None:
    subscribe(press, http, ANA)
    press.begin()
    press.send_all()
    [letter] = press.news_of(ANA)
    assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert letter["List-Unsubscribe"].startswith("<https://portal.example/u/")
    assert "1 Home Street" in letter.get_content()
    [raw] = [
        raw for raw in press.boxes.raw if b"To: " + ANA.encode() in raw and b"One-Click" in raw
    ]
    assert is_signed(raw)
    for header in (b"List-Unsubscribe: ", b"List-Unsubscribe-Post: "):
        assert not is_signed(raw.replace(header, header + b"x")), header
        assert not is_signed(header + b"<https://evil.example>\r\n" + raw), header


def one_click(http: FlaskClient, letter: Any) -> None:
    path = letter["List-Unsubscribe"].strip("<>").removeprefix("https://portal.example")
    there = {"Sec-Fetch-Site": "cross-site", "Cookie": "homeward=somebody-else"}
    answer = http.post(path, data={"List-Unsubscribe": "One-Click"}, headers=there)
    assert (answer.status_code, answer.text) == (200, "")


def by_link(http: FlaskClient, letter: Any) -> None:
    assert http.post(link_in(letter, "/u/")).status_code == 303


def by_choices(http: FlaskClient, letter: Any) -> None:
    answer = http.post(link_in(letter, "/u/") + "/choices", data={})
    assert answer.status_code == 303


def by_page(http: FlaskClient, letter: Any) -> None:
    answer = http.post("/opt-out", data={"email": f" {letter['To'].upper()} "})
    assert answer.status_code == 303


WAYS = [one_click, by_link, by_choices, by_page]


@pytest.mark.parametrize("way", WAYS)
def test_each_way_out_stops_the_very_next_letter_also_of_a_batch_that_runs(
    press: Press, http: FlaskClient, way: Callable[[FlaskClient, Any], None]
) -> None:
    subscribe(press, http, ANA)
    subscribe(press, http, BEN)
    press.begin()
    press.send_all()
    [before] = press.news_of(BEN)
    press.begin()
    press.advance()  # both letters wait in the outbox now

    class Meanwhile(Mailboxes):
        """While Ana's letter is taken, Ben objects."""

        async def handle_DATA(self, *given: Any) -> str:  # noqa: N802
            way(http, before)
            return await super().handle_DATA(*given)

    running = Meanwhile()
    press.send_while(running)
    assert running.recipients == [ANA]
    press.begin()
    press.send_all()
    assert len(press.news_of(BEN)) == 1
    assert len(press.news_of(ANA)) == 2


def test_looking_changes_nothing(press: Press, http: FlaskClient, app: Flask) -> None:
    subscribe(press, http, ANA)
    press.begin()
    press.send_all()
    link = link_in(press.news_of(ANA)[0], "/u/")
    for _ in range(2):
        assert "Stop these letters" in http.get(link).text
    for path in ("/opt-out", "/news", "/account/letters"):
        http.get(path)
    assert count(app, Suppression) == 0
    press.begin()
    press.send_all()
    assert len(press.news_of(ANA)) == 2


def test_opt_out_then_erase_then_import_again_sends_nothing(
    app: Flask, press: Press, http: FlaskClient, clock: Clock, tmp_path: Any
) -> None:
    subscribe(press, http, ANA)
    http.post("/opt-out", data={"email": ANA})
    with Session(for_writing(services_of(app).engine)) as session:
        consent.erase(session, press.pepper, ANA)
        session.commit()
    assert count(app, Contact) == 0
    feed = tmp_path / "orders.txt"
    feed.write_text(f"{ANA.upper()}\nben@example.org\nno address\n")
    environment = environment_of(services_of(app).settings)
    words = ["contacts", "import", str(feed), "--from"]
    assert main([*words, "who knows"], environment) == 1
    assert main([*words, "order:cleverbridge"], environment) == 0
    with Session(services_of(app).engine) as session:
        kept = session.scalars(select(Contact)).all()
        assert {one.provenance for one in kept} == {"order:cleverbridge"}
        assert not consent.asked_for(session, person(press.pepper, ANA))
    number = press.begin()
    press.send_all()
    assert press.state(number).written == 0
    assert press.news_of(ANA) == press.news_of(BEN) == []


def test_whoever_objected_may_change_their_mind_from_their_own_mailbox(
    press: Press, http: FlaskClient, clock: Clock, app: Flask
) -> None:
    subscribe(press, http, ANA)
    http.post("/opt-out", data={"email": ANA})
    clock.pass_(days=2)
    subscribe(press, http, ANA, "news", "offers")
    press.begin()
    press.begin(Scope.OFFERS)
    press.begin(Scope.SURVEYS)
    press.send_all()
    assert len(press.news_of(ANA)) == 2
    with Session(services_of(app).engine) as session:
        lines = consent.ledger(session, person(press.pepper, ANA))
    told = [(line.action, line.scope, line.way) for line in lines]
    assert told[:3] == [
        ("asked", "news", "news-page"),
        ("confirmed", "news", "confirm-page"),
        ("withdrawn", "news", "opt-out"),
    ]
    assert all(line.wording and line.at for line in lines)


@pytest.mark.parametrize(
    "spelled", ["ANA@EXAMPLE.ORG", "ana+offers@example.org", " Ana@example.org."]
)
def test_an_objection_counts_however_the_address_is_spelled(
    press: Press, http: FlaskClient, spelled: str
) -> None:
    subscribe(press, http, ANA)
    http.post("/opt-out", data={"email": spelled})
    press.begin()
    press.send_all()
    assert press.news_of(ANA) == []


def test_hosts_in_other_scripts_are_the_same_person(press: Press) -> None:
    assert person(press.pepper, "eva@BÜCHER.example") == person(
        press.pepper, "eva@xn--bcher-kva.example"
    )


def test_a_token_cannot_be_made_up_or_used_for_something_else(
    press: Press, http: FlaskClient, app: Flask
) -> None:
    http.post("/news", data={"email": ANA, "scope": "news"})
    press.send()
    confirming = link_in(press.boxes.of(ANA)[0], "/news/confirm/").rpartition("/")[2]
    forged = confirming[:-1] + ("A" if confirming[-1] != "A" else "B")
    for token in (forged, confirming, "x", "A" * 76, "ä"):
        assert http.post(f"/u/{token}").status_code == 404
        assert http.get(f"/u/{token}").status_code == 404
    assert http.post(f"/news/confirm/{forged}").status_code == 404
    assert count(app, Suppression) == 0


def test_a_confirmation_counts_once_and_for_two_weeks(
    press: Press, http: FlaskClient, clock: Clock, app: Flask
) -> None:
    http.post("/news", data={"email": ANA, "scope": "news"})
    press.send()
    link = link_in(press.boxes.of(ANA)[0], "/news/confirm/")
    clock.pass_(days=14)
    assert http.post(link).status_code == 303
    with Session(for_writing(services_of(app).engine)) as session:
        assert not consent.asked_for(session, person(press.pepper, ANA))
        consent.purge(session, clock.now)
        session.commit()
    assert count(app, Contact) == 0
    subscribe(press, http, ANA)
    lines = count(app, ConsentLine)
    http.post(link_in(press.boxes.of(ANA)[-1], "/news/confirm/"))
    assert count(app, ConsentLine) == lines, "pressed twice, kept once"


@pytest.mark.parametrize(
    "odd",
    [{"email": "a@b\r\nBcc: c@d", "scope": "news"}, {"email": "", "scope": "news"},
     {"email": ANA, "scope": "everything"}, {"email": ANA}],
)  # fmt: skip
def test_what_makes_no_sense_is_refused_and_kept_nowhere(
    app: Flask, http: FlaskClient, odd: dict[str, str]
) -> None:
    assert http.post("/news", data=odd).status_code == 400
    assert count(app, Contact) == 0


def test_a_campaigns_recipients_all_have_a_confirmed_line_in_the_ledger(
    app: Flask, press: Press, http: FlaskClient
) -> None:
    for address in (ANA, BEN):
        subscribe(press, http, address)
    press.begin()
    press.advance()
    query = """SELECT count(*) FROM mail JOIN contact ON contact.address = mail.address
               WHERE mail.letter = 'marketing/campaign' AND NOT EXISTS (SELECT 1 FROM consent
               WHERE consent.person = contact.person AND consent.action = 'confirmed')"""
    with services_of(app).engine.connect() as connection:
        assert connection.execute(text(query)).scalar_one() == 0
    assert press.send() == 2
