"""Seats: laptops take, give back and pass on those of the license; some may sit beyond it.

A seat's number decides: those up to what was bought are the license's. A laptop beyond them, after
a change to fewer, stops its hourly look when its next lease says so; a theft goes on all the same,
and what it has sent stays. Its owner moves a seat to it, from the laptop that was added last.
"""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from licensing import seats
from licensing.rights import Action
from portal.accounts.models import Account
from portal.audit import operations as audit
from portal.licenses.models import TakenSeat
from portal.licenses.operations import Holding, holding, seats_of
from portal.problems import Problem, not_found


@dataclass(frozen=True, slots=True)
class Seating:
    """`seats` are there now, one that replaces a stolen laptop's for a while included."""

    rows: tuple[TakenSeat, ...]
    seats: int
    stolen: frozenset[bytes]

    @property
    def used(self) -> int:
        return sum(row.device_id is not None and self.has_seat(row) for row in self.rows)

    def has_seat(self, row: TakenSeat) -> bool:
        """A laptop that is marked as stolen is never beyond."""
        return row.device_id in self.stolen or seats.is_seated(row.slot, self.seats)

    def of(self, device_id: bytes) -> TakenSeat | None:
        return next((row for row in self.rows if row.device_id == device_id), None)


def seating(session: Session, account: Account, held: Holding, now: int) -> Seating:
    """How the account's laptops sit under this license."""
    rows = tuple(seats_of(session, account.id))
    since = {row.device_id: _stolen_since(session, row.device_id) for row in rows if row.device_id}
    stolen = {device_id: at for device_id, at in since.items() if at is not None}
    extra = seats.replacements(stolen.values(), now)
    return Seating(rows, held.seats + extra, frozenset(stolen))


def _stolen_since(session: Session, device_id: bytes) -> int | None:
    """From the log: when it was marked, unless it was marked as recovered since."""
    whom = audit.laptop(device_id)
    marked = audit.newest(session, whom, "marked-stolen")
    back = audit.newest(session, whom, "marked-recovered")
    return marked if marked is not None and (back is None or back < marked) else None


def take(session: Session, account: Account, device_id: bytes, since: int | None, now: int) -> None:
    """Seat a new laptop, in the caller's transaction. Raises Problem no-seat, license-over.

    Two that take the same slot at once: the database refuses the second (IntegrityError).
    """
    held = holding(session, account, since, now)
    here = seating(session, account, held, now)
    if not held.may(Action.ADD_LAPTOP, now):
        raise Problem(
            403, "license-over",
            "Your license allows no new laptop just now. Enter a license key on the page Licenses."
            " Laptops you have already stay with you.",
        )  # fmt: skip
    row = _free(account, here, now)
    if row is None:
        raise Problem(
            409, "no-seat",
            f"All {here.seats} seats of your license are taken. Let a laptop go, or get a license"
            " for more.",
        )  # fmt: skip
    row.device_id, row.taken, row.free_at = device_id, now, None
    session.add(row)


def give_back(session: Session, account_id: bytes, device_id: bytes, now: int) -> None:
    """The laptop has left and is not stolen; the caller commits.

    Somebody who changes laptops all the time waits a day for each seat.
    """
    row = session.scalar(select(TakenSeat).where(TakenSeat.device_id == device_id))
    if row is None:
        return
    whom = audit.account(account_id)
    recent = audit.times(session, whom, "seat-given-back")
    given = seats.release(stolen=False, gone=False, released=recent, now=now)
    if isinstance(given, seats.Refused):
        given = seats.release(stolen=False, gone=True, released=(), now=now)
        assert isinstance(given, seats.Granted)  # noqa: S101  (gone laptops are never refused)
    row.device_id, row.free_at = None, given.free_at
    audit.note(session, actor=whom, action="seat-given-back", subject=whom, now=now)


def move(session: Session, account: Account, device_id: bytes, since: int | None, now: int) -> None:
    """Give this laptop a seat of the license: a free one, else that of the laptop added last.

    Commits. Raises Problem not-found, no-seat, too-often, changed-meanwhile.
    """
    here = seating(session, account, holding(session, account, since, now), now)
    mine = here.of(device_id)
    if mine is None:
        raise not_found()
    if here.has_seat(mine):
        return
    whom = audit.account(account.id)
    moved = audit.times(session, whom, "seat-moved")
    if isinstance(seats.release(stolen=False, gone=False, released=moved, now=now), seats.Refused):
        raise Problem(
            409, "too-often", "Three seats were moved within 30 days. Wait, or get more seats."
        )
    try:
        _swap(session, account, mine, here, now)
        audit.note(session, actor=whom, action="seat-moved", subject=whom, now=now)
        session.commit()
    except IntegrityError as error:
        raise Problem(
            409, "changed-meanwhile", "The seats were changed at the same moment. Look again."
        ) from error


def _swap(session: Session, account: Account, mine: TakenSeat, here: Seating, now: int) -> None:
    """The two change places; no moment has a laptop on two seats."""
    other = _free(account, here, now) or _last(here)
    laptops, times = (mine.device_id, other.device_id), (mine.taken, other.taken)
    mine.device_id = other.device_id = None
    session.add(other)
    session.flush()
    (other.device_id, mine.device_id), (other.taken, mine.taken) = laptops, times
    other.free_at = None
    if mine.device_id is None:
        session.delete(mine)


def _free(account: Account, here: Seating, now: int) -> TakenSeat | None:
    known = (seats.Seat(row.slot, row.free_at) for row in here.rows)
    slot = seats.free_slot(known, here.seats, now)
    if slot is None:
        return None
    given_back = next((row for row in here.rows if row.slot == slot), None)
    return given_back or TakenSeat(account_id=account.id, slot=slot, taken=now, free_at=None)


def _last(here: Seating) -> TakenSeat:
    """That of the laptop added last; a stolen one's stays."""
    can = [
        row for row in here.rows
        if row.device_id not in here.stolen and seats.is_seated(row.slot, here.seats)
    ]  # fmt: skip
    if not can:
        raise Problem(
            409, "no-seat", "Every seat is a stolen laptop's. Get a license for more laptops."
        )
    return max(can, key=lambda row: (row.taken, row.slot))
