"""From one portal to another: the copy is brought, and all of it is there as it was."""

import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from owner import cli
from portal import create_app, db
from portal.context import services_of
from portal.intake.operations import intake_of
from portal.settings import from_environment
from tests.owner.conftest import Ran, serving, sit_down
from tests.owner.moving import (
    OWN,
    Move,
    changed,
    copy_of,
    files,
    flipped,
    last,
    move,
    rows,
    typed,
)

__all__ = ["move"]


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

    def brought(copy: Path = move.copy, paper: Path = move.paper) -> Ran:
        code = cli.main(["import", str(copy), "--recovery-code-file", str(paper), "--json"])
        return Ran(code, *capsys.readouterr())

    return brought


def is_whole(url: str, home: Path, move: Move, tmp_path: Path) -> None:
    """Everything there is as it was, for Alice and in a copy of the copy."""
    shown = typed("evidence", "Atlas")
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
    [listed] = typed("devices")["devices"]
    assert listed["left"] is not None
    assert typed("login", move.email)["email"] == move.email


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
    typed("register", move.email)
    sit_down(monkeypatch, tmp_path / "new home", fresh[0])
    assert bring().refusal == "email-taken"
