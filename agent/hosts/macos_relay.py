"""Hands a request to the sensor's program that launchd starts in the person's session, and its
answer back.

Reads the request from its input and writes the answer to its output, as the sensor's program does.
"""

import shutil
import socket
import sys
from typing import BinaryIO


def relay(path: str, request: BinaryIO, answer: BinaryIO) -> None:
    """Raises OSError where nobody listens."""
    with socket.socket(socket.AF_UNIX) as line:
        line.connect(path)
        line.sendall(request.read())
        line.shutdown(socket.SHUT_WR)
        with line.makefile("rb") as said:
            shutil.copyfileobj(said, answer)


if __name__ == "__main__":
    relay(sys.argv[1], sys.stdin.buffer, sys.stdout.buffer)
