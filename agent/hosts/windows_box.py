"""A box with one button before the person at the laptop, where there is no Tk (Windows).

Reads {"title", "lines", "button"} as JSON from stdin, and says "shown" on stdout. Ends with 0 when
the button was pressed; Windows writes OK on it.
"""

import ctypes
import json
import sys

_ABOVE_ALL = 0x1000 | 0x10000 | 0x40  # winuser.h: MB_SYSTEMMODAL, MB_SETFOREGROUND, an "i"
_OK = 1


def main() -> int:
    said = json.loads(sys.stdin.read())
    print("shown", flush=True)
    ask = ctypes.WinDLL("user32").MessageBoxW
    return int(ask(None, "\n\n".join(said["lines"]), said["title"], _ABOVE_ALL) != _OK)


if __name__ == "__main__":
    sys.exit(main())
