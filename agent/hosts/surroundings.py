"""The Wi-Fi around and the place, behind the same names on each system.

wifi(until)    the access points around, or an Unread
place(until)   where the system's location service says the laptop is, or an Unread

`until` is a moment of time.monotonic(). Apart from `host`, because only agent/children/around.py
asks.
"""

import sys

if sys.platform == "linux":
    from agent.hosts.linux_place import place
    from agent.hosts.linux_wifi import wifi
elif sys.platform == "darwin":
    from agent.hosts.macos_frameworks import place, wifi
elif sys.platform == "win32":
    from agent.hosts.windows_geolocator import place
    from agent.hosts.windows_wifi import wifi
else:
    raise ImportError(f"What is around cannot be told on this system ({sys.platform}).")

__all__ = ["place", "wifi"]
