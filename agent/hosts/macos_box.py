"""A box with one button before the person at the laptop, where there is no Tk (macOS).

Reads {"title", "lines", "button"} as JSON from stdin, and says "shown" on stdout. Ends with 0 when
the button was pressed.
"""

import json
import subprocess
import sys
from typing import Any


def script(said: dict[str, Any]) -> str:
    """AppleScript; nothing of the text can become a part of it."""
    text = "\n\n".join(said["lines"])
    return (
        f"tell me to activate\ndisplay alert {quoted(said['title'])} message {quoted(text)} "
        f"buttons {{{quoted(said['button'])}}} default button 1\n"
    )


def quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def main() -> int:
    written = script(json.loads(sys.stdin.read()))
    print("shown", flush=True)
    # As its input: every account of the laptop can read the arguments of a program.
    return subprocess.run(["/usr/bin/osascript", "-"], input=written, text=True).returncode


if __name__ == "__main__":
    sys.exit(main())
