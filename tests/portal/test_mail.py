"""Letters reach a real mail server signed and encrypted, and nothing breaks out of them."""

import socket
import ssl
import subprocess
import threading
from dataclasses import replace
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from portal.accounts.models import Account
from portal.context import services_of
from portal.db import for_writing
from portal.mail import message, outbox, sending, smtp
from portal.mail.letters import Written
from portal.mail.models import Mail
from portal.mail.outbox import NoAddress, Recipient
from tests.cast import Clock
from tests.portal.conftest import Caller
from tests.portal.mailboxes import (
    PATIENCE,
    Mailboxes,
    deliver,
    is_signed,
    mail_server,
    mail_settings,
    post_of,
)

ALICE = "alice@example.org"


def waiting(app: Flask) -> list[Mail]:
    with Session(services_of(app).engine) as session:
        return list(session.scalars(select(Mail).order_by(Mail.number)))


def put(app: Flask, clock: Clock, address: str, **said: Any) -> None:
    with Session(for_writing(services_of(app).engine)) as session:
        letter = "service/account_event"
        said = {"at": clock.now, "sentence": "You added a laptop."} | said
        outbox.put(session, Recipient(address, "en"), letter, clock.now, **said)
        session.commit()


def test_a_letter_arrives_signed_and_its_row_is_gone(
    app: Flask, alice: Caller, clock: Clock
) -> None:
    boxes = Mailboxes()
    assert [mail.address for mail in waiting(app)] == [ALICE]
    assert deliver(app, clock, boxes) == 1
    [letter] = boxes.letters
    assert boxes.recipients == [ALICE]
    assert letter["Subject"] == "Homeward: You opened this account"
    assert letter["Auto-Submitted"] == "auto-generated"
    assert "https://portal.example/account" in letter.get_content()
    assert is_signed(boxes.raw[0])
    assert waiting(app) == []


_ADDED = b"\r\nList-Unsubscribe: <https://evil.example>\r\n\r\n"


@pytest.mark.parametrize(
    "change",
    [
        (b"Subject: Homeward", b"Subject: Someward"),
        (b"\r\n\r\n", _ADDED),
        (b"added a laptop.\r", b"moved a laptop.\r"),
    ],
)
def test_whatever_is_changed_or_added_on_the_way_breaks_the_signature(
    app: Flask, clock: Clock, change: tuple[bytes, bytes]
) -> None:
    boxes = Mailboxes()
    put(app, clock, ALICE)
    deliver(app, clock, boxes)
    assert is_signed(boxes.raw[0])
    assert change[0] in boxes.raw[0]
    assert not is_signed(boxes.raw[0].replace(*change, 1))


@pytest.mark.parametrize(
    "address",
    [
        "a@b\r\nBcc: c@d",
        "a@b\nRCPT TO:<c@d>",
        "<a@b>",
        "a@b,c@d",
        "a",
        "@b",
        "a@",
        "a\0@b",
        "a b@c",
    ],
)
def test_an_address_cannot_write_headers_or_commands(
    app: Flask, clock: Clock, address: str
) -> None:
    with pytest.raises(NoAddress):
        put(app, clock, address)


def test_a_line_break_in_any_header_is_refused() -> None:
    for subject, to in (("a\r\nBcc: c@d", ALICE), ("a", f"{ALICE}\nBcc: c@d")):
        with pytest.raises(ValueError, match="linefeed"):
            message.compose(mail_settings(25), to, "1", 0, Written(subject, ""), {})


def test_a_letter_has_no_word_for_a_place_or_a_key(app: Flask, clock: Clock) -> None:
    for word in ("place", "ip", "photo", "key", "laptop_name"):
        with pytest.raises(ValueError, match="may not say"):
            put(app, clock, ALICE, **{word: "52.2297, 21.0122"})


def test_what_the_server_never_takes_is_given_up_and_the_rest_goes(
    app: Flask, clock: Clock
) -> None:
    boxes = Mailboxes({"gone@example.org": "550 no such mailbox"})
    put(app, clock, "gone@example.org")
    put(app, clock, ALICE)
    assert deliver(app, clock, boxes) == 1
    assert boxes.recipients == [ALICE]
    assert [mail.failed for mail in waiting(app)] == ["refused with 550"]
    assert deliver(app, clock, boxes) == 0, "it is not tried again"


def test_what_the_server_wants_later_waits_longer_each_time_and_then_goes(
    app: Flask, clock: Clock
) -> None:
    put(app, clock, ALICE)
    boxes = Mailboxes({ALICE: "451 greylisted"})
    waits = []
    for _ in range(4):
        deliver(app, clock, boxes)
        [mail] = waiting(app)
        waits.append((mail.due - clock.now) // 60_000)
        assert deliver(app, clock, boxes) == 0, "not before its time"
        clock.now = mail.due
    assert waits == [1, 2, 4, 8]
    assert deliver(app, clock, Mailboxes()) == 1


def test_after_three_days_a_letter_is_given_up(app: Flask, clock: Clock) -> None:
    put(app, clock, ALICE)
    for left, days in ((1, 2.9), (0, 0.2)):
        clock.pass_(days=days)
        with Session(for_writing(services_of(app).engine)) as session:
            outbox.purge(session, clock.now)
            session.commit()
        assert len(waiting(app)) == left


def test_a_server_that_is_away_or_hangs_keeps_the_letter(app: Flask, clock: Clock) -> None:
    put(app, clock, ALICE)
    with socket.create_server(("127.0.0.1", 0)) as deaf:  # takes calls and never says a word
        post = post_of(app, clock, deaf.getsockname()[1])
        assert sending.send_due(post) == 0
    clock.pass_(minutes=2)
    assert sending.send_due(post) == 0, "nobody is there any more"
    [mail] = waiting(app)
    assert (mail.tries, mail.failed) == (2, None)
    clock.now = mail.due
    assert deliver(app, clock, Mailboxes()) == 1


def test_a_server_that_hangs_in_the_middle_keeps_the_letter(app: Flask, clock: Clock) -> None:
    def says_hello_and_hangs(listening: socket.socket) -> None:
        talking, _ = listening.accept()
        with talking:
            talking.sendall(b"220 hello\r\n")
            while talking.recv(1024):
                pass  # until our own side gives up

    with socket.create_server(("127.0.0.1", 0)) as half:
        thread = threading.Thread(target=says_hello_and_hangs, args=(half,))
        thread.start()
        put(app, clock, ALICE)
        assert sending.send_due(post_of(app, clock, half.getsockname()[1])) == 0
        thread.join()
    assert [mail.tries for mail in waiting(app)] == [1]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("tls")
    cert, key = folder / "cert.pem", folder / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",  # noqa: S607
         "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost",
         "-keyout", key, "-out", cert],
        check=True, capture_output=True,
    )  # fmt: skip
    return cert, key


@pytest.mark.parametrize("implicit", [False, True], ids=["STARTTLS", "TLS"])
def test_it_speaks_tls_and_only_with_the_server_it_means(
    app: Flask, clock: Clock, certificate: tuple[Path, Path], implicit: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(*certificate)
    options = {"ssl_context": tls} if implicit else {"tls_context": tls, "require_starttls": True}
    with mail_server(boxes := Mailboxes(), **options) as port:
        there = replace(mail_settings(port, "localhost"), implicit_tls=implicit)
        with pytest.raises(smtp.Unreachable), smtp.connected(there, PATIENCE):
            pass  # nobody vouches for this certificate
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
        with smtp.connected(there, PATIENCE) as server:
            smtp.send(server, there.sender, ALICE, b"Subject: x\r\n\r\ny\r\n")
    assert boxes.recipients == [ALICE]


def test_it_says_nothing_in_the_clear_to_another_machine() -> None:
    with mail_server(Mailboxes()) as port:
        with smtp.connected(mail_settings(port), PATIENCE):
            pass
        elsewhere = mail_settings(port, str(IPv4Address(0)))  # here too, but it does not say so
        with (
            pytest.raises(smtp.Unreachable, match="NotSupported"),
            smtp.connected(elsewhere, PATIENCE),
        ):
            pass


def test_hosts_travel_in_ascii(app: Flask, clock: Clock) -> None:
    boxes = Mailboxes()
    put(app, clock, "eva@bücher.example")
    put(app, clock, "zoë@example.org")
    assert deliver(app, clock, boxes) == 1
    assert boxes.recipients == ["eva@xn--bcher-kva.example"]


def test_what_waits_for_an_account_goes_with_it(app: Flask, alice: Caller) -> None:
    assert len(waiting(app)) == 1
    with Session(for_writing(services_of(app).engine)) as session:
        session.execute(delete(Account))
        session.commit()
    assert waiting(app) == []
