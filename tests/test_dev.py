"""The task runner leaves nothing running behind it."""

import runpy
import signal
import subprocess
import sys
from pathlib import Path

DEV = Path(__file__).parents[1] / "dev"
# What it runs says that it is there, and stops in order when it is asked to.
STAYS = """
import signal, sys, time
signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped in order"))
print("here", flush=True)
time.sleep(600)
"""


def test_whoever_ends_it_ends_what_it_runs():
    words = [sys.executable, __file__, STAYS]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as dev:
        assert dev.stdout
        assert dev.stderr
        assert dev.stdout.readline() == "here\n"
        dev.send_signal(signal.SIGTERM)
        assert dev.stderr.read() == "stopped in order\n"
    assert dev.returncode == 1


if __name__ == "__main__":
    sys.exit(runpy.run_path(str(DEV))["run"]([sys.executable, "-c", sys.argv[1]]))
