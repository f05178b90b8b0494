import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

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
    assert not any(_runs(pid) for pid in pids)


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
