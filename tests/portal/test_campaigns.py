"""A campaign is tried out first, goes in batches, and stops where it annoys."""

from email import message_from_string
from email.message import EmailMessage
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.cli import main
from portal.context import services_of
from portal.db import for_writing
from portal.mail import outbox
from portal.mail.models import Mail
from portal.mail.outbox import Recipient
from portal.marketing import campaigns, reports
from portal.marketing.campaigns import CannotSend
from portal.marketing.models import State, Suppression
from tests.cast import Clock
from tests.portal.letters_asked_for import Press, subscribe
from tests.portal.mailboxes import key_file
from tests.portal.terminal import environment_of

READERS = [f"reader{number}@example.org" for number in range(4)]


@pytest.fixture
def press(app: Flask, clock: Clock) -> Press:
    return Press(app, clock)


@pytest.fixture
def http(app: Flask) -> FlaskClient:
    return app.test_client(use_cookies=False)


@pytest.fixture
def readers(press: Press, http: FlaskClient) -> list[str]:
    for address in READERS:
        subscribe(press, http, address)
    return READERS


def report(kind: str, lines: str, letter: EmailMessage) -> bytes:
    """What a mail provider sends back about a letter."""
    made = MIMEMultipart("report", report_type=kind)
    made.attach(MIMEText("Something about a letter."))
    part = EmailMessage()
    part.add_header("Content-Type", f"message/{kind}")
    part.set_payload([message_from_string(lines)])
    made.attach(part)
    whole = EmailMessage()
    whole.add_header("Content-Type", "message/rfc822")
    whole.set_payload([letter])
    made.attach(whole)
    return made.as_bytes()


ABUSE = "Feedback-Type: abuse\r\nUser-Agent: provider\r\nVersion: 1\r\n"
GONE = "Final-Recipient: rfc822; reader0@example.org\r\nAction: failed\r\nStatus: 5.1.1\r\n"


def heed(app: Flask, press: Press, raw: bytes) -> str:
    with Session(for_writing(services_of(app).engine)) as session:
        return reports.heed(session, raw, press.pepper, press.clock.now)


def suppressed(app: Flask) -> int:
    with Session(services_of(app).engine) as session:
        return len({one.person for one in session.scalars(select(Suppression))})


def test_it_goes_in_batches_and_to_everybody_once(press: Press, readers: list[str]) -> None:
    number = press.begin(per_hour=120)
    press.advance()
    assert press.send() == 2, "a sixtieth of an hour's"
    for _ in range(4):
        press.advance()
        press.send()
    assert [len(press.news_of(address)) for address in readers] == [1, 1, 1, 1]
    assert press.state(number).state == State.FINISHED


def test_whoever_subscribes_meanwhile_is_reached_too(
    press: Press, http: FlaskClient, readers: list[str]
) -> None:
    press.begin(per_hour=60)
    press.advance()
    subscribe(press, http, "late@example.org")
    for _ in range(5):
        press.advance()
        press.send()
    assert len(press.news_of("late@example.org")) == 1


def test_nothing_starts_that_nobody_has_seen(press: Press) -> None:
    number = press.begin()
    press.change(number, campaigns.cancel)
    with pytest.raises(CannotSend, match="canceled"):
        press.change(number, campaigns.start)
    with Session(for_writing(press.engine)) as session:
        plan = campaigns.Plan(campaigns.Scope.NEWS, "en", 60)
        unseen = campaigns.new(session, campaigns.Text("a", "b"), plan, 0)
        with pytest.raises(CannotSend, match="campaign test"):
            campaigns.start(unseen)


def test_a_paused_campaign_keeps_its_letters_and_a_canceled_one_drops_them(
    press: Press, readers: list[str], clock: Clock
) -> None:
    number = press.begin()
    press.advance()
    press.change(number, campaigns.pause)
    assert press.send() == 0
    press.change(number, campaigns.resume)
    clock.pass_(minutes=2)
    assert press.send() == 4
    number = press.begin()
    press.advance()
    press.change(number, campaigns.cancel)
    assert press.send() == 0
    with Session(press.engine) as session:
        assert session.scalars(select(Mail)).all() == []


def test_two_complaints_in_a_thousand_stop_a_campaign(
    app: Flask, press: Press, readers: list[str]
) -> None:
    number = press.begin(per_hour=120)
    press.advance()
    press.send()
    for address in readers[:2]:
        [letter] = press.news_of(address)
        assert heed(app, press, report("feedback-report", ABUSE, letter)) == "complaint"
    press.advance()
    assert press.state(number).state == State.PAUSED
    assert press.send() == 0
    assert suppressed(app) == 2
    press.change(number, campaigns.resume)
    press.send_all()
    assert [len(press.news_of(address)) for address in readers] == [1, 1, 1, 1]


def test_an_address_that_is_gone_is_not_written_to_again(
    app: Flask, press: Press, readers: list[str]
) -> None:
    press.boxes.says[readers[1]] = "550 no such mailbox"
    press.begin()
    press.send_all()
    [letter] = press.news_of(readers[0])
    assert heed(app, press, report("delivery-status", GONE, letter)) == "bounce"
    assert suppressed(app) == 2, "one bounced back later, one was refused at once"
    press.boxes.says.clear()
    press.begin()
    press.send_all()
    assert [len(press.news_of(address)) for address in readers] == [1, 0, 2, 2]


def test_a_report_that_was_made_up_or_says_something_else_stops_nobody(
    app: Flask, press: Press, readers: list[str]
) -> None:
    press.begin()
    press.send_all()
    [letter] = press.news_of(readers[0])
    later = GONE.replace("5.1.1", "4.2.2")
    forged = EmailMessage()
    forged["List-Unsubscribe"] = "<https://portal.example/u/" + "A" * 76 + ">"
    for raw in (
        report("delivery-status", later, letter),
        report("feedback-report", ABUSE, forged),
        report("feedback-report", "Feedback-Type: not-spam\r\n", letter),
        letter.as_bytes(),
        b"",
        b"\xff\x00" * 1000,
    ):
        assert heed(app, press, raw) == "nothing"
    assert suppressed(app) == 0
    assert press.send() == 0, "no report is ever answered"


def test_a_letter_about_an_account_reaches_whoever_stopped_all_others(
    app: Flask, press: Press, http: FlaskClient, readers: list[str], clock: Clock
) -> None:
    http.post("/opt-out", data={"email": readers[0]})
    press.boxes.raw.clear()
    with Session(for_writing(press.engine)) as session:
        said = {"at": clock.now, "sentence": "You added a laptop."}
        to = Recipient(readers[0], "en")
        outbox.put(session, to, "service/account_event", clock.now, **said)  # type: ignore[arg-type]
        session.commit()
    assert press.send() == 1
    [letter] = press.boxes.of(readers[0])
    assert "List-Unsubscribe" not in letter


class Desk:
    """An operator at a terminal."""

    def __init__(self, app: Flask, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.environment = {
            **environment_of(services_of(app).settings),
            "HOMEWARD_SMTP": "smtp://127.0.0.1:1",
            "HOMEWARD_MAIL_FROM": "homeward@portal.example",
            "HOMEWARD_DKIM_KEY": str(key_file(folder)),
            "HOMEWARD_POSTAL_ADDRESS": "1 Home Street",
        }
        self._capsys = capsys

    def types(self, *words: str, **changes: str) -> tuple[int, str]:
        code = main(words, self.environment | changes)
        return code, "".join(self._capsys.readouterr())


def test_an_operator_writes_tries_and_starts_one(
    app: Flask, press: Press, readers: list[str], tmp_path: Path, clock: Clock,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    desk = Desk(app, tmp_path, capsys)
    file = tmp_path / "letter.txt"
    file.write_text("Subject: Homeward 2\n\nIt comes home by itself.\n")
    assert desk.types("campaign", "new", str(file), "--scope", "news")[0] == 0
    code, said = desk.types("campaign", "preview", "1")
    assert code == 0
    assert "Recipients now: 4" in said
    assert "It comes home by itself." in said
    assert "1 Home Street" in said
    assert desk.types("campaign", "start", "1")[0] == 1, "nobody has seen it"
    assert desk.types("campaign", "test", "1", "a@b\nBcc: c@d")[0] == 1
    assert desk.types("campaign", "start", "1", HOMEWARD_POSTAL_ADDRESS="")[0] == 1
    assert desk.types("campaign", "test", "1", "operator@portal.example")[0] == 0
    clock.now = 2**41  # the operator's clock is the real one
    press.send()
    [tried] = press.boxes.of("operator@portal.example")
    assert tried["List-Unsubscribe"]
    assert desk.types("campaign", "start", "1")[0] == 0
    assert '"state": "running"' in desk.types("campaign", "list")[1]
    assert desk.types("campaign", "pause", "9")[0] == 1


@pytest.mark.parametrize(
    "text", ["", "Hello\n\nx", "Subject: \n\nx", "Subject: a\rBcc: b\n\nx", "Subject: a\n\n \n"]
)
def test_a_file_that_is_no_letter_is_refused(text: str) -> None:
    with pytest.raises(CannotSend):
        campaigns.parse(text)


def test_a_mail_server_hands_reports_over_by_a_pipe(
    app: Flask, press: Press, readers: list[str], tmp_path: Path,
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    press.begin()
    press.send_all()
    raw = report("feedback-report", ABUSE, press.news_of(readers[0])[0])
    given: Any = type("Stdin", (), {"buffer": BytesIO(raw)})()
    monkeypatch.setattr("sys.stdin", given)
    assert Desk(app, tmp_path, capsys).types("mail-report") == (0, "complaint\n")
    assert suppressed(app) == 1
