"""A store's own connection, in the words of SQLite and of PostgreSQL: they differ little."""

import sqlite3
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, Protocol

import psycopg
from sqlalchemy import Engine

from portal.db import TAKE_POSTGRES_LOCK


class Rows(Protocol):
    def fetchone(self) -> Any: ...


class Line(Protocol):
    """One connection, and one transaction on it at a time, which nobody else writes beside."""

    def begin(self) -> None: ...
    def execute(self, query: str, values: Sequence[Any] = ()) -> Rows: ...
    def commit(self) -> None: ...
    def rollback(self) -> None: ...
    def close(self) -> None: ...


# What a database that is full, locked, unreadable or away is heard as: not the batch's fault.
AWAY = (sqlite3.OperationalError, psycopg.OperationalError)


class SqliteLine:
    def __init__(self, connection: sqlite3.Connection) -> None:
        # Checkpoints seldom (16 MB), so that a page written often goes back to the file once.
        connection.execute("PRAGMA wal_autocheckpoint = 16000")
        connection.execute("PRAGMA cache_size = -65536")
        self._connection = connection
        self._cursor = connection.cursor()

    def begin(self) -> None:
        # Immediate: what is read must still hold when it is written.
        self._cursor.execute("BEGIN IMMEDIATE")

    def execute(self, query: str, values: Sequence[Any] = ()) -> Rows:
        return self._cursor.execute(query, values)

    def commit(self) -> None:
        self._cursor.execute("COMMIT")

    def rollback(self) -> None:
        if self._connection.in_transaction:  # some errors end it by themselves
            self._cursor.execute("ROLLBACK")

    def close(self) -> None:
        self._connection.close()


class PostgresLine:
    def __init__(self, connection: "psycopg.Connection[Any]") -> None:
        connection.autocommit = True
        self._connection = connection

    def begin(self) -> None:
        self._connection.execute("BEGIN")
        self._connection.execute(TAKE_POSTGRES_LOCK)

    def execute(self, query: str, values: Sequence[Any] = ()) -> Rows:
        return self._connection.execute(_in_postgres(query), values)

    def commit(self) -> None:
        self._connection.execute("COMMIT")

    def rollback(self) -> None:
        if not self._connection.broken:
            self._connection.execute("ROLLBACK")

    def close(self) -> None:
        self._connection.close()


@lru_cache
def _in_postgres(query: str) -> bytes:
    """CROSS JOIN is how SQLite is told in which order to look; PostgreSQL finds that out."""
    return query.replace("?", "%s").replace("CROSS JOIN", "JOIN").encode()


def opening(engine: Engine) -> Callable[[], Line]:
    """Lines with the engine's durable settings."""
    return lambda: _opened(engine)


def _opened(engine: Engine) -> Line:
    pooled = engine.raw_connection()
    connection: Any = pooled.driver_connection
    pooled.detach()
    if isinstance(connection, psycopg.Connection):
        return PostgresLine(connection)
    return SqliteLine(connection)
