"""The portal's lines: what a check-in costs to make, to check, to take in and to keep."""

import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

from bench import fleet
from bench.lines import Line
from bench.load import Load, drive
from demo.processes import Part, free_port, program, start, wait_for_portal
from portal import db
from portal.context import Services, system_clock, wake_nobody
from portal.intake import core, operations
from portal.settings import Settings
from shared import checkin, crypto, envelope
from tests.cast import NOW, Laptop

ROUNDS = 3
CONNECTIONS = 32
LONGEST_S = 3.0
_EACH = 250  # requests for each connection and round
_FLEET = 10 * CONNECTIONS  # laptops in each round
HOUR_MS = 60 * 60 * 1000


def seal_us() -> Line:
    """Sealing and signing one report, beside sealing alone."""
    laptop, _, vault_key = _alone()
    report = fleet.hourly_report()
    place = envelope.Place(laptop.id, 1, 0, bytes(32))
    whole, bare = _interleaved(
        lambda: envelope.make(place, report, (), vault_key, laptop.signing),
        lambda: crypto.seal(vault_key, "bench", b"", report),
    )
    return Line("seal_us", whole, "us", "sealing alone", bare)


def ingest_check_us() -> Line:
    """Every check of a check-in with one report, beside its two signature checks alone."""
    laptop, sealed, _ = _alone()
    authorization = laptop.authorization(sealed.wire)["Authorization"]
    key = laptop.signing.public

    def check() -> None:
        claim, signature = checkin.parse_authorization(authorization)
        request = core.Request(claim, signature, sealed.wire, ("127.0.0.1", 1), NOW)
        core.accept(request, key)

    def bare() -> None:
        crypto.verify(key, "envelope", sealed.signature, sealed.signed)
        crypto.verify(key, "envelope", sealed.signature, sealed.signed)

    whole, signatures = _interleaved(check, bare)
    return Line("ingest_check_us", whole, "us", "two Ed25519 checks", signatures)


def report_bytes_wire() -> Line:
    """An hourly report on the wire with its request line and headers, beside what it says."""
    laptop, sealed, _ = _alone()
    request = fleet.request(443, laptop, sealed.wire, NOW)
    return Line(
        "report_bytes_wire", len(request), "bytes", "its plaintext", len(fleet.hourly_report())
    )


def report_bytes_rest() -> Line:
    """What the database file grows by for each check-in with one report, beside its envelope."""
    devices, hours = 150, 48
    with tempfile.TemporaryDirectory() as folder:
        settings = fleet.make_portal(Path(folder))
        laptops = fleet.pair(settings, devices)
        file = Path(folder) / "portal.db"
        before, report = _checkpointed(settings, file), fleet.hourly_report()
        with _intake(settings) as intake:
            for hour in range(hours):
                batch = [_checked(laptop, report, NOW + hour * HOUR_MS) for laptop in laptops]
                intake.store.commit(batch)
        grown = _checkpointed(settings, file) - before
        size = len(laptops[0].seal(report).wire)
    return Line("report_bytes_rest", grown / devices / hours, "bytes", "its envelope", size)


def checkin_sqlite_vs_flask() -> Line:
    """Durable check-ins a second, beside a Flask that only reads 400 bytes; same server."""
    ours, flask = [], []
    with ExitStack() as parts:
        folder = Path(parts.enter_context(tempfile.TemporaryDirectory()))
        portal_port, flask_port = free_port(), free_port()
        settings = fleet.make_portal(folder, portal_port)
        laptops = fleet.pair(settings, ROUNDS * _FLEET, system_clock())
        _start_portal(parts, folder, portal_port)
        _start_flask(parts, folder, flask_port)
        load = parts.enter_context(ProcessPoolExecutor(1))
        plain = [[fleet.post(flask_port, "/", bytes(400))] * 4 * _EACH] * CONNECTIONS
        for turn in range(ROUNDS):
            # Others each time: a chain that ran out of time cannot be gone on with.
            requests = _chains(portal_port, laptops[turn * _FLEET :][:_FLEET])
            ours.append(_good(load.submit(drive, portal_port, requests, LONGEST_S).result()))
            flask.append(_good(load.submit(drive, flask_port, plain, LONGEST_S).result()))
    return Line(
        "checkin_sqlite_vs_flask", statistics.median(ours), "per second",
        "Flask reading 400 bytes", statistics.median(flask),
    )  # fmt: skip


def _alone() -> tuple[Laptop, envelope.Envelope, bytes]:
    """A laptop that has no portal, its first envelope, and the key it seals to."""
    laptop, vault = Laptop(), crypto.OpeningKey.generate()
    place = envelope.Place(laptop.id, 1, 0, bytes(32))
    made = envelope.make(place, fleet.hourly_report(), (), vault.public, laptop.signing)
    return laptop, made, vault.public


def _interleaved(one: Callable[[], object], other: Callable[[], object]) -> tuple[float, float]:
    """Medians in microseconds, measured in turns so that a busy moment hits both."""
    ones, others = [], []
    for _ in range(30):
        ones.append(_microseconds(one))
        others.append(_microseconds(other))
    return statistics.median(ones), statistics.median(others)


def _microseconds(work: Callable[[], object], times: int = 50) -> float:
    began = time.perf_counter()
    for _ in range(times):
        work()
    return (time.perf_counter() - began) / times * 1e6


def _checked(laptop: Laptop, report: bytes, now: int) -> core.CheckIn:
    body = laptop.seal(report).wire
    authorization = laptop.authorization(body, now)["Authorization"]
    claim, signature = checkin.parse_authorization(authorization)
    request = core.Request(claim, signature, body, ("203.0.113.7", 40000), now)
    return core.accept(request, laptop.signing.public)


@contextmanager
def _intake(settings: Settings) -> Iterator[operations.Intake]:
    engine = db.make_engine(settings)
    intake = operations.wire(
        Services(settings, engine, system_clock, settings.receipt_key, wake_nobody)
    )
    try:
        yield intake
    finally:
        intake.close()
        engine.dispose()


def _checkpointed(settings: Settings, file: Path) -> int:
    engine = db.make_engine(settings)
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()
    return file.stat().st_size


def _start_portal(parts: ExitStack, folder: Path, port: int) -> Part:
    log = folder / "portal.log"
    part = start(
        "portal", [program("homeward-portal"), "run"], log, fleet.environment(folder, port)
    )
    parts.callback(part.end)
    wait_for_portal(f"http://127.0.0.1:{port}", part)
    return part


def _start_flask(parts: ExitStack, folder: Path, port: int) -> None:
    command = [
        program("granian"), "--interface", "wsgi", "--port", str(port), "--workers", "1",
        "--blocking-threads", "1", "--no-ws", "bench.bare:app",
    ]  # fmt: skip
    part = start("Flask", command, folder / "flask.log", {})
    parts.callback(part.end)
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        part.must_live()
        try:
            if drive(port, [[fleet.post(port, "/", b"")]], 5).good:
                return
        except OSError:
            time.sleep(0.1)


def _chains(port: int, laptops: list[Laptop]) -> list[list[bytes]]:
    """Requests for each connection, made before the clock runs; a laptop stays with one."""
    now, report = system_clock(), fleet.hourly_report()
    chains = []
    for first in range(CONNECTIONS):
        mine = laptops[first::CONNECTIONS]
        turns = (mine[turn % len(mine)] for turn in range(_EACH))
        chains.append([fleet.request(port, one, one.seal(report).wire, now) for one in turns])
    return chains


def _good(load: Load) -> float:
    if load.bad:
        raise RuntimeError(f"{load.bad} requests were refused")
    return load.per_second
