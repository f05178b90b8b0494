"""A day of the test laptop, in its order: installed, paired, asleep, stolen, without power, home.

Run by `./dev test --vm` alone: no name here begins as the everyday tests' names do.
"""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from demo import stage
from demo.stage import LAPTOP
from tests.vm import hearing
from tests.vm.day import FAR, Day
from tests.vm.image import NotHere, image
from tests.vm.laptop import TestLaptop

ROOT = Path(__file__).parents[2]
NOTES = ROOT / "docs" / "evidence" / "test-laptop.md"
MOST_EXPOSED = 2.0
ACCESS_POINT = "02:00:00:00:01:00"  # the second of hwsim's radios
ASLEEP_S = 330  # waking up brings a look forward when the last is five minutes old
OUTBOX = "/var/lib/homeward/private/outbox"


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[Day]:
    try:
        disk = image()
    except NotHere as missing:
        pytest.skip(str(missing))
    subprocess.run([sys.executable, "packaging/package.py"], cwd=ROOT, check=True)
    with ExitStack() as parts:
        here = stage.prepare(tmp_path_factory.mktemp("day"), parts, lambda what: None)
        stage.start_portal(here)
        stage.register(here)
        port = urlsplit(here.url).port or 0
        day = Day(here, TestLaptop(disk, tmp_path_factory.mktemp("laptop"), port))
        parts.callback(day.laptop.cut_power)
        day.switch_on()
        yield day
        if not request.session.testsfailed:
            day.write(NOTES)


def test_the_package_installs_and_nothing_runs_before_somebody_agreed(day: Day) -> None:
    (deb,) = (ROOT / "dist").glob("homeward-agent_*.deb")
    where = day.laptop.put(deb)
    day.laptop.run(f"apt-get install -qq --yes {where} && rm {where}")
    assert day.unit("ActiveState") == "inactive"
    assert day.laptop.run("systemctl is-active homeward.path") == "active"
    size = deb.stat().st_size / 1024 / 1024
    day.tell(f"The package ({size:.0f} MiB) is installed; the service does not run.")


def test_paired_it_starts_and_its_first_report_arrives(day: Day) -> None:
    lines = f'portal = "{day.here.url}"\\ntrace_target = "{FAR}"\\n'
    day.laptop.run(f"printf '{lines}' >> /etc/homeward/agent.toml")
    with day.laptop.talking("homeward-agent enroll --json") as asked:
        fingerprint = _pair(day, asked)
    assert asked.returncode == 0
    day.soon(lambda: day.unit("ActiveState") == "active")
    day.soon(lambda: day.reports("hourly"))
    (seen, *_) = day.reports("hourly")
    assert "camera" not in seen
    assert round(seen["power"]["battery_percent"]) == 62
    day.tell(f"Paired: both ends show {fingerprint}. The first report arrived; no camera was "
             "opened; the battery holds 62 %.")  # fmt: skip


def _pair(day: Day, asked: "subprocess.Popen[str]") -> str:
    """The fingerprint that the laptop and its owner's client show."""
    assert asked.stdin
    assert asked.stdout
    asked.stdin.write("yes\n")
    asked.stdin.close()
    code = json.loads(next(line for line in asked.stdout if line.startswith("{")))["code"]
    owner = day.owner("pair", code, "--name", LAPTOP, "--yes")
    laptop = json.loads(next(line for line in asked.stdout if line.startswith("{")))
    assert laptop["fingerprint"] == owner["fingerprint"]
    return str(laptop["fingerprint"])


def test_the_service_is_shut_in(day: Day) -> None:
    said = day.laptop.run("systemd-analyze security --no-pager homeward.service | tail -1")
    exposed = float(re.findall(r"[0-9]+\.[0-9]", said)[0])
    assert exposed <= MOST_EXPOSED
    process = day.laptop.run(f"cat /proc/{day.unit('MainPID')}/status")
    assert re.search(r"^CapEff:\s+0+$", process, re.MULTILINE)
    assert re.search(r"^NoNewPrivs:\s+1$", process, re.MULTILINE)
    assert day.unit("User") == "homeward"
    day.tell(f"systemd-analyze security says {exposed} of 10; it has no capability.")


def test_it_reports_when_the_laptop_wakes_up(day: Day) -> None:
    alarm = "/sys/class/rtc/rtc0/wakealarm"
    day.laptop.run(f"echo 0 > {alarm}; echo +{ASLEEP_S} > {alarm}; systemctl suspend", check=False)
    day.soon(lambda: day.reports("woke"))
    slept = day.laptop.run("awk 'NR == 1' /sys/power/suspend_stats/success")
    assert int(slept) == 1
    day.laptop.run("systemctl restart near")  # it slept too, as a street's access point does not
    day.tell(f"It slept for {ASLEEP_S} s (S3, woken by its clock), and reported on waking up.")


def test_stolen_it_sees_hears_and_traces_from_behind_its_walls(day: Day) -> None:
    day.owner("stolen", LAPTOP)
    day.soon(lambda: _with_wifi(day))
    assert day.device()["standing"] == "stolen"
    seen = _with_wifi(day)[0]
    pictures = [shot for shot in seen["camera"]["cameras"] if shot.get("picture") == "ok"]
    assert len(pictures) == 2, seen["camera"]
    points = [point["bssid"] for point in seen["wifi"]["access_points"]]
    assert points == [ACCESS_POINT]
    route = next(route for route in seen["traceroute"] if route["family"] == 4)
    assert route["reached"]
    assert [hop["ip"] for hop in route["hops"]] == ["10.9.0.1", FAR]
    day.tell("Reported as stolen: a picture from each of its two cameras, the access point near "
             "it, and each router on the way.")  # fmt: skip


def _with_wifi(day: Day) -> list[dict[str, Any]]:
    """A radio that has just woken up may have heard nothing yet; the next report is not far."""
    return [seen for seen in day.reports("stolen") if seen["wifi"].get("access_points")]


def test_the_screen_is_locked_and_says_so_itself(day: Day) -> None:
    ask = "loginctl list-sessions --no-legend | awk '$3 == \"alice\" { print $1; exit }'"
    hint = f'loginctl show-session --value -p LockedHint "$({ask})"'
    day.laptop.run("loginctl unlock-sessions")  # it locked itself when it slept, and when idle
    day.soon(lambda: day.laptop.run(hint, check=False) == "no")
    said = day.answer(day.owner("lock", LAPTOP)["command_id"])
    assert said["result"] == "done", said
    assert said["said"] == {"sessions": 1, "locked": 1}
    assert day.laptop.run(hint) == "yes"
    day.tell("The owner had it locked: LockedHint went from no to yes, and the answer says so.")


def test_the_alarm_is_heard(day: Day) -> None:
    before = hearing.length(day.laptop.sound)
    said = day.answer(day.owner("alarm", LAPTOP, "--seconds", "30")["command_id"])
    assert said["result"] == "done", said
    heard = hearing.listen(day.laptop.sound, before)
    assert heard.peak > 20_000, heard
    assert any(heard.hertz - 15 < tone < heard.hertz + 15 for tone in hearing.TONES_HZ), heard
    day.tell(f"The owner had it sound an alarm: recorded with a peak of {heard.peak} of 32767, "
             f"loudest at {heard.hertz:.0f} Hz.")  # fmt: skip


def test_frozen_it_is_started_anew(day: Day) -> None:
    frozen = day.unit("MainPID")
    day.laptop.run(f"kill -STOP {frozen}")
    day.soon(lambda: day.unit("NRestarts") == "1" and day.unit("ActiveState") == "active")
    assert day.unit("MainPID") != frozen
    assert "watchdog" in day.laptop.run("journalctl -b --no-pager -u homeward").lower()
    before = len(day.reports("stolen"))
    day.owner("command", LAPTOP, "report-now")
    day.soon(lambda: len(day.reports("stolen")) > before)
    day.tell("Frozen with SIGSTOP, it was started anew by the watchdog, and reported again.")


@pytest.mark.parametrize("when", ["kept", "looking", "looking again"])
def test_a_power_cut_loses_nothing_that_was_kept(day: Day, when: str) -> None:
    """What its status says to wait is kept, whatever becomes of the laptop a moment later."""
    day.laptop.unplug()
    _news(day, 1)
    day.soon(lambda: day.status("problem") != "None" and int(day.status("waiting_records")) > 0)
    kept = _waiting(day)
    assert kept
    if when != "kept":
        _news(day, 2)
        day.laptop.run("until pgrep -f 'agent[.]children' >/dev/null; do sleep 0.2; done")
    day.laptop.cut_power()
    day.switch_on()
    day.soon(lambda: kept <= _arrived(day))
    assert day.evidence()["forks"] == []
    assert day.device()["standing"] == "stolen"
    day.tell(f"Power cut ({when}) with {len(kept)} records unsent: all of them arrived after "
             "the next start, in an unbroken chain.")  # fmt: skip


def _news(day: Day, number: int) -> None:
    """Another network: what makes it look, once the last look is 25 s old."""
    link = f"news{number}"
    day.laptop.run(f"sleep 30; ip link add {link} type dummy; ip link set {link} up")


def _arrived(day: Day) -> set[int]:
    said = day.evidence()
    return {one["seq"] for one in (*said["reports"], *said["others"])}


def _waiting(day: Day) -> set[int]:
    return {int(seq) for seq in re.findall(r"(?m)^\d+", day.laptop.run(f"ls {OUTBOX}"))}


def test_back_home_and_purged_it_leaves_nothing(day: Day) -> None:
    day.owner("recovered", LAPTOP)
    day.soon(lambda: day.device()["known"] and day.device()["standing"] == "home")
    day.laptop.run("apt-get purge -qq --yes homeward-agent")
    left = "ls -d /opt/homeward /var/lib/homeward* /etc/homeward; getent passwd homeward"
    said = day.laptop.run(f"{left}; systemctl list-unit-files --no-legend 'homeward*'", check=False)
    assert [line for line in said.splitlines() if "cannot access" not in line] == []
    day.tell("Recovered, it went home; purged, nothing of it was left.")
