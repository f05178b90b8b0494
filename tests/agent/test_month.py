"""The resident process keeps its size over a month, whether its portal answers or not."""

import os
import sys
from contextlib import suppress
from pathlib import Path

import pytest

import agent.supervisor
from agent.hosts import host
from agent.supervisor import NEXT
from tests.agent.test_supervisor import running, wait_for

BEATS = 30 * 24 if os.environ.get("HOMEWARD_SOAK") else 6  # a month has 720 hours
SETTLED = 2
MOST_GROWTH_KIB = 256


@pytest.mark.soak
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("up", [True, False], ids=["portal up", "portal down"])
def test_its_memory_stays_flat_over_a_month_of_beats(laptop, unplugged, tmp_path, up, capsys):
    chosen = (laptop if up else unplugged).settings
    file = tmp_path / "agent.toml"
    file.write_text(
        f'portal = "{chosen.portal}"\nstate_dir = "{chosen.state_dir}"\n'
        "use_builtin_cameras = false\n"
        "fixed_location = { latitude = 52.5, longitude = 13.4, accuracy_m = 50.0 }\n"
    )
    program = [sys.executable, "-I", agent.supervisor.__file__, str(chosen.private), str(file)]
    with running(*program) as child:
        sizes = [_size_after_a_beat(chosen.private, child.pid, n) for n in range(BEATS)]
    with capsys.disabled():
        print(f"\n{BEATS} beats: {sizes[SETTLED]} KiB, at the end {sizes[-1]} KiB")
    assert max(sizes[SETTLED:]) - sizes[SETTLED] <= MOST_GROWTH_KIB
    assert bool(laptop.reports) is up


def _size_after_a_beat(private: Path, pid: int, number: int) -> int:
    """The first comes by itself, each further one when it is asked for."""
    word = private / NEXT
    before = _version(word)
    if number:
        host.nudge(private)
    wait_for(lambda: _version(word) not in (None, before), 60)
    [line] = [one for one in Path(f"/proc/{pid}/status").read_text().splitlines() if "VmRSS" in one]
    return int(line.split()[1])


def _version(file: Path) -> tuple[int, int] | None:
    """Of a file that is replaced as a whole."""
    with suppress(FileNotFoundError):
        return file.stat().st_ino, file.stat().st_mtime_ns
    return None
