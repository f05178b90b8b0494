"""The program that acts as root, where the agent itself is not, behind one name on each system.

ask(line, address, stopped)    what it says to this line, line by line; raises NoWayToAct
"""

import sys

if sys.platform in ("linux", "darwin"):
    from agent.hosts.posix_root import ask
elif sys.platform == "win32":
    from agent.hosts.windows_root import ask
else:
    raise ImportError(f"Who acts as root is not known on this system ({sys.platform}).")

__all__ = ["ask"]
