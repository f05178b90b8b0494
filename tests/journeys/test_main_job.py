"""The main job, played once by the real programs, then looked at from every side."""

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from demo.places import LATITUDE, LONGITUDE

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Played:
    folder: Path
    code: int
    summary: dict[str, Any]
    said: str


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Played:
    folder = tmp_path_factory.mktemp("demo")
    environment = os.environ | {"HOMEWARD_DEMO_DIR": str(folder), "HOMEWARD_DEMO_EXIT": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "demo"], cwd=ROOT, env=environment, capture_output=True,
        text=True, timeout=180, check=False,
    )  # fmt: skip
    lines = done.stdout.splitlines()
    assert lines, done.stderr
    return Played(folder, done.returncode, json.loads(lines[-1]), done.stderr)


def test_the_demo_ends_verified(played: Played) -> None:
    assert played.summary["verified"] is True, played.said
    assert played.code == 0


def test_there_is_an_hourly_report_and_two_of_the_theft(played: Played) -> None:
    assert played.summary["reports"] >= 3


def test_there_is_a_snapshot_and_a_hop(played: Played) -> None:
    assert played.summary["snapshots"] >= 1
    assert played.summary["hops"] >= 1


def test_the_demo_prints_only_json_on_standard_output(played: Played) -> None:
    assert set(played.summary) >= {"mark_to_first_evidence_s", "reports", "snapshots", "hops"}


def portal_files(played: Played) -> list[Path]:
    files = [path for path in (played.folder / "portal").rglob("*") if path.is_file()]
    assert any(path.suffix == ".db" for path in files)
    assert any("blobs" in path.parts for path in files)
    return files


@pytest.mark.parametrize(
    "canary",
    [
        pytest.param(rb"\xff\xd8\xff[\xe0\xe1\xdb]..(JFIF|Exif)", id="a picture"),
        pytest.param(str(LATITUDE).encode(), id="the latitude"),
        pytest.param(str(LONGITUDE).encode(), id="the longitude"),
        pytest.param(rb"127\.0\.0\.1", id="the source address, and the hop's"),
        pytest.param(rb"Demo City", id="the city"),
        pytest.param(rb"Demo laptop", id="the laptop's name"),
        pytest.param(rb"three gray herons", id="the password"),
        pytest.param(rb"rtt_ms|thumbnail|battery_percent", id="what a report says"),
    ],
)
def test_the_portal_holds_no_plaintext_evidence(played: Played, canary: bytes) -> None:
    pattern = re.compile(canary, re.DOTALL)
    holding = [path.name for path in portal_files(played) if pattern.search(path.read_bytes())]
    assert holding == []


def test_the_canaries_would_be_found_where_they_are(played: Played) -> None:
    """The owner's side opens to them, so that the test above cannot pass by looking for nothing."""
    settings = (played.folder / "agent" / "agent.toml").read_text()
    assert str(LATITUDE) in settings
    assert str(LONGITUDE) in settings
    assert "127.0.0.1" in settings


def test_the_journal_at_the_laptop_tells_what_was_done_and_no_place(played: Played) -> None:
    journals = list((played.folder / "agent").rglob("journal*"))
    told = "".join(path.read_text() for path in journals)
    assert "camera" in told
    assert str(LATITUDE) not in told
    assert "127.0.0.1" not in told
