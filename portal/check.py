"""`homeward-portal check`: what is right and what is wrong with this installation."""

import os
import shutil
import stat
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import maxminddb
from sqlalchemy import Engine, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from portal import db, geoip
from portal.context import system_clock
from portal.mail import outbox
from portal.privacy import policy
from portal.settings import Settings, secret_files

_LEAST_FREE = 1024**3
_LATE_MS = timedelta(hours=1) // timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class Finding:
    """One sentence; `ok` is False where something must be done before the portal is safe."""

    about: str
    ok: bool
    sentence: str


def look(settings: Settings) -> list[Finding]:
    """Everything, in the order in which to mend it."""
    return [
        *_database(settings), _secrets(settings), _mail(settings), _cities(settings),
        _disk(settings),
    ]  # fmt: skip


def _database(settings: Settings) -> list[Finding]:
    try:
        engine = db.make_engine(settings)
        with engine.connect() as connection:
            connection.execute(text("SELECT 1"))
    except (SQLAlchemyError, db.NotDurable) as error:
        reason = str(error) if isinstance(error, db.NotDurable) else "It cannot be opened."
        return [Finding("database", False, f"The database is not usable. {reason}")]
    steps: tuple[Callable[[Engine], Finding], ...] = (_durable, _intact, _migrated)
    findings = [step(engine) for step in steps]
    if all(finding.ok for finding in findings):
        findings.append(_policy(settings, engine))
    engine.dispose()
    return findings


def _durable(engine: Engine) -> Finding:
    if wrong := ", ".join(db.durability(engine)):
        sentence = f"The database's {wrong} would lose data with the power."
        return Finding("durability", False, sentence)
    return Finding("durability", True, "What the database answers for survives a power cut.")


def _intact(engine: Engine) -> Finding:
    try:
        intact = db.is_intact(engine)
    except SQLAlchemyError:
        intact = False
    if not intact:
        sentence = "The database is damaged. Stop the portal and restore the newest backup."
        return Finding("integrity", False, sentence)
    return Finding("integrity", True, "The database is intact.")


def _migrated(engine: Engine) -> Finding:
    try:
        db.assert_migrated(engine)
    except (db.NotMigrated, SQLAlchemyError) as error:
        return Finding("migrations", False, str(error))
    return Finding("migrations", True, "The tables have this version's form.")


def _policy(settings: Settings, engine: Engine) -> Finding:
    """Nobody was told of what /privacy says, where it is another than the version in force."""
    with Session(engine) as session:
        known = policy.in_force(session, system_clock())
    if known and known.lines != policy.lines(settings):
        sentence = (
            f"What /privacy says is not version {known.number}, which is in force. Run"
            " homeward-portal policy announce, or policy correct where only words are better."
        )
        return Finding("policy", False, sentence)
    return Finding("policy", True, "What /privacy says is what people were told.")


def _secrets(settings: Settings) -> Finding:
    for path in secret_files(settings.data_dir).values():
        # Windows keeps access lists instead of these bits; the folder's list holds there.
        if os.name == "posix" and path.exists() and stat.S_IMODE(path.stat().st_mode) & 0o077:
            sentence = f"Others may read {path}. Run: chmod 600 {path}"
            return Finding("secrets", False, sentence)
    return Finding("secrets", True, "Nobody but the portal may read its secrets.")


def _mail(settings: Settings) -> Finding:
    if settings.mail is None:
        sentence = "No mail server: owners hear of nothing by mail. See docs/operations.md."
        return Finding("mail", True, sentence)
    engine = db.make_engine(settings)
    try:
        with Session(engine) as session:
            count, failed, oldest_ms = outbox.waiting(session, system_clock())
    except SQLAlchemyError:
        return Finding("mail", False, "The outbox cannot be read.")
    finally:
        engine.dispose()
    late = oldest_ms > _LATE_MS
    sentence = f"{count} letters wait, {failed} were given up in the last two weeks."
    hint = f" The oldest waits too long: is {settings.mail.host} there, and the log quiet?"
    return Finding("mail", not late, sentence + (hint if late else ""))


def _cities(settings: Settings) -> Finding:
    path = settings.city_database or settings.data_dir / geoip.FOLDER
    try:
        known = path.exists() and geoip.open_city_database(path)
    except (OSError, maxminddb.InvalidDatabaseError):
        sentence = f"{path} is no city database. Run `homeward-portal geoip install`."
        return Finding("cities", False, sentence)
    if not known:
        return Finding(
            "cities", True,
            "No city database: sightings hold the address alone."
            " `homeward-portal geoip install` fetches one.",
        )  # fmt: skip
    known.close()
    return Finding("cities", True, "Sightings will name the city of an address.")


def _disk(settings: Settings) -> Finding:
    free = shutil.disk_usage(settings.data_dir).free
    sentence = f"{free / 1024**3:.1f} GiB are free for evidence."
    if free < _LEAST_FREE:
        return Finding("disk", False, f"{sentence} Below 1 GiB reports will soon be turned away.")
    return Finding("disk", True, sentence)
