"""homeward-portal, as the operator runs it."""

import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests

from portal.cli import main

RUN = [sys.executable, "-c", "import sys; from portal.cli import main; sys.exit(main())", "run"]


@dataclass(frozen=True, slots=True)
class Said:
    code: int
    out: str
    err: str


class Operator:
    """Types commands on a machine whose data folder this is."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self._capsys = folder, capsys

    def types(self, *words: str, **settings: str) -> Said:
        ours = {f"HOMEWARD_{name}": value for name, value in settings.items()}
        try:
            code = main(words, {"HOMEWARD_DATA_DIR": str(self.folder), **ours})
        except SystemExit as exit_:  # how argparse ends
            code = int(exit_.code or 0)
        return Said(code, *self._capsys.readouterr())

    def bad(self) -> list[str]:
        """What `check` finds wrong."""
        said = self.types("check", "--json")
        wrong = [one["about"] for one in json.loads(said.out) if not one["ok"]]
        assert said.code == (1 if wrong else 0)
        return wrong


@pytest.fixture
def operator(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Operator:
    return Operator(tmp_path / "data", capsys)


@pytest.fixture
def migrated_operator(operator: Operator) -> Operator:
    assert operator.types("migrate").code == 0
    return operator


def test_check_says_what_to_do_and_then_that_all_is_well(operator: Operator) -> None:
    before = operator.types("check")
    assert before.code == 1
    assert "Run `homeward-portal migrate`." in before.out
    assert operator.types("migrate").code == 0
    after = operator.types("check")
    assert after.code == 0
    assert "BAD" not in after.out


@pytest.mark.skipif(os.name == "nt", reason="Windows keeps access lists instead")
def test_check_sees_a_secret_that_others_may_read(migrated_operator: Operator) -> None:
    (migrated_operator.folder / "pepper").chmod(0o644)
    assert migrated_operator.bad() == ["secrets"]


def test_check_sees_a_database_that_is_none(migrated_operator: Operator) -> None:
    nonsense = b"not a database, but long enough to be taken for one" * 99
    (migrated_operator.folder / "portal.db").write_bytes(nonsense)
    assert migrated_operator.bad() == ["database"]


def test_check_sees_a_damaged_database(migrated_operator: Operator) -> None:
    file = migrated_operator.folder / "portal.db"
    with closing(sqlite3.connect(file)) as connection:
        size = connection.execute("PRAGMA page_size").fetchone()[0]
        query = "SELECT rootpage FROM sqlite_master WHERE name = 'report'"
        end = connection.execute(query).fetchone()[0] * size
    pages = bytearray(file.read_bytes())
    pages[end - size : end] = b"\xff" * size
    file.write_bytes(pages)
    assert "integrity" in migrated_operator.bad()


def test_check_sees_a_city_database_that_is_none(migrated_operator: Operator) -> None:
    file = migrated_operator.folder / "city.mmdb"
    file.write_text("no cities")
    said = migrated_operator.types("check", CITY_DATABASE=str(file))
    assert said.code == 1
    assert "homeward-portal geoip install" in said.out


@pytest.mark.parametrize("words", [("run",), ("migrate",), ("check",), ("geoip", "install")])
def test_bad_settings_stop_every_verb_with_a_sentence(
    operator: Operator, words: tuple[str, ...]
) -> None:
    sentence = "HOMEWARD_LISTEN must be an address and a port, as 127.0.0.1:8080.\n"
    assert operator.types(*words, LISTEN="nowhere") == Said(2, "", sentence)


def test_help_names_the_verbs(operator: Operator) -> None:
    said = operator.types("--help")
    assert said.code == 0
    for verb in ("run", "migrate", "check", "geoip"):
        assert verb in said.out
    assert operator.types().code == 2


@pytest.fixture
def address() -> str:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{free.getsockname()[1]}"


@pytest.fixture
def running(tmp_path: Path, address: str) -> Iterator[subprocess.Popen[bytes]]:
    ours = {
        "HOMEWARD_DATA_DIR": str(tmp_path / "data"),
        "HOMEWARD_LISTEN": address,
        "HOMEWARD_PUBLIC_URL": f"http://{address}",
    }
    with (tmp_path / "said").open("wb") as said:
        process = subprocess.Popen(RUN, env=os.environ | ours, stdout=said, stderr=said)
        yield process
        if process.poll() is None:
            process.kill()
        process.wait()


def test_run_migrates_serves_and_stops_when_told(
    operator: Operator, running: subprocess.Popen[bytes], address: str, tmp_path: Path
) -> None:
    answer = _first_answer(f"http://{address}/api/v1/portal-keys")
    assert len(answer.json()["keys"]) == 1
    assert requests.get(f"http://{address}/api/v1/devices", timeout=10).status_code == 401
    assert operator.bad() == []
    running.send_signal(signal.SIGTERM)
    assert running.wait(30) == 0
    said = (tmp_path / "said").read_text()
    assert "Traceback" not in said
    assert "/api/" not in said, "no access log"


def _first_answer(url: str) -> requests.Response:
    for _ in range(300):
        try:
            return requests.get(url, timeout=10)
        except requests.ConnectionError:
            time.sleep(0.1)
    raise AssertionError("the portal does not answer")
