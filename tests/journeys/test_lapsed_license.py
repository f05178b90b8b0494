"""A theft runs while the license ends in one way or another: the real agent goes on."""

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from demo import stage
from demo.processes import ask, program
from demo.stage import LAPTOP, Stage
from tests.portal.live import now_ms

WAYS = ("expired", "refunded", "dispute-lost", "suspended", "revoked")


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    """A portal that gives licenses out and signs leases, and a laptop that knows its root."""
    monkeypatch.setenv("HOMEWARD_LICENSES_SINCE", "2026-01-01")
    with ExitStack() as parts:
        here = stage.prepare(tmp_path, parts, lambda what: None)
        root = operator(here, "root", str(tmp_path / "root"))
        operator(here, "vouch", "--root", str(tmp_path / "root"))
        portal = stage.start_portal(here)
        stage.register(here)
        operator(here, "issue", "--tier", "solo", "--email", stage.EMAIL)
        stage.pair(here, stage.find_cameras(here))
        settings = here.agent_settings
        settings.write_text(f'license_roots = ["{root}"]\n' + settings.read_text())
        yield here
        portal.end()


def operator(here: Stage, *words: str) -> str:
    environment = os.environ | {"HOMEWARD_DATA_DIR": str(here.folder / "portal")}
    command = [program("homeward-portal"), "license", *words]
    return subprocess.run(
        command, env=environment, check=True, capture_output=True, text=True
    ).stdout.strip()


def ends(here: Stage, way: str) -> None:
    """What a provider or a person would have said, as it stands in the portal afterwards."""
    with closing(sqlite3.connect(here.folder / "portal" / "portal.db", timeout=30)) as base, base:
        [license_id] = base.execute("SELECT id FROM license").fetchone()
        at = now_ms() - 1000
        if way == "expired":
            base.execute("UPDATE license_fact SET until = ?, at = ?", (at - 40 * 86_400_000, 0))
            return
        facts = [("dispute-opened", at)] if way == "dispute-lost" else []
        for kind, when in [*facts, (way, at + 1)]:
            base.execute(
                "INSERT INTO license_fact VALUES (?, ?, ?, ?, NULL, NULL)",
                (license_id, f"{way}-{kind}", when, kind),
            )


def beats(here: Stage) -> None:
    """The laptop has been started anew, and looks."""
    for note in (here.folder / "agent").rglob("looked.json"):
        note.unlink()
    beat = [sys.executable, "-I", "-m", "agent.beat", "--settings", str(here.agent_settings)]
    subprocess.run([*beat, "start"], check=True, timeout=120)


def reports(here: Stage) -> int:
    evidence = ask(*here.owner("evidence", LAPTOP))
    assert evidence["verified"], evidence["findings"]
    pictures = [one for one in evidence["reports"] if "camera" in one["record"]["readings"]]
    return len(pictures)


@pytest.mark.parametrize("way", WAYS)
def test_a_theft_goes_on_whatever_becomes_of_the_license(here: Stage, way: str) -> None:
    ask(*here.owner("stolen", LAPTOP))
    beats(here)
    before = reports(here)
    assert before
    lease = next((here.folder / "agent").rglob("lease.json"))
    ends(here, way)
    lease.unlink()  # asked for again at once, and not only tomorrow
    beats(here)
    said = ask(here.agent("status", "--json"), {})
    assert said["standing"] == "stolen"
    assert said["license"]["state"] == {"dispute-lost": "revoked"}.get(way, way)
    assert reports(here) > before


def test_a_lease_that_is_damaged_stops_nothing(here: Stage) -> None:
    ask(*here.owner("stolen", LAPTOP))
    beats(here)
    before = reports(here)
    lease = next((here.folder / "agent").rglob("lease.json"))
    lease.write_bytes(lease.read_bytes()[:-40])
    beats(here)
    assert reports(here) > before
    assert ask(here.agent("status", "--json"), {})["license"]["state"] == "active"
