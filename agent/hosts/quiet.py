"""How whoever sits at the laptop says that an alarm was heard: `homeward-agent quiet`.

asked(folder, command_id)    while an alarm sounds: waits, and tells whether somebody has said so
say(folder)                  how many listened; any account of the laptop may
"""

import sys

if sys.platform in ("linux", "darwin"):
    from agent.hosts.posix_quiet import asked, say
elif sys.platform == "win32":
    from agent.hosts.windows_quiet import asked, say
else:
    raise ImportError(f"Nobody can be heard on this system ({sys.platform}).")

__all__ = ["asked", "say"]
