"""Which folders are Windows' own, by their names."""

import re
from pathlib import PureWindowsPath

# In small letters: its disks tell no case apart.
_SYSTEM = frozenset((
    "$recycle.bin", "boot", "efi", "perflogs", "program files", "program files (arm)",
    "program files (x86)", "programdata", "recovery", "system volume information", "windows",
    "windows.old",
))  # fmt: skip
_SHORT_NAME = re.compile(r"~\d")  # PROGRA~1 is another name of a folder


def is_allowed(path: str) -> bool:
    """A folder on a disk of the laptop, two names down at least: C:\\Users is everybody's."""
    way = PureWindowsPath(path)
    names = way.parts[1:]
    if not re.fullmatch(r"[A-Za-z]:", way.drive) or way.root != "\\" or len(names) < 2:
        return False
    if _SHORT_NAME.search(names[0]) or names[0].lower() in _SYSTEM:
        return False
    return all(name != ".." and _is_plain(name) for name in names)


def _is_plain(name: str) -> bool:
    """Windows drops a dot or space at the end; a colon leads to what is hidden behind a file."""
    return name.rstrip(" .") == name and not set(name) & set('<>:"|?*/')
