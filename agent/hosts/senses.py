"""How well the laptop is protected, behind the same name on each system.

posture(until, work)   each answer for itself; `work` is for what it wants to remember

`until` is a moment of time.monotonic(). Apart from `host`, because only agent/children/system.py
asks: the message bus alone would cost every beat a fifth of its time.
"""

import sys

if sys.platform == "linux":
    from agent.hosts.linux_posture import posture
elif sys.platform == "darwin":
    from agent.hosts.macos_posture import posture
elif sys.platform == "win32":
    from agent.hosts.windows_senses import posture
else:
    raise ImportError(f"How this system ({sys.platform}) is protected cannot be told.")

__all__ = ["posture"]
