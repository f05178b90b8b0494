"""The drill, with a laptop that answers, one that is slow with pictures, and one that is away."""

import json
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from owner import drill
from owner.laptops import rehearsals
from shared.command import Wish
from tests.owner.conftest import Run
from tests.owner.http_laptop import HttpLaptop
from tests.shared.cast import DAY, NOW, will

# A shell's background jobs are born deaf to Ctrl-C, and a test may well run in one.
CLIENT = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
from owner.cli import main
sys.exit(main())
"""


@contextmanager
def awake(laptop: HttpLaptop) -> Iterator[None]:
    """The laptop lives its life in a thread of its own."""
    stop = threading.Event()

    def beats() -> None:
        while not stop.wait(0.05):
            laptop.live()

    thread = threading.Thread(target=beats)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def standing(run: Run, name: str) -> str:
    listed = {one["name"]: one for one in run("devices", "--json").said["devices"]}
    return str(listed[name]["standing"])


def test_a_drill_tells_the_seconds_and_ends_at_home(
    run: Run, laptop: HttpLaptop, name: str
) -> None:
    laptop.report()
    with awake(laptop):
        ran = run("drill", name, "--json")
    assert ran.code == 0, ran.out + ran.err
    *told, summary = [json.loads(line) for line in ran.out.splitlines()]
    whats = [line["what"] for line in told]
    assert whats[0] == "marked as stolen"
    assert "traceroute: read" in whats
    assert whats[-1] == "marked as recovered"
    assert [line["after_s"] for line in told] == sorted(line["after_s"] for line in told)
    assert summary["verified"] is True
    assert summary["reports"] == 3
    assert summary["snapshots"] == 2
    assert summary["hops"] == 4
    assert summary["mark_to_first_evidence_s"] > 0
    assert standing(run, name) == "home"


def test_a_drill_waits_for_a_picture_that_comes_after_its_report(
    run: Run, laptop: HttpLaptop, name: str
) -> None:
    laptop.late_pictures = True
    with awake(laptop):
        ran = run("drill", name, "--json")
    assert ran.code == 0, ran.out + ran.err
    assert ran.said["snapshots"] == 2


def test_a_laptop_without_a_camera_passes_the_drill(
    run: Run, laptop: HttpLaptop, name: str
) -> None:
    laptop.camera = False
    with awake(laptop):
        ran = run("drill", name, "--json")
    assert ran.code == 0, ran.out + ran.err
    assert ran.said["snapshots"] == 0


def test_a_laptop_that_sleeps_fails_the_drill_and_is_marked_recovered(
    run: Run, laptop: HttpLaptop, name: str
) -> None:
    ran = run("drill", name, "--timeout", "0.1", "--json")
    assert ran.refusal == "drill-timed-out"
    assert "online" in ran.err
    assert standing(run, name) == "home"


def test_a_drill_does_not_touch_a_real_theft(run: Run, laptop: HttpLaptop, name: str) -> None:
    run("stolen", name)
    assert run("drill", name, "--json").refusal == "already-stolen"
    assert standing(run, name) == "stolen"


def test_ctrl_c_ends_the_drill_at_home(run: Run, laptop: HttpLaptop, name: str) -> None:
    command = [sys.executable, "-c", CLIENT, "drill", name, "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as client:
        assert client.stdout is not None
        assert "marked as stolen" in client.stdout.readline()
        client.send_signal(signal.SIGINT)
        client.communicate(timeout=60)
    assert client.returncode == 130
    assert standing(run, name) == "home"


def test_a_drill_can_be_told_on_a_screen(run: Run, laptop: HttpLaptop, name: str) -> None:
    with awake(laptop):
        ran = run("drill", name)
    assert ran.code == 0
    assert "marked as stolen" in ran.out
    assert "Checked: signed by the laptop" in ran.out


@pytest.mark.parametrize("said", [5, None, "x", {"unread": "\x1b[2J"}])
def test_whatever_a_sensor_says_is_told_in_plain_text(said: object) -> None:
    assert drill.heard("wi\nfi", said).isprintable()


def test_at_home_it_marks_nothing_and_tells_the_seconds_of_each_sensor(
    run: Run, laptop: HttpLaptop, name: str
) -> None:
    laptop.camera_name = "test picture"
    with awake(laptop):
        ran = run("drill", name, "--at-home", "--json")
    assert ran.code == 0, ran.out + ran.err
    *told, summary = [json.loads(line) for line in ran.out.splitlines()]
    whats = [line["what"] for line in told]
    assert whats[0] == "asked for a drill"
    assert {"location: read", "traceroute: read", "picture opened, from test picture"} <= {*whats}
    assert (summary["reports"], summary["snapshots"], summary["verified"]) == (1, 1, True)
    assert standing(run, name) == "home"


def test_at_home_it_leaves_a_real_theft_alone(run: Run, laptop: HttpLaptop, name: str) -> None:
    run("stolen", name)
    assert run("drill", name, "--at-home", "--json").refusal == "already-stolen"
    assert standing(run, name) == "stolen"


def test_a_monthly_drill_is_the_owners_choice_and_shown_with_the_laptop(
    run: Run, laptop: HttpLaptop, name: str
) -> None:
    def shown() -> Any:
        return {one["name"]: one for one in run("devices", "--json").said["devices"]}[name]["drill"]

    assert shown() is None
    said = run("drill", name, "--monthly", "--json").said
    assert said == {"name": name, "drill_days": 30}
    assert shown() == {"every_days": 30, "last": None, "lapsed": False}
    assert "every 30 days: not yet" in run("devices").out
    laptop.wanted.append(Wish.DRILL)
    laptop.report()
    assert shown()["last"] > 0
    run("stolen", name)
    assert shown() is None
    run("recovered", name)
    assert shown()["every_days"] == 30
    assert run("drill", name, "--not-monthly").code == 0
    assert shown() is None


def test_a_drill_that_did_not_come_is_told_after_a_long_weekend() -> None:
    month = will(drill_days=30)
    assert not rehearsals(month, None, NOW + 33 * DAY)["lapsed"]
    assert rehearsals(month, None, NOW + 33 * DAY + 1)["lapsed"]
    assert not rehearsals(month, NOW + 30 * DAY, NOW + 63 * DAY)["lapsed"]
