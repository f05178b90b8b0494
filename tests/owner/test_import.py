"""From one portal to another: the copy is brought, and all of it is there as it was."""

import json
import zipfile
from collections.abc import Callable, Iterator
from contextlib import redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import requests
from flask import Flask

from owner import cli
from portal import create_app, db
from portal.context import services_of
from portal.intake.operations import intake_of
from portal.settings import from_environment
from shared.encoding import b64, unb64
from tests.owner.conftest import Ran, Served, serving, sit_down
from tests.owner.http_laptop import JPEG, HttpLaptop

EMAIL = "alice.moves@example.org"
# What is the other portal's own word, and its number for a laptop.
OWN = {
    "account": {"created", "directory_version", "directory_sealed"},
    "device": {"number", "revoked"},
    "keyring_key": {"added"},
    "attachment": {"device", "stored"},
    "orders": {"device_number"}, "theft": {"device_number"},
    "report": {"device"}, "head": {"device"}, "slot": set(), "fork": {"device"},
}  # fmt: skip


@dataclass(frozen=True)
class Move:
    """Alice's copy, what she saw at the portal it is from, and her paper."""

    copy: Path
    seen: dict[str, Any]
    paper: Path


@pytest.fixture(scope="module")
def move(portal: Served, tmp_path_factory: pytest.TempPathFactory) -> Move:
    folder = tmp_path_factory.mktemp("move")
    with pytest.MonkeyPatch.context() as environment:
        sit_down(environment, folder / "home", portal.url)
        told = run("register", EMAIL)
        (folder / "paper").write_text(told["recovery_code"] + "\n")
        laptop = HttpLaptop(portal.url)
        laptop.offer()
        run("pair", laptop.code, "--yes", "--name", "Atlas")
        laptop.learn_owner()
        for _ in range(3):
            laptop.report()
        run("stolen", "Atlas", "--note", "Please call")
        laptop.live()
        laptop.report()
        run("recovered", "Atlas")
        laptop.live()
        seen = run("evidence", "Atlas")
        (folder / "copy.zip").write_bytes(copy_of(folder / "home", portal.url))
    assert len(seen["reports"]) >= 5
    return Move(folder / "copy.zip", seen, folder / "paper")


def run(*words: str) -> dict[str, Any]:
    with redirect_stdout(StringIO()) as out:
        assert cli.main([*words, "--json"]) == 0
    said: dict[str, Any] = json.loads(out.getvalue().splitlines()[-1])
    return said


def copy_of(home: Path, url: str) -> bytes:
    cookie = json.loads((home / "session.json").read_text())["cookie"]
    answer = requests.get(f"{url}/account/export", headers={"Cookie": cookie}, timeout=30)
    assert answer.status_code == 200
    return answer.content


@dataclass
class Flaky:
    """A portal whose line breaks after so many requests."""

    app: Any
    left: int = 10_000

    def __call__(self, environ: Any, start: Any) -> Any:
        self.left -= 1
        if self.left < 0:
            start("503 Service Unavailable", [])
            return [b""]
        return self.app(environ, start)


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[tuple[str, Flaky]]:
    """A portal that nobody has used, and its line."""
    settings = from_environment({"HOMEWARD_DATA_DIR": str(tmp_path / "fresh")})
    engine = db.make_engine(settings)
    db.migrate(engine)
    engine.dispose()
    app: Flask = create_app(settings)
    line = Flaky(app.wsgi_app)
    app.wsgi_app = line  # type: ignore[method-assign]
    with serving(app) as url:
        yield url, line
    intake_of(app).close()
    services_of(app).engine.dispose()


@pytest.fixture
def bring(
    fresh: tuple[str, Flaky], move: Move, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Callable[..., Ran]:  # fmt: skip
    """`homeward import`, typed at the fresh portal."""
    sit_down(monkeypatch, tmp_path / "new home", fresh[0])
    capsys.readouterr()

    def typed(copy: Path = move.copy, paper: Path = move.paper) -> Ran:
        code = cli.main(["import", str(copy), "--recovery-code-file", str(paper), "--json"])
        return Ran(code, *capsys.readouterr())

    return typed


def rows(copy: Path, table: str) -> list[dict[str, Any]]:
    with zipfile.ZipFile(copy) as archive:
        lines = archive.read(f"tables/{table}.jsonl").splitlines()
    kept = [json.loads(line) for line in lines]
    return [{name: row[name] for name in row if name not in OWN[table]} for row in kept]


def files(copy: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(copy) as archive:
        return {name: archive.read(name) for name in archive.namelist() if "media/" in name}


def is_whole(url: str, home: Path, move: Move, tmp_path: Path) -> None:
    """Everything there is as it was, for Alice and in a copy of the copy."""
    shown = run("evidence", "Atlas")
    assert shown == move.seen
    again = tmp_path / "again.zip"
    again.write_bytes(copy_of(home, url))
    for table in OWN:
        assert rows(again, table) == rows(move.copy, table), table
    assert files(again) == files(move.copy)
    assert files(again)


def test_what_was_there_is_here(
    bring: Callable[..., Ran], fresh: tuple[str, Flaky], move: Move, tmp_path: Path
) -> None:
    said = bring().said
    [laptop] = said["laptops"]
    assert laptop["name"] == "Atlas"
    assert laptop["verified"]
    assert laptop["files"] == len(files(move.copy))
    is_whole(fresh[0], tmp_path / "new home", move, tmp_path)
    [listed] = run("devices")["devices"]
    assert listed["left"] is not None
    assert run("login", EMAIL)["email"] == EMAIL


@pytest.mark.parametrize("requests_before", [1, 3, 5, 6, 8, 9])
def test_interrupted_it_goes_on_where_it_was(
    bring: Callable[..., Ran], fresh: tuple[str, Flaky], move: Move, tmp_path: Path,
    requests_before: int,
) -> None:  # fmt: skip
    fresh[1].left = requests_before
    assert bring().code == 1
    fresh[1].left = 10_000
    assert bring().code == 0
    is_whole(fresh[0], tmp_path / "new home", move, tmp_path)


def test_once_more_changes_nothing(
    bring: Callable[..., Ran], fresh: tuple[str, Flaky], move: Move, tmp_path: Path
) -> None:
    assert bring().code == bring().code == 0
    is_whole(fresh[0], tmp_path / "new home", move, tmp_path)


def changed(move: Move, tmp_path: Path, table: str, **columns: Any) -> Path:
    """The copy with another word in the last row of a table."""
    forged = tmp_path / "forged.zip"
    with zipfile.ZipFile(move.copy) as old, zipfile.ZipFile(forged, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            if name == f"tables/{table}.jsonl":
                *before, last = data.splitlines()
                data = b"\n".join([*before, json.dumps(json.loads(last) | columns).encode()])
            new.writestr(name, data)
    return forged


def flipped(text: str) -> str:
    raw = bytearray(unb64(text))
    raw[-1] ^= 1
    return b64(bytes(raw))


def last(move: Move, table: str) -> dict[str, Any]:
    return rows(move.copy, table)[-1]


def test_what_its_laptop_did_not_sign_is_refused(
    bring: Callable[..., Ran], move: Move, tmp_path: Path
) -> None:
    body = flipped(last(move, "report")["body"])
    assert bring(changed(move, tmp_path, "report", body=body)).refusal == "body-mismatch"
    skeleton = flipped(last(move, "report")["skeleton"])
    assert bring(changed(move, tmp_path, "report", skeleton=skeleton)).refusal == "bad-signature"
    assert bring(changed(move, tmp_path, "report", received=2**50)).refusal == "malformed"


def test_orders_that_she_did_not_sign_are_refused(
    bring: Callable[..., Ran], move: Move, tmp_path: Path
) -> None:
    raw = flipped(last(move, "orders")["raw"])
    assert bring(changed(move, tmp_path, "orders", raw=raw)).refusal == "bad-signature"


def test_a_gap_in_the_copy_is_named(bring: Callable[..., Ran], move: Move, tmp_path: Path) -> None:
    holed = tmp_path / "holed.zip"
    with zipfile.ZipFile(move.copy) as old, zipfile.ZipFile(holed, "w") as new:
        for name in old.namelist():
            lines = old.read(name)
            if name == "tables/report.jsonl":
                lines = b"\n".join(line for n, line in enumerate(lines.splitlines()) if n != 1)
            new.writestr(name, lines)
    assert bring(holed).refusal == "broken-chain"


def test_without_password_and_paper_nothing_is_sent(
    bring: Callable[..., Ran], fresh: tuple[str, Flaky], move: Move, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    fresh[1].left = 0
    wrong = tmp_path / "wrong"
    wrong.write_text("0000-0000-0000-0000-0000-0000-0000-0000")
    assert bring(paper=wrong).refusal == "bad-input"
    wrong.write_text("nonsense")
    assert bring(paper=wrong).refusal == "bad-input"
    assert bring(paper=tmp_path / "none").refusal == "bad-input"
    wrong.write_text("another password than hers\n")
    monkeypatch.setenv("HOMEWARD_PASSWORD_FILE", str(wrong))
    assert bring().refusal == "wrong-password"
    assert fresh[1].left == 0


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"no zip at all"])
def test_what_is_no_copy_is_named(
    bring: Callable[..., Ran], tmp_path: Path, content: bytes
) -> None:
    (tmp_path / "no.zip").write_bytes(content)
    assert bring(tmp_path / "no.zip").refusal == "bad-input"
    assert bring(tmp_path / "missing.zip").refusal == "bad-input"


def test_somebody_elses_email_stays_theirs(
    bring: Callable[..., Ran], fresh: tuple[str, Flaky], move: Move, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    sit_down(monkeypatch, tmp_path / "another", fresh[0])
    run("register", EMAIL)
    sit_down(monkeypatch, tmp_path / "new home", fresh[0])
    assert bring().refusal == "email-taken"


def test_a_copy_opens_without_any_portal(
    move: Move, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sit_down(monkeypatch, tmp_path / "nowhere", "http://127.0.0.1:9")
    said = run("open", str(move.copy), "--out", str(tmp_path / "opened"))
    [laptop] = said["laptops"]
    folder = Path(laptop["folder"])
    assert laptop["verified"]
    assert laptop["findings"] == []
    pictures = {path.read_bytes() for path in folder.glob("*.jpg")}
    assert pictures == {JPEG}
    assert len(list(folder.glob("report-*.json"))) == laptop["reports"] >= 5
    assert json.loads((folder / "index.json").read_text())["laptop"] == "Atlas"


def test_what_was_changed_in_a_copy_is_named(
    move: Move, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    sit_down(monkeypatch, tmp_path / "nowhere", "http://127.0.0.1:9")
    body = flipped(last(move, "report")["body"])
    forged = changed(move, tmp_path, "report", body=body)
    assert cli.main(["open", str(forged), "--out", str(tmp_path / "opened"), "--json"]) == 1
    [laptop] = json.loads(capsys.readouterr().out)["laptops"]
    assert [found["code"] for found in laptop["findings"]] == ["body-mismatch"]


@pytest.mark.parametrize("table", ["account", "report", "orders", "keyring_key", "slot"])
def test_a_copy_that_lacks_something_is_named(
    move: Move, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, table: str,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    sit_down(monkeypatch, tmp_path / "nowhere", "http://127.0.0.1:9")
    broken = tmp_path / "broken.zip"
    with zipfile.ZipFile(move.copy) as old, zipfile.ZipFile(broken, "w") as new:
        for name in old.namelist():
            new.writestr(name, b'{"x": 1}' if name == f"tables/{table}.jsonl" else old.read(name))
    assert cli.main(["open", str(broken), "--out", str(tmp_path / "opened"), "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "bad-input"
