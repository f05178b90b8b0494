"""What the agent costs its laptop, and how long an owner waits. Linux: read from /proc."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psutil

from bench.lines import Line
from demo import stage
from demo.processes import ask

IDLE_S = 20
MIB = 1024 * 1024

# The least that could do an hour's work: start, read one clock, post a kilobyte, stop.
BARE_BEAT = """
import requests, sys
try:
    requests.post(sys.argv[1], data=bytes(1024), timeout=5)
except requests.RequestException:
    pass
"""
# The least that could show an owner a picture: one frame, plain, posted.
BARE_LOOK = """
import cv2, requests, sys
ok, frame = cv2.VideoCapture(sys.argv[2], cv2.CAP_FFMPEG).read()
requests.post(sys.argv[1], data=cv2.imencode(".jpg", frame)[1].tobytes(), timeout=5)
"""


def agent_idle_rss_mib() -> Line:
    """The resident supervisor's memory between looks, push off, and a bare interpreter."""
    with _laptop(push=False) as (_, agent):
        time.sleep(2)
        value = psutil.Process(agent.pid).memory_info().rss / MIB
    return Line("agent_idle_rss_mib", value, "MiB", "bare python -I -S, asleep", _bare_rss())


def agent_cpu_s_per_hour_home() -> Line:
    """One hourly look with all its children, and an hour of the supervisor's idling."""
    with _laptop(push=False) as (here, agent):
        beat = _children_cpu(agent)
        before = _own_cpu(agent)
        time.sleep(IDLE_S)
        idle = (_own_cpu(agent) - before) * 3600 / IDLE_S
        bare = _cpu_of([sys.executable, "-c", BARE_BEAT, here.url])
    return Line("agent_cpu_s_per_hour_home", beat + idle, "CPU s", "bare POST an hour", bare)


def mark_to_evidence_s() -> Line:
    """From the owner's word to evidence she has opened; a bare capture and POST beside it."""
    with _laptop(push=True) as (here, _):
        drill = ask(*here.owner("drill", stage.LAPTOP))
        camera = here.agent_settings.read_text().partition('cameras = ["')[2].partition('"')[0]
        bare = _seconds_of([sys.executable, "-c", BARE_LOOK, here.url, camera or "0"])
    value = float(drill["mark_to_first_evidence_s"])
    return Line("mark_to_evidence_s", value, "s", "bare capture and POST, unsealed", bare)


@contextmanager
def _laptop(push: bool) -> Iterator[tuple[stage.Stage, psutil.Process]]:
    """A paired laptop whose first report has arrived."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as parts:
        here = stage.prepare(Path(folder), parts, lambda what: None)
        stage.start_portal(here)
        stage.register(here)
        stage.pair(here, stage.find_cameras(here), push)
        agent = stage.start_agent(here)
        stage.wait_for_first_report(here, agent)
        yield here, psutil.Process(agent.process.pid)


def _bare_rss() -> float:
    asleep = [sys.executable, "-I", "-S", "-c", "input()"]
    with subprocess.Popen(asleep, stdin=subprocess.PIPE) as process:
        time.sleep(0.5)
        rss = psutil.Process(process.pid).memory_info().rss
        process.communicate(b"\n")
    return float(rss) / MIB


def _own_cpu(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def _children_cpu(process: psutil.Process) -> float:
    """Of children that ended and were waited for: the first beat and what it started."""
    deadline = time.monotonic() + 30
    while process.children() and time.monotonic() < deadline:
        time.sleep(0.1)
    times = process.cpu_times()
    return float(times.children_user + times.children_system)


def _cpu_of(command: list[str]) -> float:
    before = os.times()
    subprocess.run(command, check=True)
    after = os.times()
    return sum(after[2:4]) - sum(before[2:4])


def _seconds_of(command: list[str]) -> float:
    start = time.monotonic()
    subprocess.run(command, check=True)
    return time.monotonic() - start
