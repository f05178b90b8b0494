"""kill -9 at any moment: afterwards the portal has every record once, in an unbroken chain."""

import os
import random
import signal
import subprocess
import sys
import time

import pytest

from demo.camera import TestCamera
from shared.envelope import Kind
from tests.agent.other_end import pictures

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
    """The laptop with a settings file, a fixed place and a test picture for a camera."""
    file = tmp_path / "agent.toml"
    with TestCamera("ok") as stream:
        file.write_text(
            f'portal = "{laptop.settings.portal}"\n'
            f'state_dir = "{laptop.settings.state_dir}"\n'
            f'cameras = ["{stream.url}"]\nuse_builtin_cameras = false\n'
            "fixed_location = { latitude = 52.5, longitude = 13.4, accuracy_m = 50.0 }\n"
        )
        yield file


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
        assert parts.outbox.media() == []
    assert laptop.events == []
    listed = {a.sha256.hex() for sent in laptop.held.envelopes for a in sent.attachments()}
    assert set(laptop.held.media) == listed
    assert len(pictures(laptop.held, laptop.owner)) == len(listed)
    print(f"{killed} kills, {len(seqs)} records")
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
    assert bool(laptop.held.media) == (standing == "stolen")


@pytest.mark.soak
def test_a_kill_at_any_moment_loses_and_doubles_nothing(laptop, on_disk):
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    chance = random.Random(seed)
    killed = 0
    for _ in range(ROUNDS // 2):
        look_again(laptop)
        killed += kill_after(start(on_disk), chance.uniform(0.05, 0.5))
    finish(laptop, on_disk)
    check(laptop, killed)


def test_a_kill_between_a_record_and_the_note_of_its_place_does_no_harm(laptop, unplugged):
    unplugged.sensors, unplugged.clock = laptop.sensors, laptop.clock
    laptop.beat("start")
    for _ in range(3):
        before = laptop.file("place.json").read_bytes()
        laptop.clock.passes(hours=1)
        unplugged.beat()
        laptop.file("place.json").write_bytes(before)
    laptop.beat()
    check(laptop, killed=True)
    assert len(laptop.reports) == 4


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
