"""Check-ins into the database, on a line of the store's own (lines.py).

Everything a check-in changes is one transaction, and one transaction may carry many check-ins.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from portal.intake.core import DAILY_BYTES, MAX_FORKS, CheckIn, Past, Place, Sent, place
from portal.intake.lines import AWAY, Line
from portal.intake.outcome import Outcome, Told, Unavailable, Verdict
from portal.intake.witness import Witness
from shared import receipt
from shared.checkin import Head
from shared.crypto import domain, sha256

DAY_MS = 24 * 60 * 60 * 1000

_DEVICE = """
SELECT d.number, d.vault_key, d.paired, d.orders_serial, d.known_serial, d.known_at, d.last_heard,
    (SELECT max(c.number) FROM command c
        WHERE c.device_number = d.number AND c.taken IS NULL AND c.expires > ?),
    h.seq, h.chain_hash, h.receipt, h.day, h.day_bytes
FROM device d LEFT JOIN head h ON h.device = d.number
WHERE d.id = ? AND d.revoked IS NULL"""
_HEARD = "UPDATE device SET last_heard = ?, known_serial = ?, known_at = ? WHERE number = ?"
_REPORT = """
INSERT INTO report (day, device, seq, skeleton, body, received, receipt, sighting)
VALUES (?, ?, ?, ?, ?, ?, ?, ?)"""
_HEAD = """
INSERT INTO head (device, seq, chain_hash, receipt, day, day_bytes) VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (device) DO UPDATE SET seq = excluded.seq, chain_hash = excluded.chain_hash,
    receipt = excluded.receipt, day = excluded.day, day_bytes = excluded.day_bytes"""
_FILE = """
INSERT INTO attachment (device, sha256, seq, idx, size) VALUES (?, ?, ?, ?, ?)
ON CONFLICT DO NOTHING"""
_FORK = """
INSERT INTO fork (device, chain_hash, seq, skeleton, body, received)
VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"""
# Days are tried one after another, because a range over the key's first column cannot seek.
_STORED = """
WITH RECURSIVE days (day) AS (
    SELECT CAST(? AS INTEGER) UNION ALL SELECT day + 1 FROM days WHERE day < ?)
SELECT r.day, r.skeleton FROM days CROSS JOIN report r
    ON r.day = days.day AND r.device = ? AND r.seq = ? LIMIT 1"""


@dataclass(slots=True)
class _Device:
    """A device's row with its head's, in the order of _DEVICE."""

    number: int
    vault_key: bytes
    paired: int
    orders_serial: int
    known_serial: int
    known_at: int | None
    last_heard: int | None
    newest_command: int | None
    seq: int | None
    chain_hash: bytes
    receipt: bytes | None
    day: int | None
    day_bytes: int | None

    @property
    def head(self) -> Head | None:
        return None if self.seq is None else Head(self.seq, self.chain_hash)

    def outcome(self, verdict: Verdict) -> Outcome:
        told = Told(self.orders_serial, self.newest_command or 0)
        return Outcome(verdict, self.number, self.head, self.receipt, told)

    def today(self, received: int) -> int:
        """Never earlier than before, so that a device's days rise with its seq even where our
        clock went back: readers look from the day of pairing to the head's.
        """
        return max(received // DAY_MS, self.day or self.paired // DAY_MS)


class Store:
    """`opened` gives a line with the portal's durable settings.

    One writer: `commit` is called by one thread at a time.
    """

    def __init__(self, opened: Callable[[], Line], witness: Witness) -> None:
        self._opened = opened
        self._line: Line | None = None
        self._witness = witness

    def commit(self, batch: Sequence[CheckIn]) -> list[Outcome]:
        """Keep them all in one durable transaction, or none.

        Raises Unavailable, else whatever one of them could not be stored for.
        """
        try:
            return self._commit(batch)
        except AWAY as error:
            self.close()
            raise Unavailable(type(error).__name__) from None

    def _commit(self, batch: Sequence[CheckIn]) -> list[Outcome]:
        if self._line is None:
            self._line = self._opened()
        line = self._line
        line.begin()
        try:
            outcomes = [self._keep(line, check_in) for check_in in batch]
            line.commit()
        except BaseException:
            line.rollback()
            raise
        return outcomes

    def close(self) -> None:
        if self._line is not None:
            self._line.close()
            self._line = None

    def _keep(self, line: Line, check_in: CheckIn) -> Outcome:
        row = line.execute(_DEVICE, (check_in.received, check_in.claim.device_id)).fetchone()
        if row is None:
            return Outcome(Verdict.UNKNOWN)
        device = _Device(*row)
        new, forks = _sort(line, device, check_in.envelopes)
        if not self._append(line, device, check_in, new):
            return device.outcome(Verdict.QUOTA)
        _keep_forks(line, device.number, forks, check_in.received)
        _hear(line, device, check_in, is_new=bool(new))
        return device.outcome(Verdict.FORK if forks else Verdict.KEPT)

    def _append(self, line: Line, device: _Device, check_in: CheckIn, new: list[Sent]) -> bool:
        """Store what continues the chain; False, and nothing stored, over the day's quota."""
        if not new:
            return True
        day, last = device.today(check_in.received), new[-1]
        day_bytes = sum(sent.cost for sent in new)
        day_bytes += (device.day_bytes or 0) if device.day == day else 0
        if day_bytes > DAILY_BYTES:
            return False
        testimony = self._witness.testify(check_in, last, device.vault_key)
        tail = testimony.receipt[receipt.TAIL :]
        for sent in new:
            seen = (tail, testimony.sighting) if sent is last else (None, None)
            _insert(line, (day, device.number), sent, check_in.received, seen)
        device.seq, device.chain_hash = last.seq, last.chain_hash
        device.receipt, device.day, device.day_bytes = testimony.receipt, day, day_bytes
        line.execute(
            _HEAD, (device.number, last.seq, last.chain_hash, testimony.receipt, day, day_bytes)
        )
        return True


def _insert(
    line: Line,
    place: tuple[int, int],
    sent: Sent,
    received: int,
    seen: tuple[bytes | None, bytes | None],
) -> None:
    envelope, (day, device) = sent.envelope, place
    line.execute(
        _REPORT, (day, device, sent.seq, envelope.skeleton, envelope.body, received, *seen)
    )
    for index, file in enumerate(sent.files):
        line.execute(_FILE, (device, file.sha256, sent.seq, index, file.size))


def _sort(line: Line, device: _Device, envelopes: Iterable[Sent]) -> tuple[list[Sent], list[Sent]]:
    """(what continues the head, what forks). After a fork nothing can continue the head."""
    new: list[Sent] = []
    forks: list[Sent] = []
    head, past = device.head, _past(line, device)
    for sent in envelopes:
        where = Place.FORK if forks else place(sent, head, past)
        if where is Place.FORK:
            forks.append(sent)
        elif where is Place.NEXT:
            new.append(sent)
            head = Head(sent.seq, sent.chain_hash)
    return new, forks


def _past(line: Line, device: _Device) -> Past:
    first = device.paired // DAY_MS

    def chain_hash(seq: int) -> bytes | None:
        # Envelopes come in rising order and so do their days: go on where the last one was
        # found, or a drawer full of old envelopes would cost a year of seeks each.
        nonlocal first
        if seq == device.seq:
            return device.chain_hash
        row = line.execute(_STORED, (first, device.day, device.number, seq)).fetchone()
        if row is None:
            return None
        first = row[0]
        return sha256(domain("chain"), row[1])

    def orders_hash(where: str, value: object) -> bytes | None:
        found = line.execute(
            f"SELECT hash FROM orders WHERE device_number = ? AND {where} = ?",  # noqa: S608
            (device.number, value),
        ).fetchone()
        return found and bytes(found[0])

    return Past(
        chain_hash,
        is_orders=lambda value: orders_hash("hash", value) is not None,
        first_orders=lambda: orders_hash("serial", 1),
    )


def _keep_forks(line: Line, device: int, forks: list[Sent], received: int) -> None:
    if not forks:
        return
    held = line.execute("SELECT count(*) FROM fork WHERE device = ?", (device,)).fetchone()[0]
    for sent in forks[: max(0, MAX_FORKS - held)]:
        envelope = sent.envelope
        line.execute(
            _FORK,
            (device, sent.chain_hash, sent.seq, envelope.skeleton, envelope.body, received),
        )


def _hear(line: Line, device: _Device, check_in: CheckIn, *, is_new: bool) -> None:
    """Note that the laptop lives and what it knows."""
    claim, now = check_in.claim, check_in.received
    if is_new or check_in.fresh:
        knows = min(claim.orders_serial, device.orders_serial)
        learned = knows > device.known_serial
        line.execute(
            _HEARD,
            (
                max(now, device.last_heard or 0),
                max(knows, device.known_serial),
                now if learned else device.known_at,
                device.number,
            ),
        )
