"""Where the next record goes: after the newest one made, or at the start of a new segment."""

from pathlib import Path

from agent import durable
from agent.errors import StateDamaged
from agent.outbox import Outbox
from shared.encoding import b64, unb64
from shared.envelope import Envelope, Kind, Place
from shared.orders import Orders

NAME = "place.json"


class Chain:
    """The file is written after the record, so whichever knows more is right: a kill between the
    two does no harm.
    """

    def __init__(self, folder: Path, outbox: Outbox) -> None:
        self._path = folder / NAME
        self._outbox = outbox

    def begin(self, first_orders: Orders) -> None:
        """Before the first record: seq 0 follows orders serial 1 (protocol.md 6)."""
        self._save(0, first_orders.hash, Kind.RECORD)

    def start_segment(self, after: int, orders: Orders, now: int) -> None:
        """Begin again past everything known. `now` (ms) is larger than any count of records, so
        that numbers used before a loss do not come up again.
        """
        newest = max((kept.seq for kept in self._outbox.records()), default=-1)
        self._save(max(after + 1, newest + 1, now), orders.hash, Kind.SEGMENT_START)

    def place(self, orders: Orders) -> Place:
        """Raises StateDamaged when it is not known any more."""
        self._catch_up()
        seq, prev, kind = self._load()
        return Place(orders.device_id, orders.will.vault_epoch, seq, prev, kind)

    def advance(self, made: Envelope) -> None:
        self._save(made.header.seq + 1, made.chain_hash, Kind.RECORD)

    def hash_before(self, seq: int) -> bytes | None:
        """The chain hash before `seq` where `seq` is next, else None. Raises StateDamaged."""
        next_seq, prev, kind = self._load()
        return prev if (next_seq, kind) == (seq, Kind.RECORD) else None

    def _catch_up(self) -> None:
        """On disk, because a receipt lets the record go, and its number with it."""
        newest = self._outbox.records()[-1:]
        if newest and newest[0].seq >= self._load()[0]:
            self.advance(self._outbox.load(newest[0]))

    def _load(self) -> tuple[int, bytes, Kind]:
        data = durable.read_json(self._path)
        if data is None:
            # Pairing writes the file, so somebody has removed it: as bad as damaged.
            raise StateDamaged(NAME)
        try:
            return int(data["seq"]), unb64(data["prev"]), Kind(data["kind"])
        except (KeyError, TypeError, ValueError) as error:
            raise StateDamaged(NAME) from error

    def _save(self, seq: int, prev: bytes, kind: Kind) -> None:
        durable.write_json(self._path, {"seq": seq, "prev": b64(prev), "kind": int(kind)})
