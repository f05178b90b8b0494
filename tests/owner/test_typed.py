"""What is typed and what lies on the disk: refused with a sentence, never written over."""

import io
import sys
from pathlib import Path

import pytest

from owner import cli
from shared.pairing import Secret
from tests.owner.conftest import PASSWORD, Run, Served
from tests.owner.http_laptop import HttpLaptop


def test_an_unknown_laptop_names_those_there_are(run: Run, laptop: HttpLaptop, name: str) -> None:
    ran = run("stolen", "No such laptop", "--json")
    assert ran.refusal == "unknown-laptop"
    assert name in ran.err


def test_a_name_can_be_had_once(run: Run, laptop: HttpLaptop, name: str, portal: Served) -> None:
    second = HttpLaptop(portal.url)
    second.offer()
    ran = run("pair", second.code, "--name", name.upper(), "--yes", "--json")
    assert ran.refusal == "name-taken"


def test_nothing_is_added_without_a_yes(run: Run, portal: Served) -> None:
    laptop = HttpLaptop(portal.url)
    laptop.offer()
    assert run("pair", laptop.code, "--name", "Unwanted", "--json").refusal == "not-confirmed"
    listed = run("devices", "--json").said["devices"]
    assert "Unwanted" not in [one["name"] for one in listed]


@pytest.mark.parametrize("code", ["", "1234", "ZZZZ-ZZZZ", "not a code at all, sorry"])
def test_a_code_that_is_none_is_told(run: Run, code: str) -> None:
    assert run("pair", code, "--yes", "--json").refusal == "bad-input"


def test_a_code_nobody_shows_is_told(run: Run) -> None:
    ran = run("pair", Secret.generate().code, "--yes", "--json")
    assert ran.refusal == "not-found"
    assert "ten minutes" in ran.err


def test_a_code_works_once(run: Run, laptop: HttpLaptop) -> None:
    assert run("pair", laptop.code, "--yes", "--json").refusal == "not-found"


def test_an_offer_somebody_exchanged_is_refused(run: Run, portal: Served) -> None:
    """Mallory, at the portal, puts her laptop's keys under the name of Alice's code."""
    alices, mallorys = HttpLaptop(portal.url), HttpLaptop(portal.url)
    body = mallorys.core.offer_body()
    mallorys._ask("POST", f"/pair/{alices.core.secret.rid.hex()}", json=body)
    ran = run("pair", alices.code, "--yes", "--json")
    assert ran.refusal == "bad-mac"
    assert "do not trust this portal" in ran.err


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["steal"],
        ["stolen"],
        ["stolen", "x", "--until-days", "31"],
        ["stolen", "x", "--until-days", "0"],
        ["stolen", "x", "--until-days", "soon"],
        ["stolen", "x", "--note", "x" * 501],
        ["command", "x", "dance"],
        ["drill", "x", "--timeout", "nan"],
        ["drill", "x", "--timeout", "-1"],
    ],
)
def test_what_is_not_understood_ends_with_2(words: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(words)
    assert ended.value.code == 2


@pytest.mark.parametrize("since", ["yesterday", "2026-13-01", "", "24:00", "\x1b"])
def test_a_date_that_is_none_is_told(run: Run, laptop: HttpLaptop, name: str, since: str) -> None:
    assert run("evidence", name, f"--since={since}", "--json").refusal == "bad-input"


@pytest.mark.parametrize("email", ["", "alice", "@", "alice@", "@example.org", "a@b\x1b"])
def test_an_email_that_is_none_is_told(run: Run, email: str) -> None:
    assert run("login", email, "--json").refusal == "bad-input"


def test_a_password_file_that_is_missing_is_told(run: Run, home: Path) -> None:
    (home / "password").unlink()
    assert run("login", "alice@example.org", "--json").refusal == "password-missing"


def test_the_password_can_come_from_standard_input(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("HOMEWARD_PASSWORD_FILE")
    typed = io.TextIOWrapper(io.BytesIO(PASSWORD.encode() + b"\n"))
    monkeypatch.setattr(sys, "stdin", typed)
    assert run("login", "alice@example.org", "--password-stdin", "--json").code == 0


@pytest.mark.parametrize("typed", [b"", b"\xff\xfe\n"])
def test_rubbish_on_standard_input_is_told(
    run: Run, monkeypatch: pytest.MonkeyPatch, typed: bytes
) -> None:
    monkeypatch.delenv("HOMEWARD_PASSWORD_FILE")
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(typed)))
    ran = run("login", "alice@example.org", "--password-stdin", "--json")
    assert ran.refusal in ("password-missing", "wrong-password")


def test_evidence_is_never_written_over_something_else(
    run: Run, laptop: HttpLaptop, name: str, tmp_path: Path
) -> None:
    laptop.report()
    out = tmp_path / "out"
    run("evidence", name, "--open", str(out))
    (out / "report-000000.json").write_text("mine")
    laptop.report()
    assert run("evidence", name, "--open", str(out), "--json").refusal == "would-overwrite"
    assert (out / "report-000000.json").read_text() == "mine"
    assert not (out / "report-000001.json").exists()


def test_a_folder_with_somebodys_index_is_left_alone(
    run: Run, laptop: HttpLaptop, name: str, tmp_path: Path
) -> None:
    (tmp_path / "index.txt").write_text("my own list")
    laptop.report()
    assert run("evidence", name, "--open", str(tmp_path), "--json").refusal == "would-overwrite"
    assert (tmp_path / "index.txt").read_text() == "my own list"


def test_the_folder_of_another_laptop_is_left_alone(
    run: Run, laptop: HttpLaptop, name: str, tmp_path: Path
) -> None:
    (tmp_path / "index.json").write_text('{"device_id": "00"}')
    laptop.report()
    assert run("evidence", name, "--open", str(tmp_path), "--json").refusal == "would-overwrite"


def test_a_folder_that_is_a_file_is_told(
    run: Run, laptop: HttpLaptop, name: str, tmp_path: Path
) -> None:
    (tmp_path / "out").write_text("a file")
    laptop.report()
    ran = run("evidence", name, "--open", str(tmp_path / "out"), "--json")
    assert ran.refusal == "cannot-write"
