"""A real X screen without a monitor, and a hand on its keyboard."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec

import pytest

HAND = shutil.which("xdotool") or "xdotool"
_MISSING = [name for name in ("Xvfb", "xdotool") if shutil.which(name) is None]
needs_screen = pytest.mark.skipif(
    bool(_MISSING) or find_spec("tkinter") is None,
    reason=f"needs Tk and {', '.join(_MISSING)} (Debian: apt install xvfb xdotool python3-tk)",
)


@contextmanager
def screen() -> Iterator[str]:
    """Its DISPLAY."""
    words = ["Xvfb", "-displayfd", "1", "-screen", "0", "800x600x24", "-nolisten", "tcp"]
    server = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        yield f":{server.stdout.readline().strip()}"
    finally:
        server.terminate()
        server.wait()
        server.stdout.close()


def hand(display: str, *words: str) -> str:
    """What xdotool says after doing this."""
    done = subprocess.run(
        [HAND, *words], env={"DISPLAY": display}, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()
