"""Asks the program that acts as root, over a socket of the laptop (Linux, macOS)."""

import select
import socket
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

from agent.errors import NoWayToAct

_GLANCE_S = 0.5


def ask(line: bytes, address: Path, stopped: Callable[[float], bool]) -> Iterator[bytes]:
    """What it says to this line, until it hangs up; once it is enough, it is told so."""
    with socket.socket(socket.AF_UNIX) as connection:
        try:
            connection.connect(str(address))
        except OSError as error:
            raise NoWayToAct("The program that acts as root does not listen.") from error
        connection.sendall(line)
        yield from _lines(connection, stopped)


def _lines(connection: socket.socket, stopped: Callable[[float], bool]) -> Iterator[bytes]:
    said, told = b"", False
    while True:
        # Whoever hangs up without having listened to the end, resets the connection.
        with suppress(ConnectionError):
            if not told and stopped(0):
                connection.sendall(b".")
                told = True
            if not select.select([connection], [], [], _GLANCE_S)[0]:
                continue
            if heard := connection.recv(65536):
                *whole, said = (said + heard).split(b"\n")
                yield from whole
                continue
        return
