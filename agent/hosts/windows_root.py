"""Windows: the service is the system itself, and acts itself. There is nobody else to ask."""

from collections.abc import Callable, Iterator
from pathlib import Path

from agent.errors import NoWayToAct


def ask(line: bytes, address: Path, stopped: Callable[[float], bool]) -> Iterator[bytes]:
    del line, address, stopped
    raise NoWayToAct("Nobody acts as root here. Remove action_socket from the settings.")
