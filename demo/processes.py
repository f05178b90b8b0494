"""Start, watch and end the demo's processes, by the pids it started itself."""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

START_S = 30


class DemoFailed(RuntimeError):
    """A part of the demo did not do what it should; the message says which and where to look."""


@dataclass(frozen=True)
class Part:
    """One running process and the file that holds what it printed."""

    name: str
    process: "subprocess.Popen[str]"
    log: Path

    def must_live(self) -> None:
        if self.process.poll() is not None:
            raise DemoFailed(f"The {self.name} stopped by itself. What it said: {self.log}")

    def end(self) -> None:
        """Ask first; kill what does not listen."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


def program(name: str) -> str:
    """A console script of this environment."""
    return str(Path(sys.executable).with_name(name))


def start(name: str, command: list[str], log: Path, environment: dict[str, str]) -> Part:
    """Start a long-running part in its own session, so that Ctrl-C reaches only the demo."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("a") as out:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT, text=True,
            env=os.environ | environment, start_new_session=True,
        )  # fmt: skip
    return Part(name, process, log)


def talk(command: list[str], environment: dict[str, str], stdin: str = "") -> Iterator[Any]:
    """Run a program and yield each JSON line as it comes; what it says besides is shown on failure.

    Raises DemoFailed when it does not end well.
    """
    with (
        tempfile.TemporaryFile("w+") as aside,
        subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=aside, text=True,
            env=os.environ | environment,
        ) as process,
    ):  # fmt: skip
        said = process.stdout or ()
        if process.stdin:
            process.stdin.write(stdin)
            process.stdin.close()
        yield from (json.loads(line) for line in said if line.startswith("{"))
        if process.wait():
            aside.seek(0)
            raise DemoFailed(f"{' '.join(command)} failed.\n{aside.read()}")


def ask(command: list[str], environment: dict[str, str], stdin: str = "") -> dict[str, Any]:
    """The last JSON line a program prints; raises DemoFailed."""
    answers = list(talk(command, environment, stdin))
    if not answers:
        raise DemoFailed(f"{' '.join(command)} said nothing.")
    return dict(answers[-1])


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def wait_for_portal(url: str, portal: Part) -> None:
    """Until it answers; raises DemoFailed."""
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline:
        portal.must_live()
        try:
            requests.get(f"{url}/api/openapi.json", timeout=2).raise_for_status()
        except requests.RequestException:
            time.sleep(0.1)
        else:
            return
    raise DemoFailed(f"The portal did not answer within {START_S} s. What it said: {portal.log}")
