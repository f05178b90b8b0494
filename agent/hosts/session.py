"""Who sits at the laptop, behind the same names on each system.

Apart from `host`, because most beats never ask: they need not carry what it takes to ask.
"""

import sys

from agent.hosts.signed_in import NoSessionManager, Session

if sys.platform == "linux":
    from agent.hosts.linux_session import (
        lock_sessions,
        ourselves,
        own_session,
        sessions,
        start_in,
    )
elif sys.platform == "darwin":
    from agent.hosts.macos_session import (
        lock_sessions,
        ourselves,
        own_session,
        sessions,
        start_in,
    )
elif sys.platform == "win32":
    from agent.hosts.windows_session import (
        lock_sessions,
        ourselves,
        own_session,
        sessions,
        start_in,
    )
else:
    raise ImportError(f"Who sits at the laptop cannot be told on this system ({sys.platform}).")

__all__ = [
    "NoSessionManager",
    "Session",
    "lock_sessions",
    "ourselves",
    "own_session",
    "sessions",
    "start_in",
]
