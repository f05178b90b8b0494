"""A real app over a real database, Alice and Bob with their laptops.

That is a SQLite file, and PostgreSQL where a test is marked so (both_databases), or where
HOMEWARD_TESTS_ON=postgresql asks for it everywhere.
"""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal import create_app, db
from portal.context import services_of
from portal.intake.operations import intake_of
from portal.settings import Settings, from_environment
from tests.cast import Clock, Laptop, Owner
from tests.fake_stripe import FakeStripe
from tests.portal.live import LiveOwner, LivePortal, start_portal
from tests.postgres import Databases, server


@pytest.fixture(scope="session")
def alice_keys() -> Owner:
    return Owner("alice@example.org")


@pytest.fixture(scope="session")
def bob_keys() -> Owner:
    return Owner("bob@example.org")


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with an empty database, to copy: migrating takes longer than any test."""
    folder = tmp_path_factory.mktemp("migrated")
    engine = db.make_engine(from_environment({"HOMEWARD_DATA_DIR": str(folder)}))
    db.migrate(engine)
    engine.dispose()
    return folder


@pytest.fixture(scope="session")
def postgres() -> Iterator[Databases]:
    with server() as running:
        yield Databases(running)


@pytest.fixture(scope="session")
def migrated_postgres(postgres: Databases, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The name of an empty database, to copy."""
    name = postgres.new()
    engine = db.make_engine(_on(postgres.server.url(name), tmp_path_factory.mktemp("unused")))
    db.migrate(engine)
    engine.dispose()
    return name


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    marked = metafunc.definition.get_closest_marker("both_databases")
    if marked and "database" in metafunc.fixturenames:
        metafunc.parametrize("database", ["sqlite", "postgresql"])


@pytest.fixture
def database() -> str:
    return os.environ.get("HOMEWARD_TESTS_ON", "sqlite")


@pytest.fixture
def settings(
    migrated: Path, database: str, tmp_path: Path, request: pytest.FixtureRequest
) -> Settings:
    folder = tmp_path / "data"
    if database == "sqlite":
        shutil.copytree(migrated, folder)
        return from_environment({"HOMEWARD_DATA_DIR": str(folder)})
    databases: Databases = request.getfixturevalue("postgres")
    name = databases.new(request.getfixturevalue("migrated_postgres"))
    return _on(databases.server.url(name), folder)


def _on(url: str, folder: Path) -> Settings:
    return from_environment({"HOMEWARD_DATA_DIR": str(folder), "HOMEWARD_DATABASE_URL": url})


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def woken() -> list[int]:
    """The numbers of the laptops the portal has called."""
    return []


@pytest.fixture
def app(settings: Settings, clock: Clock, woken: list[int]) -> Iterator[Flask]:
    made = create_app(settings, clock=clock, wake=woken.append)
    yield made
    intake_of(made).close()
    services_of(made).engine.dispose()


class Caller:
    """Somebody with a browser or a client of their own; `owner` has the keys."""

    def __init__(self, app: Flask, owner: Owner) -> None:
        self.http: FlaskClient = app.test_client()
        self.owner = owner

    def ask(self, method: str, path: str, body: Any = None, **options: Any) -> Any:
        return self.http.open(f"/api/v1{path}", method=method, json=body, **options)

    def get(self, path: str) -> Any:
        return self.ask("GET", path)

    def post(self, path: str, body: Any) -> Any:
        return self.ask("POST", path, body)

    def sign_in(self) -> None:
        assert self.post("/login", self.owner.credentials()).status_code == 200

    def adopt(self, clock: Clock) -> Laptop:
        """Pair a new laptop."""
        laptop = Laptop()
        rid = laptop.secret.rid.hex()
        assert self.post(f"/pair/{rid}", laptop.offer_body()).status_code == 201
        assert self.post("/devices", self.owner.adopt(laptop, clock.now)).status_code == 201
        laptop.learn(self.owner.laptops[laptop.id].newest)
        return laptop


def _registered(app: Flask, keys: Owner) -> Caller:
    caller = Caller(app, keys)
    assert caller.post("/accounts", keys.registration()).status_code == 202
    caller.sign_in()
    return caller


@pytest.fixture
def alice(app: Flask, alice_keys: Owner) -> Caller:
    """Alice, signed in."""
    return _registered(app, alice_keys)


@pytest.fixture
def bob(app: Flask, bob_keys: Owner) -> Caller:
    """Bob, signed in; what is Alice's does not exist for him."""
    return _registered(app, bob_keys)


@pytest.fixture
def nobody(app: Flask, alice_keys: Owner) -> Caller:
    """Somebody who is not signed in."""
    return Caller(app, alice_keys)


@pytest.fixture
def laptop(alice: Caller, clock: Clock) -> Laptop:
    """Alice's laptop, paired."""
    return alice.adopt(clock)


@pytest.fixture(scope="module")
def portal(migrated: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LivePortal]:
    """A portal process of the module's own, as operators run it."""
    folder = tmp_path_factory.mktemp("live") / "data"
    shutil.copytree(migrated, folder)
    portal = start_portal(folder)
    yield portal
    portal.stop()


@pytest.fixture(scope="module")
def live_alice(portal: LivePortal, alice_keys: Owner) -> LiveOwner:
    """Alice, signed in to that process."""
    return LiveOwner(portal, alice_keys)


@pytest.fixture
def provider(clock: Clock) -> Iterator[FakeStripe]:
    fake = FakeStripe(clock)
    yield fake
    fake.close()


@pytest.fixture
def provided(app: Flask, provider: FakeStripe, nobody: Caller) -> FakeStripe:
    """What it tells arrives at the app, over its real route."""

    def deliver(event: dict[str, Any]) -> Any:
        body, headers = provider.signed(event)
        return nobody.http.post("/api/v1/billing/stripe", data=body, headers=headers)

    provider.portal, provider.deliver = "told", deliver  # type: ignore[method-assign]
    return provider
