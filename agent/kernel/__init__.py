"""What kernel and service manager tell the resident process, without a module that weighs.

The same names on each system; sys.platform is asked here and in agent/hosts, which weighs more.
"""

import sys

if sys.platform == "linux":
    from agent.kernel.linux import bell, now, sleep_so_far
    from agent.kernel.posix import Child, chance, notify, only_one, watchdog_s
elif sys.platform == "darwin":
    from agent.kernel.macos import bell, now, sleep_so_far
    from agent.kernel.posix import Child, chance, notify, only_one, watchdog_s
elif sys.platform == "win32":
    from agent.kernel.windows import (
        Child,
        bell,
        chance,
        notify,
        now,
        only_one,
        sleep_so_far,
        watchdog_s,
    )
else:
    raise ImportError(f"Homeward's agent does not run on this system ({sys.platform}) yet.")

__all__ = [
    "Child",
    "bell",
    "chance",
    "notify",
    "now",
    "only_one",
    "sleep_so_far",
    "watchdog_s",
]
