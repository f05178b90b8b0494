import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from agent.children.camera import READ_MS
from agent.sensors.child import Died, TimedOut, ask
from demo.camera import TestCamera

ODD = "tests.agent.odd_child"


def test_a_child_answers_from_the_work_folder_in_a_group_of_its_own(tmp_path):
    said = json.loads(ask(ODD, {"do": "answer"}, 20, tmp_path))
    assert Path(said["folder"]) == tmp_path
    assert said["group"] != os.getpgrp()


def test_a_child_that_crashes_is_told_apart(tmp_path):
    with pytest.raises(Died):
        ask(ODD, {"do": "crash"}, 20, tmp_path)


def test_a_child_past_its_deadline_is_ended_with_everything_it_started(tmp_path):
    note = tmp_path / "pids"
    with pytest.raises(TimedOut):
        ask(ODD, {"do": "hang", "note": str(note)}, 2, tmp_path)
    pids = json.loads(note.read_text())
    assert len(pids) == 2
    until = time.monotonic() + 20  # a kill is quick, the kernel's tidying up need not be
    while any(_runs(pid) for pid in pids):
        assert time.monotonic() < until
        time.sleep(0.05)


def _runs(pid):
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_a_camera_program_whose_parent_is_gone_ends_by_itself(tmp_path):
    """Or the camera of a laptop whose agent was just killed would stay open."""
    with TestCamera("hang") as stream:
        request = json.dumps({"source": stream.url, "deadline_s": 1})
        command = [sys.executable, "-I", "-m", "agent.children.camera"]
        done = subprocess.run(command, input=request.encode(), timeout=60, cwd=tmp_path)
    assert done.returncode == -signal.SIGALRM


ASKING = """
import sys
from pathlib import Path
from agent.sensors.child import ask
ask("agent.children.camera", {"source": sys.argv[1], "deadline_s": 600}, 600, Path.cwd())
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_camera_program_ends_with_the_beat_however_that_ends(tmp_path, number):
    with TestCamera("hang") as stream:
        command = [sys.executable, "-I", "-c", ASKING, stream.url]
        beat = subprocess.Popen(command, cwd=tmp_path)
        camera = wait_for_camera(beat.pid)
        beat.send_signal(number)
        assert beat.wait(30) == -number
        # Sooner than it gives up on a silent stream by itself.
        _, left = psutil.wait_procs([camera], timeout=READ_MS * 0.9 / 1000)
        for process in left:
            process.kill()
        assert not left


def wait_for_camera(beat):
    """The program that has a stream open."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        for child in psutil.Process(beat).children():
            if child.net_connections():
                return child
        time.sleep(0.05)
    raise AssertionError("no camera was opened")
