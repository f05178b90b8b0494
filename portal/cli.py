"""homeward-portal: run, check, and what else an operator does in a terminal."""

import argparse
import json
import multiprocessing
import os
import socket
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

import maxminddb
from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels
from rich.progress import DownloadColumn, Progress
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from portal import check, db, geoip, jobs
from portal.billing import desk as billing_desk
from portal.context import system_clock
from portal.licenses import desk, keys
from portal.marketing import commands
from portal.privacy import authority_desk, closing, notice_desk, policy, purge
from portal.privacy import desk as rights_desk
from portal.privacy.closing import Eraser
from portal.privacy.ledger import Ledger
from portal.privacy.retention import schedule
from portal.privacy.terminal import CannotDo
from portal.settings import BadSettings, Listen, Settings, from_environment
from portal.site import desk as counts_desk
from portal.thefts import desk as thefts_desk
from portal.tracked import operations as tracked
from portal.tracked.models import TrackedReport

STOPPED = 130


class CannotServe(RuntimeError):
    """Why the portal cannot be started, with the next step."""


# What stands in the way, said with the next step.
_SENTENCES = (
    db.NotDurable, db.NotMigrated, geoip.CannotInstall, CannotServe, desk.CannotGive, keys.NoRoot,
    billing_desk.NoSuchInvoice, CannotDo,
)  # fmt: skip


def main(
    arguments: Sequence[str] | None = None, environment: Mapping[str, str] = os.environ
) -> int:
    """The command's exit code; what went wrong stands on standard error, in sentences."""
    chosen = _parser().parse_args(arguments)
    try:
        settings = from_environment(environment)
        code: int = chosen.verb(settings, chosen)
    except BadSettings as error:
        print(*error.sentences, sep="\n", file=sys.stderr)
        return 2
    except _SENTENCES as error:
        print(error, file=sys.stderr)
        return 1
    except SQLAlchemyError:
        print("The database cannot be used. Run: homeward-portal check", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return STOPPED
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="homeward-portal", description="Stores what it cannot read.",
        epilog="Settings come from HOMEWARD_… in the environment; see docs/operations.md.",
    )  # fmt: skip
    verbs = parser.add_subparsers(required=True, metavar="verb")
    verbs.add_parser("run", help="migrate, then serve").set_defaults(verb=run)
    verbs.add_parser("migrate", help="bring the database to this version").set_defaults(
        verb=migrate
    )
    checking = verbs.add_parser("check", help="say what is right and what is wrong")
    checking.add_argument("--json", action="store_true", help="for programs")
    checking.set_defaults(verb=look)
    reading = verbs.add_parser("reports", help="what people write who think they are tracked")
    reading.add_argument("--json", action="store_true", help="for programs")
    reading.set_defaults(verb=reports)
    thefts_desk.add_verbs(verbs)
    commands.add(verbs)
    desk.add_verbs(verbs)
    billing_desk.add_verbs(verbs)
    rights_desk.add_verbs(verbs)
    notice_desk.add_verbs(verbs)
    authority_desk.add_verbs(verbs)
    counts_desk.add_verbs(verbs)
    purging = verbs.add_parser("purge", help="have what is over go now; the portal does so daily")
    purging.add_argument("--dry-run", action="store_true", help="say what would go, and keep it")
    purging.add_argument("--json", action="store_true", help="for programs")
    purging.set_defaults(verb=purge_now)
    cities = verbs.add_parser("geoip", help="the city database").add_subparsers(
        required=True, metavar="verb"
    )
    installing = cities.add_parser("install", help="fetch a free city database")
    installing.add_argument(
        "--version", default=geoip.VERSION, type=_version, help="another month's data"
    )
    installing.set_defaults(verb=install_cities)
    return parser


def _version(text: str) -> str:
    if not all(part.isascii() and part.isdigit() for part in text.split(".")):
        raise argparse.ArgumentTypeError("a version has numbers and dots, as 2.3.2026060513")
    return text


def purge_now(settings: Settings, chosen: argparse.Namespace) -> int:
    """One transaction; a dry run is rolled back, and files and letters stay as they are."""
    engine, now = purge.engine_of(settings), system_clock()
    deleting = {name for kept in schedule() for name in kept.jobs}
    with Session(db.for_writing(engine)) as session:
        before = purge.counts(session)
        for job in jobs.of(settings, dry_run=chosen.dry_run):
            if job.name in deleting:
                job.work(session, now)
                session.flush()
        after = purge.counts(session)
        session.rollback() if chosen.dry_run else session.commit()
    engine.dispose()
    print(purge.report(before, after, chosen))
    return 0


def run(settings: Settings, _chosen: argparse.Namespace) -> int:
    """Serve until told to stop. One worker, because SQLite takes one writer at a time."""
    _claim_address(settings.listen)
    _read_cities(settings)
    engine = db.make_engine(settings)
    db.migrate(engine)
    _forget_again(settings, engine)
    _first_policy(settings, engine)
    # A forked worker would inherit the scheduler's locks in whatever state they are.
    multiprocessing.set_start_method("spawn", force=True)
    scheduler = jobs.schedule(settings, engine, system_clock)
    scheduler.start()
    print(f"The portal is up, known as {settings.public_url}.", flush=True)
    try:
        _server(settings).serve()
    finally:
        scheduler.shutdown(wait=True)
        engine.dispose()
    return 0


def _forget_again(settings: Settings, engine: Engine) -> None:
    """A backup that was restored has brought back whom the ledger knows as gone."""
    eraser = Eraser(settings.pepper, Ledger(settings.data_dir))
    with Session(db.for_writing(engine)) as session:
        if back := closing.replay(session, eraser, system_clock()):
            session.commit()
            print(f"Deleted again: {back} accounts that a backup had brought back.")


def _first_policy(settings: Settings, engine: Engine) -> None:
    with Session(db.for_writing(engine)) as session:
        policy.begin(session, settings, system_clock())


def _claim_address(listen: Listen) -> None:
    """Granian would share a taken port in silence."""
    family = socket.AF_INET6 if ":" in listen.host else socket.AF_INET
    try:
        socket.create_server((listen.host, listen.port), family=family).close()
    except OSError as error:
        raise CannotServe(
            f"HOMEWARD_LISTEN ({listen}) cannot be used: {error.strerror}. Is a portal running"
            " already? Else choose another address."
        ) from error


def _read_cities(settings: Settings) -> None:
    """A worker that cannot read them would stop, start again and stop."""
    path = settings.city_database or settings.data_dir / geoip.FOLDER
    try:
        geoip.open_city_database(path).close()
    except (OSError, maxminddb.InvalidDatabaseError) as error:
        raise CannotServe(
            f"{path} is no city database. Run `homeward-portal geoip install`, or remove it."
        ) from error


def _server(settings: Settings) -> Any:
    # Granian is chosen among classes when it is imported, which no annotation can say.
    return Granian(
        target="portal.edge:create_edge",
        factory=True,
        interface=Interfaces.ASGI,
        address=settings.listen.host,
        port=settings.listen.port,
        workers=1,
        websockets=False,
        log_access=False,  # no client address outlives its request
        log_level=LogLevels.warning,
        ssl_cert=settings.tls.certificate if settings.tls else None,
        ssl_key=settings.tls.key if settings.tls else None,
        respawn_failed_workers=True,
        # Parked laptops would keep a worker up for minutes; what was answered is on disk.
        workers_kill_timeout=3,
    )


def migrate(settings: Settings, _chosen: argparse.Namespace) -> int:
    engine = db.make_engine(settings)
    db.migrate(engine)
    engine.dispose()
    print("The database has this version's form.")
    return 0


def look(settings: Settings, chosen: argparse.Namespace) -> int:
    """0 where nothing has to be done, else 1."""
    findings = check.look(settings)
    if chosen.json:
        print(json.dumps([asdict(finding) for finding in findings], indent=1))
    else:
        for finding in findings:
            print("ok  " if finding.ok else "BAD ", finding.sentence)
    return 0 if all(finding.ok for finding in findings) else 1


def reports(settings: Settings, chosen: argparse.Namespace) -> int:
    """Strangers wrote them: JSON escapes whatever a terminal might obey."""
    engine = db.make_engine(settings)
    with Session(engine) as session:
        held = [_said(one) for one in tracked.held(session)]
    engine.dispose()
    if chosen.json:
        print(json.dumps(held))
        return 0
    for one in held:
        print("\n".join(f"{name}: {json.dumps(value)}" for name, value in one.items()), end="\n\n")
    print(f"{len(held)} reports. Each is forgotten after {tracked.KEPT.days} days.")
    return 0


def _said(report: TrackedReport) -> dict[str, Any]:
    received = datetime.fromtimestamp(report.received / 1000, UTC).isoformat(timespec="seconds")
    return {
        "number": report.number,
        "received": received,
        "fingerprint": report.fingerprint,
        "contact": report.contact,
        "text": report.text,
    }


def install_cities(settings: Settings, chosen: argparse.Namespace) -> int:
    with Progress(*Progress.get_default_columns(), DownloadColumn()) as bar:
        folder = geoip.install(settings.data_dir, bar, chosen.version)
    print(f"Installed in {folder}. Restart the portal to use it.")
    print(geoip.ATTRIBUTION)
    return 0
