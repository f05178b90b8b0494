"""Every migration goes up and comes down on real databases, and ends at what the models say."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, create_engine, inspect, text

from portal import create_app, db
from portal.context import services_of
from portal.settings import Settings, from_environment
from tests.postgres import Databases, server

SCRIPTS = ScriptDirectory(str(Path(db.__file__).parent / "migrations"))
UPWARDS = [script.revision for script in SCRIPTS.walk_revisions()][::-1]


@pytest.fixture(scope="module")
def databases() -> Iterator[Databases]:
    with server() as running:
        yield Databases(running)


@pytest.fixture(params=["sqlite", "postgresql"])
def settings(tmp_path: Path, request: pytest.FixtureRequest) -> Settings:
    environment = {"HOMEWARD_DATA_DIR": str(tmp_path)}
    if request.param == "postgresql":
        databases: Databases = request.getfixturevalue("databases")
        environment["HOMEWARD_DATABASE_URL"] = databases.server.url(databases.new())
    return from_environment(environment)


@pytest.fixture
def engine(settings: Settings) -> Iterator[Engine]:
    made = db.make_engine(settings)
    yield made
    made.dispose()


def form_of(engine: Engine) -> dict[str, object]:
    """Tables, columns, indexes and keys as the database itself tells them."""
    seen = inspect(engine)
    return {
        table: (
            [(c["name"], str(c["type"]), c["nullable"]) for c in seen.get_columns(table)],
            sorted(i["name"] or "" for i in seen.get_indexes(table)),
            sorted(u["name"] or "" for u in seen.get_unique_constraints(table)),
            sorted(f["name"] or "" for f in seen.get_foreign_keys(table)),
        )
        for table in seen.get_table_names()
        if table != "alembic_version"
    }


def test_the_newest_form_is_what_the_models_say(engine: Engine) -> None:
    db.migrate(engine)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, db.Base.metadata) == []


def test_every_migration_comes_down_to_where_it_went_up_from(engine: Engine) -> None:
    before = form_of(engine)
    for revision in UPWARDS:
        db.migrate(engine, revision)
        after = form_of(engine)
        db.unmigrate(engine, "-1")
        assert form_of(engine) == before, revision
        db.migrate(engine, revision)
        assert form_of(engine) == after, revision
        before = after


def test_migrating_twice_changes_nothing(engine: Engine) -> None:
    db.migrate(engine)
    once = form_of(engine)
    db.migrate(engine)
    assert form_of(engine) == once
    assert db.revisions(engine) == (UPWARDS[-1], UPWARDS[-1])


def test_migrating_keeps_what_is_stored(engine: Engine) -> None:
    db.migrate(engine, UPWARDS[0])
    line = "INSERT INTO audit (at, actor, action, subject) VALUES (1, 'a', 'b', 'c')"
    with db.for_writing(engine).begin() as connection:
        connection.execute(text(line))
    db.migrate(engine)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT actor FROM audit")).scalar_one() == "a"


def test_a_migration_that_fails_leaves_the_old_form(engine: Engine) -> None:
    with db.for_writing(engine).begin() as connection:
        connection.execute(text("CREATE TABLE theft (in_the_way INTEGER)"))
    before = form_of(engine)
    with pytest.raises(Exception, match="theft"):
        db.migrate(engine)
    assert form_of(engine) == before


def test_the_portal_does_not_serve_an_old_form(settings: Settings, engine: Engine) -> None:
    with pytest.raises(db.NotMigrated, match="homeward-portal migrate"):
        create_app(settings)
    db.migrate(engine)
    app = create_app(settings)
    services_of(app).engine.dispose()


def test_what_an_owner_erases_takes_everything_with_it(engine: Engine) -> None:
    """Each table hangs on the account, by itself or through the laptop."""
    db.migrate(engine)
    seen = inspect(engine)
    alone = {
        "account", "alembic_version", "audit", "pairing", "portal_key", "throttle",
        "tracked_report", "contact", "consent", "suppression", "campaign",
        "provider_event", "bill", "promo_code", "dropped_file",
        "rights_request", "breach", "announcement", "authority_request", "metric_count",
    }  # fmt: skip
    for table in set(seen.get_table_names()) - alone:
        owners = seen.get_foreign_keys(table)
        assert [key["options"].get("ondelete") for key in owners] == ["CASCADE"], table


def test_the_database_is_told_to_keep_what_it_answers_for(tmp_path: Path, engine: Engine) -> None:
    assert db.durability(engine) == {}
    careless = create_engine(f"sqlite:///{tmp_path}/other.db")
    assert set(db.durability(careless)) >= {"journal_mode", "foreign_keys"}
    careless.dispose()
