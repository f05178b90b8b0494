"""A copy that Alice has of her account, and what Mallory can do to one."""

import json
import zipfile
from contextlib import redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import requests

from owner import cli
from shared.encoding import b64, unb64
from tests.owner.conftest import Served, sit_down
from tests.owner.http_laptop import HttpLaptop

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
    email: str


@pytest.fixture(scope="module")
def move(portal: Served, tmp_path_factory: pytest.TempPathFactory) -> Move:
    folder = tmp_path_factory.mktemp("move")
    email = f"alice.{folder.name}@example.org"
    with pytest.MonkeyPatch.context() as environment:
        sit_down(environment, folder / "home", portal.url)
        told = typed("register", email)
        (folder / "paper").write_text(told["recovery_code"] + "\n")
        laptop = HttpLaptop(portal.url)
        laptop.offer()
        typed("pair", laptop.code, "--yes", "--name", "Atlas")
        laptop.learn_owner()
        for _ in range(3):
            laptop.report()
        typed("stolen", "Atlas", "--note", "Please call")
        laptop.live()
        laptop.report()
        typed("recovered", "Atlas")
        laptop.live()
        seen = typed("evidence", "Atlas")
        (folder / "copy.zip").write_bytes(copy_of(folder / "home", portal.url))
    assert len(seen["reports"]) >= 5
    return Move(folder / "copy.zip", seen, folder / "paper", email)


def typed(*words: str) -> dict[str, Any]:
    with redirect_stdout(StringIO()) as out:
        assert cli.main([*words, "--json"]) == 0
    said: dict[str, Any] = json.loads(out.getvalue().splitlines()[-1])
    return said


def copy_of(home: Path, url: str) -> bytes:
    cookie = json.loads((home / "session.json").read_text())["cookie"]
    answer = requests.get(f"{url}/account/export", headers={"Cookie": cookie}, timeout=30)
    assert answer.status_code == 200
    return answer.content


def rows(copy: Path, table: str) -> list[dict[str, Any]]:
    with zipfile.ZipFile(copy) as archive:
        lines = archive.read(f"tables/{table}.jsonl").splitlines()
    kept = [json.loads(line) for line in lines]
    return [{name: row[name] for name in row if name not in OWN[table]} for row in kept]


def files(copy: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(copy) as archive:
        return {name: archive.read(name) for name in archive.namelist() if "media/" in name}


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
