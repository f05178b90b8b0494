"""Look-back: the hours before the theft was noticed lie sealed on the laptop, and all arrive."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from demo import stage
from demo.processes import ask
from demo.stage import LAPTOP, Stage
from tests.journeys.laptop_hours import HOUR_MS
from tests.portal.live import now_ms

HOURS = 30 * 24 if os.environ.get("HOMEWARD_SOAK") else 3 * 24
PROGRAM = str(Path(__file__).with_name("laptop_hours.py"))
ALONE = ["unshare", "--net"] if os.geteuid() == 0 else ["unshare", "--net", "--map-root-user"]


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Stage]:
    if not shutil.which("unshare") or subprocess.run([*ALONE, "true"], check=False).returncode:
        pytest.skip("this machine makes no network namespaces for us")
    with ExitStack() as parts:
        here = stage.prepare(tmp_path, parts, lambda what: None)
        stage.start_portal(here)
        stage.register(here)
        stage.pair(here, [], push=False)
        yield here


def live(here: Stage, hours: int, *inside: str) -> None:
    """So many hours before now, but the last."""
    first = now_ms() - hours * HOUR_MS
    settings = str(here.agent_settings)
    command = [*inside, sys.executable, PROGRAM, settings, str(first), str(hours - 1)]
    subprocess.run(command, check=True, timeout=600)


@pytest.mark.soak
@pytest.mark.timeout(900)
def test_the_hours_before_the_mark_arrive_in_order_once_and_are_named(here: Stage) -> None:
    live(here, HOURS, *ALONE)
    assert ask(*here.owner("evidence", LAPTOP))["reports"] == []
    waiting = ask(here.agent("status", "--json"), {})
    assert waiting["waiting_records"] == HOURS  # one for each hour, and what was agreed to
    assert waiting["waiting_bytes"] < waiting["waiting_most"]
    marked = ask(*here.owner("stolen", LAPTOP, "--no-camera"))
    assert marked["changed"]

    beat = [sys.executable, "-I", "-m", "agent.beat", "--settings", str(here.agent_settings)]
    subprocess.run([*beat, "network"], check=True, timeout=120)

    shown = ask(*here.owner("evidence", LAPTOP))
    assert shown["verified"], shown["findings"]
    reports = [one["record"] for one in shown["reports"]]
    before = [one for one in reports if one["t"] < shown["marked_since"]]
    hourly = [one["readings"]["location"]["latitude"] for one in before[: HOURS - 1]]
    assert hourly == [hour / 100 for hour in range(HOURS - 1)]
    assert reports[-1]["why"] == "stolen"
    seqs = [one["seq"] for one in shown["reports"] + shown["others"]]
    assert sorted(seqs) == list(range(len(seqs)))
    assert ask(here.agent("status", "--json"), {})["waiting_records"] == 0

    told_apart(here)


def told_apart(here: Stage) -> None:
    """What the owner's terminal names."""
    command, environment = here.owner("evidence", LAPTOP)
    said = subprocess.run(
        command[:-1], env=os.environ | environment, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    _, before, since = re.split("Before it was marked|Since it was marked", said)
    assert before.count(" hourly ") >= HOURS - 1
    assert " stolen " not in before.replace("as stolen", "")
    assert " stolen " in since.replace("as stolen", "")
