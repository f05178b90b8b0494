"""A disk that fills up while the real beat runs: a sentence, no loss, and on once it has room."""

import os
import subprocess
import sys
import time
from dataclasses import replace

import pytest

from agent import enrollment
from agent.consent import Consent
from agent.parts import make_folders
from agent.plan import SENSORS
from tests.agent.other_end import NOW

PAGE = 4096


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 512 KiB of its own; needs the right to mount."""
    place = tmp_path / "small"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", str(place)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("mounting a small disk is not allowed here")
    yield place
    subprocess.run(["/bin/umount", "--lazy", str(place)], check=True)


@pytest.fixture
def cramped(laptop, small_disk):
    """The laptop, with its state on the small disk."""
    settings = replace(laptop.settings, state_dir=small_disk / "state")
    make_folders(settings)
    enrollment.pin(settings.private, laptop.device, Consent("alice", NOW, SENSORS))
    return replace(laptop, settings=settings)


@pytest.fixture
def beat(cramped, tmp_path):
    """Returns a function that runs the real beat; what it said where it failed."""
    file = tmp_path / "agent.toml"
    file.write_text(
        f'portal = "{cramped.settings.portal}"\nstate_dir = "{cramped.settings.state_dir}"\n'
        "use_builtin_cameras = false\n"
        "fixed_location = { latitude = 52.5, longitude = 13.4, accuracy_m = 50.0 }\n"
    )

    def run():
        command = [sys.executable, "-I", "-m", "agent.beat", "--settings", str(file), "due"]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
        assert (done.returncode == 0) == (done.stderr == ""), done.stderr
        return done.stderr

    return run


def fill(disk, pages_left):
    """Somebody else's file takes all but so many pages."""
    left = os.statvfs(disk)
    with (disk / "somebody else's").open("wb", buffering=0) as file:
        file.write(bytes(max(0, left.f_bavail - pages_left) * PAGE))


def make_room(disk):
    (disk / "somebody else's").unlink()


def test_wherever_a_disk_fills_up_nothing_is_lost_and_it_goes_on(cramped, beat, small_disk):
    assert beat() == ""
    failures = 0
    for pages_left in range(10):
        cramped.file("looked.json").unlink()  # so that each beat has something to keep
        fill(small_disk, pages_left)
        said = beat()
        failures += bool(said)
        assert said in ("", "This beat failed: No space left on device\n")
        make_room(small_disk)
        assert beat() == ""
        assert cramped.file("looked.json").exists()
    assert failures
    cramped.portal.check_chain(cramped.held)
    assert [sent.header.seq for sent in cramped.held.envelopes] == list(range(len(cramped.reports)))
    # A look that found no room for its record is not repeated before its time.
    assert len(cramped.reports) >= 11 - failures
    assert cramped.events == []
    assert cramped.held.forks == []


def test_orders_that_found_no_room_are_heard_when_there_is_some(cramped, beat, small_disk):
    assert beat() == ""
    stolen = cramped.owner.stolen(t=time.time_ns() // 1_000_000, camera=False, traceroute=False)
    cramped.give(stolen)
    fill(small_disk, 0)
    assert "No space left" in beat()
    make_room(small_disk)
    assert beat() == ""
    assert cramped.status["standing"] == "stolen"
    assert cramped.reports[-1]["why"] == "stolen"
