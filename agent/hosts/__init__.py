"""What differs from one operating system to the next, behind the same function names.

`from agent.hosts import host`, then `host.gateways()`. Only here is sys.platform asked. What a host
offers, agent/hosts/linux.py lists; a test compares. What may hang stands apart, in senses.py.
"""

import sys

if sys.platform == "linux":
    from agent.hosts import linux as host
elif sys.platform == "darwin":
    from agent.hosts import macos as host
else:
    raise ImportError(
        f"Homeward's agent does not run on this system ({sys.platform}) yet. "
        "Install it on a laptop with Linux or macOS."
    )

__all__ = ["host"]
