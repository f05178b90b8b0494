"""The database: engine, durable settings, one session for each request, migrations."""

import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask, g, request
from sqlalchemy import (
    BigInteger,
    Connection,
    Engine,
    Integer,
    LargeBinary,
    MetaData,
    event,
    make_url,
)
from sqlalchemy import create_engine as sqlalchemy_engine
from sqlalchemy.orm import DeclarativeBase, Session, mapped_column
from sqlalchemy.pool import ConnectionPoolEntry

from portal.context import services
from portal.settings import Settings

BUSY_TIMEOUT_MS = 5000
_SQLITE_MUST = {
    "journal_mode": "wal",
    "synchronous": 2,  # FULL: with NORMAL an answered check-in could be lost with the power
    "foreign_keys": 1,
    "busy_timeout": BUSY_TIMEOUT_MS,
}
_POSTGRES_MUST = {"fsync": "on", "synchronous_commit": "on"}
_POSTGRES_ASKS = f"-c lock_timeout={BUSY_TIMEOUT_MS} -c synchronous_commit=on"
# One writer at a time, as with SQLite: what a transaction has read still holds when it writes.
# Ours alone: the number is "homeward" as eight bytes, and ends with the transaction.
TAKE_POSTGRES_LOCK = f"SELECT pg_advisory_xact_lock({int.from_bytes(b'homeward', 'big')})"
_LOCK_FIRST = "homeward_lock_first"

Number = Annotated[
    int,
    mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
]
Id = Annotated[bytes, mapped_column(LargeBinary(16))]
Bytes32 = Annotated[bytes, mapped_column(LargeBinary(32))]  # keys, hashes, HMACs
Ms = Annotated[int, mapped_column(BigInteger)]  # Unix milliseconds
BigInt = Annotated[int, mapped_column(BigInteger)]


class Base(DeclarativeBase):
    """Names of constraints follow one rule, so that migrations can name what they change."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class NotDurable(RuntimeError):
    """The database would lose what the portal has answered for."""


class NotMigrated(RuntimeError):
    """The database has another form than this version needs."""


def make_engine(settings: Settings) -> Engine:
    """An engine that keeps what it commits; raises NotDurable."""
    url = make_url(settings.database_url)
    if url.get_backend_name() == "sqlite":
        engine = sqlalchemy_engine(url, hide_parameters=True)
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    else:
        asks = {"options": _POSTGRES_ASKS}
        engine = sqlalchemy_engine(
            url.set(drivername="postgresql+psycopg"), hide_parameters=True, connect_args=asks,
            pool_pre_ping=True,  # a server that was started anew is found again
        )  # fmt: skip
        event.listen(engine, "begin", _begin_postgres)
    _assert_durable(engine)
    return engine


def _prepare_sqlite(connection: sqlite3.Connection, _entry: ConnectionPoolEntry) -> None:
    # None: the driver starts no transactions behind our back; _begin_sqlite does.
    connection.isolation_level = None
    # Before the first page is written. A report is 2 to 4 kB: on larger pages one or two stand
    # alone and leave up to half of each empty (measured 2.3 against 1.4 bytes kept for each sent).
    connection.execute("PRAGMA page_size = 1024")
    for name, value in _SQLITE_MUST.items():
        connection.execute(f"PRAGMA {name} = {value}")


def _begin_sqlite(connection: Connection) -> None:
    # A transaction that reads first and writes later would be refused outright (not made to
    # wait) when another wrote between the two. So what will write takes the lock at once.
    locks = connection.get_execution_options().get(_LOCK_FIRST, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if locks else "BEGIN")


def _begin_postgres(connection: Connection) -> None:
    if connection.get_execution_options().get(_LOCK_FIRST, False):
        connection.exec_driver_sql(TAKE_POSTGRES_LOCK)


def durability(engine: Engine) -> dict[str, tuple[Any, Any]]:
    """The database's settings that are not as they must be: name to (is, must be)."""
    is_sqlite = engine.dialect.name == "sqlite"
    wanted: Mapping[str, Any] = _SQLITE_MUST if is_sqlite else _POSTGRES_MUST
    ask = "PRAGMA" if is_sqlite else "SHOW"
    with engine.connect() as connection:
        held = {name: connection.exec_driver_sql(f"{ask} {name}").scalar_one() for name in wanted}
    return {name: (held[name], must) for name, must in wanted.items() if held[name] != must}


def _assert_durable(engine: Engine) -> None:
    for name, (held, must) in durability(engine).items():
        raise NotDurable(
            f"The database keeps {name} at {held}, the portal needs {must}. "
            + (
                "Put the data folder on a local disk."
                if engine.dialect.name == "sqlite"
                else "Set it in postgresql.conf."
            )
        )


def is_intact(engine: Engine) -> bool:
    """Whether SQLite finds its own file sound; PostgreSQL looks after its files itself."""
    if engine.dialect.name != "sqlite":
        return True
    with engine.connect() as connection:
        return bool(connection.exec_driver_sql("PRAGMA quick_check").scalar() == "ok")


def for_writing(engine: Engine) -> Engine:
    """The same engine, whose transactions take the write lock when they begin."""
    return engine.execution_options(**{_LOCK_FIRST: True})


def session() -> Session:
    """This request's session. What it does not commit is rolled back."""
    if "db_session" not in g:
        engine = services().engine
        reads = request.method in ("GET", "HEAD", "OPTIONS")
        bound = engine if reads else for_writing(engine)
        g.db_session = Session(bound, expire_on_commit=False)
    found: Session = g.db_session
    return found


def close_sessions_of(app: Flask) -> None:
    """Let every request of this app end with its session closed."""
    app.teardown_appcontext(_close)


def _close(_error: BaseException | None) -> None:
    if held := g.pop("db_session", None):
        held.close()


def migrate(engine: Engine, revision: str = "head") -> None:
    """Bring the tables to this version's form, in one transaction where the database can."""
    with for_writing(engine).begin() as connection:
        command.upgrade(_alembic(connection), revision)


def unmigrate(engine: Engine, revision: str) -> None:
    """Go back to an older form; what only the newer one could hold is lost."""
    with for_writing(engine).begin() as connection:
        command.downgrade(_alembic(connection), revision)


def revisions(engine: Engine) -> tuple[str | None, str | None]:
    """(the form the database has, the form this version needs)."""
    with engine.connect() as connection:
        held = MigrationContext.configure(connection).get_current_revision()
        return held, ScriptDirectory.from_config(_alembic(connection)).get_current_head()


def assert_migrated(engine: Engine) -> None:
    """Raises NotMigrated."""
    held, needed = revisions(engine)
    if held != needed:
        raise NotMigrated(
            "The database does not have this version's form. Run `homeward-portal migrate`."
        )


def _alembic(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config
