"""The bad day with real programs, and with what else goes wrong on it."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import pytest

from demo import stage
from demo.processes import Part, ask
from demo.stage import LAPTOP, Stage

PATIENCE_S = 60


@dataclass
class Day:
    here: Stage
    portal: Part
    agent: Part

    def owner(self, *words: str) -> dict[str, Any]:
        return ask(*self.here.owner(*words))

    def laptop(self) -> dict[str, Any]:
        return dict(self.owner("devices")["devices"][0])

    def reports(self, why: str) -> int:
        evidence = self.owner("evidence", LAPTOP)
        assert evidence["verified"], evidence["findings"]
        return sum(one["record"]["why"] == why for one in evidence["reports"])

    def answers(self, command_id: str) -> list[dict[str, Any]]:
        said = [one["record"] for one in self.owner("evidence", LAPTOP)["others"]]
        return [one for one in said if one.get("command_id") == command_id]

    def soon(self, fact: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while not fact():
            assert time.monotonic() < deadline, "it did not happen in time"
            time.sleep(0.3)


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Day]:
    with ExitStack() as parts:
        here = stage.prepare(tmp_path_factory.mktemp("day"), parts, lambda what: None)
        portal = stage.start_portal(here)
        stage.register(here)
        stage.pair(here, stage.find_cameras(here))
        agent = stage.start_agent(here)
        stage.wait_for_first_report(here, portal, agent)
        day = Day(here, portal, agent)
        # Here and not in a test: two workers may share these tests, and each has a day of its own.
        day.owner("stolen", LAPTOP)
        day.soon(lambda: day.laptop()["known"] and day.reports("stolen") == 1)
        yield day


def test_the_owner_sees_when_the_laptop_knows(day: Day) -> None:
    laptop = day.laptop()
    assert laptop["known"]
    assert laptop["standing"] == "stolen"


def test_a_portal_killed_in_the_middle_loses_nothing(day: Day) -> None:
    before = day.reports("stolen")
    day.portal.process.kill()
    day.portal.process.wait()
    day.portal = stage.start_portal(day.here)
    day.owner("command", LAPTOP, "report-now")
    day.soon(lambda: day.reports("stolen") > before)


def test_an_agent_killed_in_the_middle_goes_on_where_it_was(day: Day) -> None:
    before = day.reports("stolen")
    day.agent.process.kill()
    day.agent.process.wait()
    day.agent = stage.start_agent(day.here)
    day.owner("command", LAPTOP, "report-now")
    day.soon(lambda: day.reports("stolen") > before)


def test_a_wipe_empties_the_folder_and_the_owner_reads_of_how_much(day: Day) -> None:
    folder = day.here.folder / "Letters"
    folder.mkdir()
    for number in range(3):
        (folder / str(number)).write_text("private")
    day.owner("stolen", LAPTOP)
    words = ("--folder", str(folder), "--confirm", LAPTOP)
    sent = day.owner("wipe", LAPTOP, *words)["command_id"]
    day.soon(lambda: [one["result"] for one in day.answers(sent)] == ["begun", "done"])
    assert day.answers(sent)[-1]["said"]["folders"][0]["files"] == 3
    assert list(folder.iterdir()) == []


def test_recovered_reaches_the_laptop_and_the_owner_sees_that_too(day: Day) -> None:
    day.owner("recovered", LAPTOP)
    day.soon(lambda: day.laptop()["known"] and day.laptop()["standing"] == "home")


def test_whoever_sits_at_the_laptop_can_read_what_it_did(day: Day) -> None:
    journal = next((day.here.folder / "agent").rglob("journal.jsonl")).read_text()
    assert "stolen" in journal
    assert "camera" in journal
