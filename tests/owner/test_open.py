"""A copy is opened with the password and the paper alone, and what was done to it is named."""

import json
import zipfile
from pathlib import Path

import pytest

from owner import cli
from tests.owner.conftest import sit_down
from tests.owner.http_laptop import JPEG
from tests.owner.moving import Move, changed, flipped, last, move, typed

__all__ = ["move"]


def test_a_copy_opens_without_any_portal(
    move: Move, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sit_down(monkeypatch, tmp_path / "nowhere", "http://127.0.0.1:9")
    said = typed("open", str(move.copy), "--out", str(tmp_path / "opened"))
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
