"""What the client refuses, and how it says so: a sentence with the next step, never a traceback."""

import json
from pathlib import Path

import pytest

from owner.session import Seen, save_seen
from shared.encoding import b64
from shared.vault import Kdf
from tests.owner.conftest import Run
from tests.owner.fake_portal import portal_that_misbehaves
from tests.owner.http_laptop import HttpLaptop


def start(**costs: int) -> dict[str, tuple[int, bytes]]:
    body = {"account_salt": b64(bytes(16)), "m": 65_536, "t": 3, "p": 1} | costs
    return {"/api/v1/login/start": (200, json.dumps(body).encode())}


@pytest.mark.parametrize(
    "costs", [{"m": 8}, {"m": 65_535}, {"t": 2}, {"p": 2}, {"m": 1 << 30}, {"t": 1000}]
)
def test_weaker_password_hashing_is_refused_before_anything_is_sent(
    run: Run, costs: dict[str, int]
) -> None:
    with portal_that_misbehaves(start(**costs)) as portal:
        ran = run("login", "alice@example.org", "--portal", portal.url, "--json")
    assert ran.refusal == "weak-kdf"
    assert [path for path, _ in portal.asked] == ["/api/v1/login/start"]


def test_hashing_may_not_fall_below_what_the_account_had(run: Run, home: Path) -> None:
    """Above the floor, but below what this computer has seen of the account."""
    with portal_that_misbehaves(start()) as portal:
        stronger = Seen(1, Kdf(m=131_072))
        save_seen(home, portal.url, "alice@example.org", stronger)
        ran = run("login", "alice@example.org", "--portal", portal.url, "--json")
    assert ran.refusal == "weak-kdf"


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>", b"[]", b"{}", b'{"account_salt": 5}', b'{"account_salt": "!"}', b"\xff"],
)
def test_nonsense_from_a_portal_is_a_sentence(run: Run, body: bytes) -> None:
    with portal_that_misbehaves({"/api/v1/login/start": (200, body)}) as portal:
        ran = run("login", "alice@example.org", "--portal", portal.url, "--json")
    assert ran.refusal in ("unintelligible", "malformed")


@pytest.mark.parametrize("status", [400, 404, 429, 500, 503])
def test_a_status_without_explanation_is_a_sentence(run: Run, status: int) -> None:
    with portal_that_misbehaves({"/api/v1/login/start": (status, b"oops")}) as portal:
        ran = run("login", "alice@example.org", "--portal", portal.url, "--json")
    assert ran.refusal == f"http-{status}"


def test_a_redirect_is_not_followed(run: Run) -> None:
    """It could carry the verifier to somebody else."""
    with portal_that_misbehaves({"/api/v1/login/start": (302, b"")}) as portal:
        ran = run("login", "alice@example.org", "--portal", portal.url, "--json")
    assert ran.refusal == "http-302"
    assert "is not a Homeward portal" in ran.err
    assert len(portal.asked) == 1


def test_what_a_portal_says_cannot_move_the_cursor(run: Run) -> None:
    problem = json.dumps({"code": "x", "detail": "\x1b[2Jgone\x07"}).encode()
    with portal_that_misbehaves({"/api/v1/login/start": (400, problem)}) as portal:
        ran = run("login", "alice@example.org", "--portal", portal.url)
    assert ran.code == 1
    assert "\x1b" not in ran.err
    assert "gone" in ran.err


def test_a_portal_that_is_away_is_a_sentence(run: Run, home: Path) -> None:
    with portal_that_misbehaves({}) as portal:
        url = portal.url
    ran = run("login", "alice@example.org", "--portal", url, "--json")
    assert ran.refusal == "unreachable"
    assert f"The portal at {url} cannot be reached." in ran.err


@pytest.mark.parametrize(
    "url", ["http://portal.example.org", "ftp://x", "portal", "https://", "https://u:p@x",
            "http://127.0.0.1:99999", "https://a/\x1b", "https://[::1"],
)  # fmt: skip
def test_an_address_that_is_no_portals_is_refused_unasked(run: Run, url: str) -> None:
    assert run("login", "alice@example.org", f"--portal={url}", "--json").refusal == "bad-input"


def test_without_any_address_it_asks_for_one(
    run: Run, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("HOMEWARD_PORTAL")
    (home / "session.json").unlink()
    ran = run("login", "alice@example.org", "--json")
    assert ran.refusal == "bad-input"
    assert "--portal" in ran.err


def test_a_wrong_password_does_not_sign_in(run: Run, home: Path) -> None:
    (home / "password").write_text("three loud walruses sleep")
    assert run("login", "alice@example.org", "--json").refusal == "wrong-password"


def test_a_wrong_password_signs_no_order(
    run: Run, laptop: HttpLaptop, name: str, home: Path
) -> None:
    (home / "password").write_text("three loud walruses sleep")
    assert run("stolen", name, "--json").refusal == "wrong-password"
    laptop.check_in()
    assert laptop.standing.value == "home"


def test_an_email_that_is_taken_leads_to_login(run: Run, home: Path) -> None:
    (home / "password").write_text("three loud walruses sleep")
    ran = run("register", "alice@example.org", "--json")
    assert ran.refusal == "email-taken"
    assert "homeward login" in ran.err


def test_a_weak_password_is_refused_before_the_portal_hears_of_it(run: Run, home: Path) -> None:
    (home / "password").write_text("password1234")
    with portal_that_misbehaves({}) as portal:
        ran = run("register", "carol@example.org", "--portal", portal.url, "--json")
    assert ran.refusal == "weak-password"
    assert not portal.asked


def test_a_session_that_has_ended_leads_to_login(run: Run, home: Path) -> None:
    held = json.loads((home / "session.json").read_text())
    (home / "session.json").write_text(json.dumps(held | {"cookie": "homeward=gone"}))
    ran = run("devices", "--json")
    assert ran.refusal == "not-signed-in"
    assert "homeward login" in ran.err


def test_without_a_session_there_is_a_next_step(run: Run, home: Path) -> None:
    (home / "session.json").unlink()
    ran = run("devices", "--json")
    assert ran.refusal == "not-signed-in"
    assert "homeward login" in ran.err


@pytest.mark.parametrize("broken", [b"", b"{", b"{}", b"[]", b"\xff\xfe", b'{"keys": [5]}'])
def test_a_corrupt_session_file_is_set_aside(run: Run, home: Path, broken: bytes) -> None:
    (home / "session.json").write_bytes(broken)
    assert run("devices", "--json").refusal == "broken-file"
    assert (home / "session.json.broken").read_bytes() == broken
    assert run("devices", "--json").refusal == "not-signed-in"
    assert run("login", "alice@example.org", "--json").code == 0


def test_a_corrupt_memory_is_set_aside(run: Run, home: Path) -> None:
    (home / "seen.json").write_bytes(b"{")
    assert run("devices", "--json").refusal == "broken-file"
    assert "devices" in run("devices", "--json").said


def test_logout_forgets_the_session_and_ends_it_at_the_portal(run: Run, home: Path) -> None:
    run("login", "alice@example.org")
    held = (home / "session.json").read_bytes()
    assert run("logout", "--json").said == {"portal_told": True}
    assert not (home / "session.json").exists()
    (home / "session.json").write_bytes(held)
    assert run("devices", "--json").refusal == "not-signed-in"


def test_logout_works_without_a_portal(run: Run, home: Path) -> None:
    held = json.loads((home / "session.json").read_text())
    with portal_that_misbehaves({}) as gone:
        url = gone.url
    (home / "session.json").write_text(json.dumps(held | {"portal": url}))
    ran = run("logout", "--portal", url, "--json")
    assert ran.said == {"portal_told": False}
    assert not (home / "session.json").exists()
