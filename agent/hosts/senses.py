"""The questions to the system that may hang, behind the same names on each system.

Apart from `host`, because only agent/children/system.py asks them: the message bus alone would
cost every beat a fifth of its time.

wifi(until)            the access points around, or an Unread
place(until)           where the system's location service says the laptop is, or an Unread
posture(until, work)   how well the laptop is protected; `work` is for what it wants to remember

`until` is a moment of time.monotonic().
"""

import sys

if sys.platform == "linux":
    from agent.hosts.linux_place import place
    from agent.hosts.linux_posture import posture
    from agent.hosts.linux_wifi import wifi
else:
    from agent.hosts.unasked import place, posture, wifi

__all__ = ["place", "posture", "wifi"]
