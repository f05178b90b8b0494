"""Folders that are emptied, behind the same names on each system.

is_allowed(path)      False for what belongs to the system
home(account)         where somebody's own files are; None for nobody
count(tally)          what `empty` would remove
empty(tally, step)    remove all that is in tally.folder; `step` after each thing
trim(folder)          tell the disk which blocks are free now; False where that cannot be
"""

import sys

if sys.platform == "linux":
    from agent.hosts.linux_tree import count, empty, home, is_allowed, trim
elif sys.platform == "darwin":
    from agent.hosts.macos_tree import count, empty, home, is_allowed, trim
elif sys.platform == "win32":
    from agent.hosts.windows_tree import count, empty, home, is_allowed, trim
else:
    raise ImportError(f"Nothing is known here of this system's folders ({sys.platform}).")

__all__ = ["count", "empty", "home", "is_allowed", "trim"]
