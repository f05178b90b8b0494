"""A real portal on loopback, and Alice at her keyboard in front of the client."""

import json
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from hashlib import sha256
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from werkzeug.serving import make_server

from owner import cli
from portal import create_app, db
from portal.context import services_of
from portal.settings import Settings, from_environment
from tests.owner.http_laptop import HttpLaptop

PASSWORD = "seven quiet otters swim"


@dataclass(frozen=True)
class Served:
    """A running portal, and the file its database is in."""

    url: str
    settings: Settings

    @property
    def database(self) -> Path:
        return self.settings.data_dir / "portal.db"


@pytest.fixture(scope="session")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with portal_in(tmp_path_factory.mktemp("portal")) as made:
        yield made


@contextmanager
def portal_in(folder: Path, **other: str) -> Iterator[Served]:
    """A new portal there, with what else its environment says."""
    settings = from_environment({"HOMEWARD_DATA_DIR": str(folder)} | other)
    engine = db.make_engine(settings)
    db.migrate(engine)
    engine.dispose()
    app = create_app(settings)
    with serving(app) as url:
        yield Served(url, settings)
    services_of(app).engine.dispose()


@contextmanager
def serving(app: Flask, port: int = 0) -> Iterator[str]:
    """The app behind a real server of its own thread."""
    server = make_server("127.0.0.1", port, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@dataclass(frozen=True)
class Ran:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def said(self) -> dict[str, Any]:
        """The last JSON line."""
        found: dict[str, Any] = json.loads(self.out.splitlines()[-1])
        return found

    @property
    def refusal(self) -> str:
        """The stable code of a refusal, seen to be told as a sentence too."""
        assert self.code == 1
        assert self.err.strip().endswith((".", ")"))
        return str(self.said["error"]["code"])


Run = Callable[..., Ran]


@dataclass(frozen=True)
class Registered:
    """Alice's folder after `homeward register`, and the code she wrote down."""

    home: Path
    recovery_code: str


@pytest.fixture(scope="session")
def registered(portal: Served, tmp_path_factory: pytest.TempPathFactory) -> Registered:
    """Once for all tests: each derivation costs a fifth of a second."""
    return register(portal, tmp_path_factory.mktemp("alice"))


def register(portal: Served, home: Path) -> Registered:
    """What `homeward register` leaves there."""
    with pytest.MonkeyPatch.context() as environment, redirect_stdout(StringIO()) as out:
        sit_down(environment, home, portal.url)
        assert cli.main(["register", "alice@example.org", "--json"]) == 0
    return Registered(home, json.loads(out.getvalue())["recovery_code"])


def sit_down(environment: pytest.MonkeyPatch, home: Path, url: str) -> None:
    """The environment of somebody's terminal: folder, portal, password."""
    home.mkdir(exist_ok=True)
    (home / "password").write_text(PASSWORD + "\n")
    environment.setenv("HOMEWARD_HOME", str(home))
    environment.setenv("HOMEWARD_PORTAL", url)
    environment.setenv("HOMEWARD_PASSWORD_FILE", str(home / "password"))


@pytest.fixture
def home(
    registered: Registered, portal: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """A computer of Alice's own, signed in."""
    folder = tmp_path / "home"
    shutil.copytree(registered.home, folder)
    sit_down(monkeypatch, folder, portal.url)
    return folder


@pytest.fixture
def run(home: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Type a command and read what it says."""

    def typed(*words: str) -> Ran:
        code = cli.main(list(words))
        read = capsys.readouterr()
        return Ran(code, read.out, read.err)

    return typed


@pytest.fixture
def laptop(portal: Served, run: Run, request: pytest.FixtureRequest) -> HttpLaptop:
    """A laptop of Alice's, paired under its test's name."""
    made = HttpLaptop(portal.url)
    made.offer()
    paired = run("pair", made.code, "--name", name_of(request.node.name), "--yes", "--json")
    assert paired.code == 0, paired.err
    assert made.learn_owner() == paired.said["fingerprint"]
    return made


def name_of(test: str) -> str:
    """Short enough for a table."""
    return f"Laptop {sha256(test.encode()).hexdigest()[:6]}"


@pytest.fixture
def name(request: pytest.FixtureRequest) -> str:
    """What the test's laptop is called."""
    return name_of(request.node.name)
