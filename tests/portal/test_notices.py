"""An owner hears by mail what happens to her account, at the address that is hers."""

import re
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from portal import jobs
from portal.accounts.log_words import SENTENCES
from portal.context import services_of
from portal.db import for_writing
from portal.mail import letters, outbox
from shared import checkin
from shared.encoding import b64
from tests.cast import Clock, Laptop, Owner
from tests.portal.asking import new_password, send
from tests.portal.conftest import Caller
from tests.portal.mailboxes import Mailboxes, deliver

ALICE = "alice@example.org"
FIREFOX = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"}
SPANISH = FIREFOX | {"Accept-Language": "es"}
SERVICE = letters.TEMPLATES / "mail" / "service"
_BLOCK, _BLOCKS = r"{% block (\w+)", {"subject", "body", "why"}
PROMOTES = re.compile(
    r"offer|discount|upgrade|newsletter|\bsale\b|% off|buy|limited time"
    r"|oferta|descuento|boletín|compre",
    re.IGNORECASE,
)


@pytest.fixture
def boxes(app: Flask, alice: Caller, clock: Clock) -> Mailboxes:
    """Everybody's mailboxes after Alice has opened her account and read of it."""
    deliver(app, clock, Mailboxes())
    return Mailboxes()


def subjects(boxes: Mailboxes, address: str = ALICE) -> list[str]:
    return [letter["Subject"].removeprefix("Homeward: ") for letter in boxes.of(address)]


def run(app: Flask, name: str, clock: Clock) -> None:
    [job] = [job for job in jobs.JOBS if job.name == name]
    job.run(services_of(app).engine, clock.now)


def test_a_changed_email_is_told_to_the_old_address_with_the_way_back(
    app: Flask, alice: Caller, boxes: Mailboxes, clock: Clock
) -> None:
    proof = alice.owner.unlocker.verifier
    form = new_password(alice.owner, proof, email="new@example.org")
    assert alice.post("/account/password", form).status_code == 204
    deliver(app, clock, boxes)
    [old] = boxes.of(ALICE)
    assert "was changed" in old["Subject"]
    assert "take the change back until" in " ".join(old.get_content().split())
    assert "https://portal.example/sign-in" in old.get_content()
    assert len(boxes.of("new@example.org")) == 2, "the new address, and the new password"
    assert "new@example.org" not in old.get_content(), "the old mailbox may be somebody else's"


def test_a_laptop_added_stolen_and_let_go_is_told(
    app: Flask, alice: Caller, boxes: Mailboxes, clock: Clock, laptop: Laptop
) -> None:
    path = f"/devices/{laptop.id.hex()}/theft"
    alice.post(path, {"orders": b64(alice.owner.stolen(laptop).raw)})
    alice.post(f"{path}/recovered", {"orders": b64(alice.owner.recovered(laptop).raw)})
    goodbye = laptop.authorization(checkin.GOODBYE)
    assert alice.http.post("/api/v1/leave", headers=goodbye).status_code == 200
    deliver(app, clock, boxes)
    assert subjects(boxes) == [
        "You added a laptop",
        "You marked a laptop as stolen",
        "You have a laptop back",
        "A laptop was let go, by you or by its administrator",
    ]


def test_only_a_browser_she_has_not_used_is_told(
    app: Flask, alice: Caller, boxes: Mailboxes, clock: Clock
) -> None:
    for _ in range(2):
        alice.ask("POST", "/login", alice.owner.credentials(), headers=FIREFOX)
    deliver(app, clock, boxes)
    assert subjects(boxes) == ["a sign-in with a browser you have not used before"]
    assert "Firefox, Linux" in boxes.letters[0].get_content()
    assert "127.0.0.1" not in boxes.letters[0].get_content()
    clock.pass_(days=366)
    run(app, "known browsers", clock)
    alice.ask("POST", "/login", alice.owner.credentials(), headers=FIREFOX)
    deliver(app, clock, boxes)
    assert len(boxes.letters) == 1, "what she has not used for a year is forgotten, all of it"


def test_letters_come_in_the_language_of_her_browser(
    app: Flask, alice: Caller, boxes: Mailboxes, clock: Clock
) -> None:
    alice.ask("POST", "/login", alice.owner.credentials(), headers=SPANISH)
    alice.adopt(clock)
    deliver(app, clock, boxes)
    assert subjects(boxes)[-1] == "Usted añadió un portátil"
    assert "no se puede desactivar" in " ".join(boxes.letters[-1].get_content().split())


def test_a_stranger_who_opens_her_account_again_and_again_is_told_once_a_day(
    app: Flask, nobody: Caller, boxes: Mailboxes, clock: Clock
) -> None:
    for _ in range(3):
        assert nobody.post("/accounts", nobody.owner.registration()).status_code == 202
    clock.pass_(days=1)
    nobody.post("/accounts", nobody.owner.registration())
    deliver(app, clock, boxes)
    assert subjects(boxes) == ["Somebody tried to open another account with your email"] * 2


def test_an_email_that_no_mail_reaches_still_opens_an_account(app: Flask, clock: Clock) -> None:
    odd = Owner("<odd>@example.org")
    nobody = Caller(app, odd)
    assert nobody.post("/accounts", odd.registration()).status_code == 202
    nobody.sign_in()
    assert deliver(app, clock, Mailboxes()) == 0


def test_a_drill_that_cannot_have_been_done_is_told_once(
    app: Flask, alice: Caller, boxes: Mailboxes, clock: Clock, laptop: Laptop
) -> None:
    body = {"orders": b64(alice.owner.order(laptop, drill_days=30, t=clock.now).raw)}
    assert alice.post(f"/devices/{laptop.id.hex()}/orders", body).status_code == 201
    assert send(alice, laptop, b"", clock.now).status_code == 200
    for days in (32, 1, 1):
        clock.pass_(days=days)
        run(app, "lapsed drills", clock)
    deliver(app, clock, boxes)
    assert subjects(boxes)[1:] == ["a laptop has missed its drill"]
    assert f"/devices/{laptop.id.hex()}" in boxes.letters[-1].get_content()


@pytest.mark.parametrize("language", ["en", "es"])
def test_no_service_letter_promotes_anything(language: str) -> None:
    """A promotion in a letter that nobody can turn off would break the promise of the opt-out."""
    said: dict[str, Any] = {
        "at": 0, "until": 1, "browser": "Firefox, Linux", "path": "/devices/x", "token": "t",
        "scopes": "news", "portal": "https://portal.example", "sentence": "",
        "license_key": "0123456789", "authority": "the authority", "successor": "Ben Ltd",
        "kept": [["What.", "6(1)(c)", "Ten years."]],
    }  # fmt: skip
    names = sorted(path.stem for path in SERVICE.glob("*.txt"))
    assert len(names) >= 5
    for name in names:
        template = (SERVICE / f"{name}.txt").read_text()
        assert template.startswith('{% extends "mail/service.txt" %}'), name
        assert {"subject", "body"} <= set(re.findall(_BLOCK, template)) <= _BLOCKS, name
        for sentence in SENTENCES.values():
            written = letters.write(f"service/{name}", language, said | {"sentence": sentence})
            assert not PROMOTES.search(written.subject + written.text), name
            links = re.findall(r"https?://\S+", written.text)
            assert all(link.startswith("https://portal.example") for link in links)


def test_the_frame_of_service_letters_has_no_place_for_a_promotion() -> None:
    frame = (letters.TEMPLATES / "mail" / "service.txt").read_text()
    assert set(re.findall(_BLOCK, frame)) == _BLOCKS
    assert "include" not in frame
    assert "import" not in frame


def test_what_nobody_asked_for_by_name_is_not_sent(
    app: Flask, alice: Caller, boxes: Mailboxes, clock: Clock
) -> None:
    """Only service letters pass where marketing has no gate of its own."""
    with Session(for_writing(services_of(app).engine)) as session:
        outbox.put(session, outbox.Recipient(ALICE, "en"), "marketing/campaign", clock.now)
        session.commit()
    assert deliver(app, clock, boxes) == 0
