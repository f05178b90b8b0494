"""Sessions an owner sees and ends, and the log of what has happened to her account."""

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts import log_words
from portal.accounts.models import SignIn
from portal.accounts.visitors import browser_of
from portal.audit.models import AuditLine
from portal.context import services_of
from shared.encoding import b64
from tests.cast import Clock, Laptop, Owner
from tests.portal.asking import refused
from tests.portal.conftest import Caller

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0"


@pytest.fixture
def elsewhere(app: Flask, alice: Caller, alice_keys: Owner, clock: Clock) -> Caller:
    """Alice at another computer, a minute later."""
    clock.pass_(minutes=1)
    caller = Caller(app, alice_keys)
    caller.ask("POST", "/login", alice_keys.credentials(), headers={"User-Agent": FIREFOX})
    return caller


def test_an_owner_sees_her_sessions_and_which_one_this_is(alice: Caller, elsewhere: Caller) -> None:
    found = alice.get("/account/sessions").json["sessions"]
    assert [one["here"] for one in found] == [False, True]
    assert [one["browser"] for one in found] == ["Firefox, Linux", ""]
    assert found[0]["created"] == found[1]["created"] + 60_000
    assert [one["here"] for one in elsewhere.get("/account/sessions").json["sessions"]] == [
        True, False,
    ]  # fmt: skip


def test_what_names_a_session_lets_nobody_in(alice: Caller, nobody: Caller) -> None:
    name = alice.get("/account/sessions").json["sessions"][0]["id"]
    for cookie in (name, b64(bytes.fromhex(name))):
        nobody.http.set_cookie("homeward", cookie)
        assert refused(nobody.get("/account"), 401, "not-signed-in")


def test_a_session_that_is_ended_is_out_at_once(alice: Caller, elsewhere: Caller) -> None:
    other = alice.get("/account/sessions").json["sessions"][0]["id"]
    assert alice.post(f"/account/sessions/{other}/end", None).status_code == 204
    assert refused(elsewhere.get("/account"), 401, "not-signed-in")
    assert alice.get("/account").status_code == 200
    assert refused(alice.post(f"/account/sessions/{other}/end", None), 404, "not-found")


def test_ending_the_others_keeps_this_one(alice: Caller, elsewhere: Caller, bob: Caller) -> None:
    assert elsewhere.post("/account/sessions/end-others", None).status_code == 204
    assert refused(alice.get("/account"), 401, "not-signed-in")
    assert elsewhere.get("/account").status_code == 200
    assert bob.get("/account").status_code == 200


def test_bob_can_neither_see_nor_end_alices_session(alice: Caller, bob: Caller) -> None:
    hers = alice.get("/account/sessions").json["sessions"][0]["id"]
    assert hers not in {one["id"] for one in bob.get("/account/sessions").json["sessions"]}
    assert refused(bob.post(f"/account/sessions/{hers}/end", None), 404, "not-found")
    assert alice.get("/account").status_code == 200


def test_a_session_that_ended_by_itself_is_not_listed(
    alice: Caller, elsewhere: Caller, clock: Clock
) -> None:
    clock.pass_(hours=11, minutes=59, seconds=30)  # idle for twelve hours here, not there
    assert len(elsewhere.get("/account/sessions").json["sessions"]) == 1


def test_no_more_is_kept_of_a_browser_than_its_kind(app: Flask, elsewhere: Caller) -> None:
    with Session(services_of(app).engine) as session:
        kept = session.scalars(select(SignIn.browser)).all()
    assert sorted(kept) == ["", "Firefox, Linux"]
    edge = "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537 Chrome/156 Safari/537.36 Edg/156"
    phone = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_4 like Mac OS X) Version/18.4 Safari/604.1"
    assert browser_of(edge) == "Edge, Windows"
    assert browser_of(phone) == "Safari, iPhone"
    assert browser_of("<script>alert(1)</script>" * 1000) == ""


def test_the_pages_work_without_a_script(alice: Caller, elsewhere: Caller) -> None:
    page = alice.http.get("/account/sessions")
    assert page.status_code == 200
    assert "Firefox, Linux" in page.text
    other = alice.get("/account/sessions").json["sessions"][0]["id"]
    answer = alice.http.post(f"/account/sessions/{other}/end")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/account/sessions")
    assert refused(elsewhere.get("/account"), 401, "not-signed-in")
    assert "Firefox" not in alice.http.get("/account/sessions").text


def test_another_site_cannot_end_sessions(alice: Caller, elsewhere: Caller) -> None:
    foreign = {"Sec-Fetch-Site": "cross-site"}
    answer = elsewhere.http.post("/account/sessions/end-others", headers=foreign)
    assert answer.status_code == 403
    assert alice.get("/account").status_code == 200


def test_nobody_sees_the_pages_without_signing_in(app: Flask, nobody: Caller) -> None:
    pages = [rule for rule in app.url_map.iter_rules() if rule.rule.startswith("/account")]
    assert len(pages) >= 8
    for rule in pages:
        path = rule.rule.replace("<hex32:session_id>", "ab" * 32)
        method = "GET" if "GET" in (rule.methods or ()) else "POST"
        answer = nobody.http.open(path, method=method)
        assert answer.status_code == 303, path
        assert answer.headers["Location"].startswith("/sign-in?next="), path


def test_the_log_tells_in_sentences_what_happened(
    alice: Caller, laptop: Laptop, nobody: Caller, bob: Caller
) -> None:
    nobody.post("/login", {**alice.owner.credentials(), "login_verifier": b64(bytes(32))})
    text = alice.http.get("/account/log").text
    told = [
        "Somebody tried to sign in with a wrong password",
        "You added a laptop.",
        "You signed in.",
        "You opened this account.",
    ]
    places = [text.index(sentence) for sentence in told]
    assert places == sorted(places), "newest first"
    assert "You added a laptop." not in bob.http.get("/account/log").text


def test_the_log_shows_no_address_and_no_email(alice: Caller) -> None:
    text = alice.http.get("/account/log").text
    assert "127.0.0" not in text
    assert alice.owner.email not in text


def test_a_long_log_comes_page_by_page(alice: Caller) -> None:
    for _ in range(60):
        alice.sign_in()
    first = alice.http.get("/account/log").text
    assert first.count("You signed in.") == 50
    older = first.partition("?before=")[2].partition('"')[0]
    second = alice.http.get(f"/account/log?before={older}").text
    assert second.count("You signed in.") == 11
    assert "You opened this account." in second
    assert alice.http.get("/account/log?before=-1").status_code == 200
    assert alice.http.get("/account/log?before=%3Cscript%3E").status_code == 200


def test_every_line_about_an_owner_has_its_sentence(
    app: Flask, alice: Caller, laptop: Laptop
) -> None:
    stolen = alice.owner.stolen(laptop)
    path = f"/devices/{laptop.id.hex()}"
    alice.post(f"{path}/theft", {"orders": b64(stolen.raw)})
    alice.post(f"{path}/commands", {"command": b64(alice.owner.command(laptop).raw)})
    alice.post("/account/sessions/end-others", None)
    with Session(services_of(app).engine) as session:
        actions = set(session.scalars(select(AuditLine.action))) - {"announced", "offered"}
    assert len(actions) >= 6
    for action in actions:
        assert log_words.SENTENCES.get(action), action
