"""homeward-portal: run · migrate · check · geoip install."""

import argparse
import json
import multiprocessing
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels
from rich.progress import DownloadColumn, Progress

from portal import check, db, geoip, jobs
from portal.blobs import FileStore
from portal.context import system_clock
from portal.settings import BadSettings, Settings, from_environment


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
    except (db.NotDurable, db.NotMigrated, geoip.CannotInstall) as error:
        print(error, file=sys.stderr)
        return 1
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
    cities = verbs.add_parser("geoip", help="the city database").add_subparsers(
        required=True, metavar="verb"
    )
    installing = cities.add_parser("install", help="fetch a free city database")
    installing.add_argument("--version", default=geoip.VERSION, help="another month's data")
    installing.set_defaults(verb=install_cities)
    return parser


def run(settings: Settings, _chosen: argparse.Namespace) -> int:
    """Serve until told to stop. One worker, because SQLite takes one writer at a time."""
    engine = db.make_engine(settings)
    db.migrate(engine)
    # A forked worker would inherit the scheduler's locks in whatever state they are.
    multiprocessing.set_start_method("spawn", force=True)
    scheduler = jobs.schedule(engine, system_clock, FileStore(settings.blobs))
    scheduler.start()
    print(f"The portal is up, known as {settings.public_url}.", flush=True)
    try:
        _server(settings).serve()
    finally:
        scheduler.shutdown(wait=True)
        engine.dispose()
    return 0


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


def install_cities(settings: Settings, chosen: argparse.Namespace) -> int:
    with Progress(*Progress.get_default_columns(), DownloadColumn()) as bar:
        folder = geoip.install(settings.data_dir, bar, chosen.version)
    print(f"Installed in {folder}. Restart the portal to use it.")
    print(geoip.ATTRIBUTION)
    return 0
