"""kill -9 at any moment: afterwards the portal has every record once, in an unbroken chain."""

import os
import random
import signal
import subprocess
import sys
import time

import pytest

from shared.envelope import Kind

ROUNDS = 200 if os.environ.get("HOMEWARD_SOAK") else 20


def start(settings_file, why="woke"):
    """A real beat, as the supervisor starts it."""
    return subprocess.Popen(
        [sys.executable, "-I", "-m", "agent.beat", "--settings", str(settings_file), why],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        process_group=0,
    )


def end(child):
    os.killpg(child.pid, signal.SIGKILL)
    child.communicate()


def written(folder):
    """A picture of all files: changes when the beat changes one."""
    seen = []
    for path in sorted(folder.rglob("*")):
        try:
            stat = path.stat()
        except FileNotFoundError:
            continue
        seen.append((str(path), stat.st_mtime_ns, stat.st_ino))
    return seen


def kill_after_changes(child, folder, number):
    """Kill when the folder has changed so many times; True if it was still running."""
    before = written(folder)
    deadline = time.monotonic() + 30
    while child.poll() is None and time.monotonic() < deadline:
        now = written(folder)
        if now != before:
            before, number = now, number - 1
        if number < 0:
            end(child)
            return True
    child.communicate()
    return False


def kill_after(child, seconds):
    try:
        child.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        end(child)
        return True
    return False


@pytest.fixture
def on_disk(laptop, tmp_path):
    """The laptop with a settings file, a fixed place and a camera that is not there."""
    file = tmp_path / "agent.toml"
    file.write_text(
        f'portal = "{laptop.settings.portal}"\n'
        f'state_dir = "{laptop.settings.state_dir}"\n'
        f'cameras = ["{tmp_path / "no-camera.avi"}"]\nuse_builtin_cameras = false\n'
        "fixed_location = { latitude = 52.5, longitude = 13.4, accuracy_m = 50.0 }\n"
    )
    return file


def look_again(laptop):
    """Forget when it looked last, so that every beat makes a record."""
    laptop.file("looked.json").unlink(missing_ok=True)


def finish(laptop, settings_file):
    """One beat that nobody kills."""
    look_again(laptop)
    child = start(settings_file)
    assert child.wait(60) == 0, child.stderr.read()
    child.stderr.close()


def check(laptop, killed):
    laptop.portal.check_chain(laptop.held)
    assert laptop.held.forks == []
    assert all(sent.header.kind is Kind.RECORD for sent in laptop.held.envelopes)
    seqs = [sent.header.seq for sent in laptop.held.envelopes]
    assert seqs == list(range(len(seqs)))
    with laptop.opened() as parts:
        assert parts.outbox.records() == []
    assert laptop.events == []
    assert killed


@pytest.mark.parametrize("standing", ["home", "stolen"])
@pytest.mark.soak
def test_a_kill_at_any_change_of_a_file_loses_and_doubles_nothing(laptop, on_disk, standing):
    if standing == "stolen":
        laptop.give(laptop.owner.stolen(t=time.time_ns() // 1_000_000, traceroute=False))
    killed = 0
    for round_ in range(ROUNDS // 2):
        look_again(laptop)
        killed += kill_after_changes(start(on_disk), laptop.settings.state_dir, round_ % 12)
    finish(laptop, on_disk)
    check(laptop, killed)


@pytest.mark.soak
def test_a_kill_at_any_moment_loses_and_doubles_nothing(laptop, on_disk):
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    chance = random.Random(seed)
    killed = 0
    for _ in range(ROUNDS // 2):
        look_again(laptop)
        killed += kill_after(start(on_disk), chance.uniform(0.05, 0.8))
    finish(laptop, on_disk)
    check(laptop, killed)


def test_a_portal_that_dies_mid_answer_doubles_nothing(laptop):
    """The portal kept it, the answer was lost: sent again, it counts as received."""
    real = laptop.portal.answer

    def loses_the_answer(method, path, authorization, body):
        real(method, path, authorization, body)
        return 0, b""

    for _ in range(5):
        laptop.portal.answer = loses_the_answer
        assert not laptop.beat().reached
        laptop.portal.answer = real
        laptop.clock.passes(hours=1)
        laptop.beat()
        laptop.clock.passes(hours=1)
    laptop.portal.check_chain(laptop.held)
    assert len(laptop.reports) == 10
