"""What the agent costs its laptop, and how long an owner waits. Linux: read from /proc.

The yardstick is Prey's client as it was once measured: idle, with its socket open.
"""

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil

from bench.lines import Line
from demo import stage
from demo.processes import ask, talk
from shared.encoding import from_json

IDLE_S = 125  # longer than the supervisor's longest nap
HOUR_S, LOOKS_STOLEN = 3600, 12  # of a stolen laptop in an hour
LOOKS_A_DAY = 24  # of one at home
MIB = 1024 * 1024
PREY_RSS_MIB, PREY_CPU_S, PREY_MARK_S = 77.0, 0.0005 * HOUR_S, 10.1


@dataclass(frozen=True, slots=True)
class Idle:
    """A supervisor between looks, for an hour at this rate."""

    rss_mib: float
    cpu_s: float
    wakeups: float


@dataclass(frozen=True, slots=True)
class Looks:
    """CPU seconds of one look with all its children. A day's first one counts the updates too."""

    first: float
    home: float
    stolen: float


def agent_idle_rss_mib() -> Line:
    """The resident supervisor's memory between looks, push off."""
    value = _idle().rss_mib
    return Line("agent_idle_rss_mib", value, "MiB", "Prey, idle", PREY_RSS_MIB)


def agent_cpu_s_per_hour_home() -> Line:
    """One of a day's 24 looks with all its children, and an hour of the supervisor's idling."""
    looks = _looks()
    a_day = looks.first + (LOOKS_A_DAY - 1) * looks.home
    value = a_day / LOOKS_A_DAY + _idle().cpu_s
    return Line("agent_cpu_s_per_hour_home", value, "CPU s", "Prey, idle", PREY_CPU_S)


def agent_cpu_s_per_hour_stolen() -> Line:
    """Twelve looks with camera and traceroute, and an hour of idling."""
    value = LOOKS_STOLEN * _looks().stolen + _idle().cpu_s
    return Line("agent_cpu_s_per_hour_stolen", value, "CPU s", "Prey, idle at home", PREY_CPU_S)


def agent_wakeups_per_hour() -> Line:
    """How often the supervisor is woken while nothing happens, beside once a minute."""
    return Line("agent_wakeups_per_hour", _idle().wakeups, "wakeups", "one a minute", 60.0)


def mark_to_evidence_s() -> Line:
    """From the owner's word to evidence she has opened, and what each step took of it."""
    with _laptop(push=True) as (here, _):
        told = [(time.time(), said) for said in talk(*here.owner("drill", stage.LAPTOP))]
        heard, received = _heard(here), _received(here)
    value = float(told[-1][1]["mark_to_first_evidence_s"])
    marked = float(told[0][1]["after_s"])
    began = told[0][0] - marked
    steps = {
        "signed by the owner, kept by the portal": marked,
        "heard by the laptop": heard - began - marked,
        "looked, sealed, kept by the portal": received - heard,
        "fetched, checked, opened by the owner": value - (received - began),
    }
    return Line("mark_to_evidence_s", value, "s", "Prey, socket open", PREY_MARK_S, steps)


def _heard(here: stage.Stage) -> float:
    """When the laptop knew that it is stolen, by its journal."""
    journal = next((here.folder / "agent").rglob("journal.jsonl")).read_bytes().splitlines()
    lines = map(from_json, journal)
    return float(next(one["t"] for one in lines if one.get("standing") == "stolen")) / 1000


def _received(here: stage.Stage) -> float:
    """When the portal had the first report that came of it."""
    reports = ask(*here.owner("evidence", stage.LAPTOP))["reports"]
    said = [one["received"] for one in reports if one["record"].get("why") == "stolen"]
    return float(min(said)) / 1000


@cache
def _idle() -> Idle:
    with _laptop(push=False) as (_, agent):
        _children_cpu(agent)
        time.sleep(2)
        cpu, naps = _own_cpu(agent), agent.num_ctx_switches().voluntary
        time.sleep(IDLE_S)
        hours = IDLE_S / HOUR_S
        return Idle(
            rss_mib=agent.memory_info().rss / MIB,
            cpu_s=(_own_cpu(agent) - cpu) / hours,
            wakeups=(agent.num_ctx_switches().voluntary - naps) / hours,
        )


@cache
def _looks() -> Looks:
    with _laptop(push=True) as (here, agent):
        first = _children_cpu(agent)
        home = _look_now(here, agent, "disk")
        ask(*here.owner("stolen", stage.LAPTOP))
        _wait_for(here, "camera", 1)
        return Looks(first, home, _look_now(here, agent, "camera"))


def _look_now(here: stage.Stage, agent: psutil.Process, sensor: str) -> float:
    """What one more look cost, by what its children took."""
    before, seen = _children_cpu(agent), _count(here, sensor)
    ask(*here.owner("command", stage.LAPTOP, "report-now"))
    _wait_for(here, sensor, seen + 1)
    return _children_cpu(agent) - before


def _wait_for(here: stage.Stage, sensor: str, count: int) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if _count(here, sensor) >= count:
            return
        time.sleep(0.5)
    raise RuntimeError(f"no report with {sensor} came")


def _count(here: stage.Stage, sensor: str) -> int:
    """How many reports have a reading of it."""
    reports = ask(*here.owner("evidence", stage.LAPTOP))["reports"]
    return sum(sensor in one["record"].get("readings", {}) for one in reports)


@contextmanager
def _laptop(push: bool) -> Iterator[tuple[stage.Stage, psutil.Process]]:
    """A paired laptop whose first report has arrived."""
    with TemporaryDirectory() as folder, ExitStack() as parts:
        here = stage.prepare(Path(folder), parts, lambda what: None)
        stage.start_portal(here)
        stage.register(here)
        stage.pair(here, stage.find_cameras(here), push)
        agent = stage.start_agent(here)
        stage.wait_for_first_report(here, agent)
        yield here, psutil.Process(agent.process.pid)


def _own_cpu(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def _children_cpu(process: psutil.Process) -> float:
    """Of children that ended and were waited for: beats, and what they started."""
    deadline = time.monotonic() + 30
    while process.children() and time.monotonic() < deadline:
        time.sleep(0.1)
    times = process.cpu_times()
    return float(times.children_user + times.children_system)
