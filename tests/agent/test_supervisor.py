import os
import shlex
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

import agent.supervisor
from agent.hosts.posix import lock_holder
from agent.kernel.posix import LOCK

PROGRAM = Path(agent.supervisor.__file__)
TOO_HEAVY = {"ssl", "json", "subprocess", "sqlite3", "logging", "threading", "asyncio",
             "requests", "cv2", "psutil", "typing", "dataclasses", "pathlib", "socket"}  # fmt: skip
MIB = 1024 * 1024


@contextmanager
def running(*command, **how):
    child = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, **how)
    try:
        yield child
    finally:
        child.send_signal(signal.SIGTERM)
        try:
            # Whoever is left behind holds the pipe: then this is red, and does not wait for it.
            child.communicate(timeout=60)
        finally:
            child.kill()
            child.wait()
            child.stderr.close()


def wait_for(what, seconds=30):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if what():
            return
        time.sleep(0.02)
    raise AssertionError("it did not happen")


@pytest.fixture
def on_disk(laptop, tmp_path):
    """Returns a function that writes the settings file and gives the command to run."""
    file = tmp_path / "agent.toml"

    def write(push=True, poll_s=900):
        file.write_text(
            f'portal = "{laptop.settings.portal}"\nstate_dir = "{laptop.settings.state_dir}"\n'
            f"push = {str(push).lower()}\npoll_s = {poll_s}\nuse_builtin_cameras = false\n"
            "fixed_location = { latitude = 52.5, longitude = 13.4, accuracy_m = 50.0 }\n"
        )
        return [sys.executable, "-I", str(PROGRAM), str(laptop.settings.private), str(file)]

    return write


def checked_in(laptop):
    return laptop.portal.requests.count("POST /api/v1/check-in")


def test_it_reports_at_once(laptop, on_disk):
    with running(*on_disk()):
        wait_for(lambda: laptop.reports)
    assert laptop.reports[0]["why"] == "hourly"


def test_it_imports_nothing_heavy(laptop, on_disk):
    command = on_disk(push=False)
    command.insert(1, "-Ximporttime")
    with running(*command) as child:
        wait_for(lambda: laptop.file("next").exists())
        time.sleep(0.3)
        child.send_signal(signal.SIGTERM)
        _, errors = child.communicate(timeout=20)
    imported = {line.rsplit("|", 1)[1].strip() for line in errors.splitlines() if "|" in line}
    assert "agent.rhythm" in imported
    assert imported & TOO_HEAVY == set()


@pytest.mark.parametrize(("push", "most"), [(False, 12), (True, 12)])
def test_it_is_small(laptop, on_disk, push, most):
    """The budget: 12 MiB resident, with push over https 20."""
    with running(*on_disk(push=push)) as child:
        wait_for(lambda: laptop.file("next").exists())
        time.sleep(0.5)
        status = Path(f"/proc/{child.pid}/status").read_text()
        resident = int(status.split("VmRSS:")[1].split()[0]) * 1024
        print(f"push={push}: {resident / MIB:.1f} MiB resident")
    assert resident <= most * MIB


def test_marked_as_stolen_it_is_poked_and_looks(laptop, on_disk):
    with running(*on_disk()):
        wait_for(lambda: "GET /api/v1/wake" in laptop.portal.requests)
        laptop.give(laptop.owner.stolen(t=time.time_ns() // 1_000_000, camera=False))
        laptop.portal.wake.set()
        wait_for(lambda: [r for r in laptop.reports if r["why"] == "stolen"])
    laptop.portal.wake.set()


def test_without_push_it_opens_no_wake_channel(laptop, on_disk):
    with running(*on_disk(push=False)):
        wait_for(lambda: laptop.file("next").exists())
        time.sleep(0.5)
    assert "GET /api/v1/wake" not in laptop.portal.requests


def test_a_hangup_signal_is_a_beat(laptop, on_disk):
    with running(*on_disk(push=False)) as child:
        wait_for(lambda: laptop.file("next").exists())
        before = checked_in(laptop)
        wait_for(lambda: lock_holder(laptop.file(LOCK)) == child.pid)
        child.send_signal(signal.SIGHUP)
        wait_for(lambda: checked_in(laptop) > before)


def test_there_is_only_one(laptop, on_disk):
    command = on_disk(push=False)
    with running(*command):
        wait_for(lambda: laptop.file("next").exists())
        second = subprocess.run(command, capture_output=True, text=True, check=False, timeout=20)
    assert second.returncode == 1
    assert "running already" in second.stderr


def test_after_a_kill_another_one_takes_over(laptop, on_disk):
    command = on_disk(push=False)
    with running(*command) as first:
        wait_for(lambda: laptop.file("next").exists())
        first.kill()
        first.wait()
    with running(*command):
        before = checked_in(laptop)
        wait_for(lambda: checked_in(laptop) > before)


def test_it_tells_a_service_manager_that_it_is_ready(laptop, on_disk, tmp_path):
    path = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(path)
        manager.settimeout(20)
        variables = {"NOTIFY_SOCKET": path, "WATCHDOG_USEC": "1000000"}
        with running(*on_disk(push=False), env=os.environ | variables):
            assert manager.recv(100) == b"READY=1"
            assert manager.recv(100) == b"WATCHDOG=1"


# --- Children that misbehave ----------------------------------------------------------------------

STUBBORN = """
import os, signal, subprocess, sys, time
deaf = {"stubborn", "deaf child"} & set(sys.argv)
signal.signal(signal.SIGTERM, signal.SIG_IGN if deaf else signal.SIG_DFL)
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
if "deaf child" in sys.argv:
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
open(sys.argv[1], "a").write(f"{os.getpid()} {child.pid}\\n")
time.sleep(0 if "quick" in sys.argv else 600)
"""
LAUNCH = "import sys; from agent import supervisor as s; s.MERCY_S = 1; "


def supervised(tmp_path, *words, deadline_s=0.5):
    """A supervisor whose beats are a program that hangs."""
    program = tmp_path / "beat.py"
    program.write_text(STUBBORN)
    spawned = tmp_path / "spawned"
    command = [sys.executable, str(program), str(spawned), *words]
    code = f"{LAUNCH}s.Supervisor({str(tmp_path)!r}, {command!r}, {deadline_s}).run()"
    return spawned, running(sys.executable, "-I", "-c", code)


def pids(spawned):
    with suppress(FileNotFoundError):
        return [int(pid) for pid in spawned.read_text().split()]
    return []


def gone(pid):
    with suppress(FileNotFoundError, ProcessLookupError):
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
    return True


@pytest.mark.parametrize("words", [(), ("stubborn",), ("quick",), ("deaf child",)])
def test_what_hangs_or_stays_behind_is_ended_with_all_it_started(tmp_path, words):
    spawned, supervisor = supervised(tmp_path, *words)
    with supervisor:
        wait_for(lambda: pids(spawned))
        wait_for(lambda: all(gone(pid) for pid in pids(spawned)))


@pytest.mark.parametrize("words", [(), ("stubborn",), ("deaf child",)])
def test_ending_the_supervisor_ends_its_beat_with_all_it_started(tmp_path, words):
    spawned, supervisor = supervised(tmp_path, *words, deadline_s=60)
    with supervisor:
        wait_for(lambda: pids(spawned))
    wait_for(lambda: all(gone(pid) for pid in pids(spawned)))


# --- Networks -------------------------------------------------------------------------------------


TELL_WHY = """
import sys
open(sys.argv[1], "a").write(sys.argv[2] + "\\n")
"""
CHANGE = "(sleep 1; ip link set lo up; ip address add 10.9.9.9/8 dev lo) & exec"


def test_another_network_is_noticed_within_seconds(tmp_path):
    program, told = tmp_path / "beat.py", tmp_path / "told"
    program.write_text(TELL_WHY)
    beat = [sys.executable, str(program), str(told)]
    code = f"{LAUNCH}s.Supervisor({str(tmp_path)!r}, {beat!r}, 5).run()"
    own_network = ["/usr/bin/unshare", "-Urn"]
    if subprocess.run([*own_network, "/bin/true"], capture_output=True, check=False).returncode:
        pytest.skip("no network of our own can be made here")
    command = f"{CHANGE} {shlex.join([sys.executable, '-I', '-c', code])}"
    with running(*own_network, "/bin/sh", "-c", command):
        wait_for(lambda: told.exists() and told.read_text().split() == ["start", "network"])
