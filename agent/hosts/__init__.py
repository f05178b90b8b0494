"""What differs from one operating system to the next, behind the same function names.

`from agent.hosts import host`, then `host.gateways()`. Only here is sys.platform asked. What a host
offers, agent/hosts/linux.py lists; a test compares. What may hang stands apart, in senses.py.
"""

import sys

if sys.platform == "linux":
    from agent.hosts import linux as host
elif sys.platform == "darwin":
    from agent.hosts import macos as host
elif sys.platform == "win32":
    from agent.hosts import windows as host
else:
    raise ImportError(
        f"Homeward's agent does not run on this system ({sys.platform}). "
        "Install it on a laptop with Linux, macOS or Windows."
    )

__all__ = ["host"]
