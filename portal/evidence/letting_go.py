"""Evidence that goes, as its owner's signed orders say (shared/keeping.py): content, not order.

Of a report its body, its sighting and its files are deleted; the skeleton stays, so that its
owner's client sees that nothing else is missing.
"""

from collections.abc import Iterator, Sequence

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from portal.accounts.models import Account
from portal.devices import operations as devices
from portal.devices.models import Device
from portal.evidence import dropping
from portal.intake.models import Attachment, Fork, Report
from portal.intake.store import DAY_MS
from shared import orders
from shared.keeping import Keeping, keeping

_AT_ONCE = 500
_Place = tuple[int, int]  # day, seq


def let_all_go(session: Session, now: int) -> None:
    """The job."""
    awake = select(Device).join(Account).where(Account.resting.is_(None))  # article 18
    for device in session.scalars(awake).all():
        let_go(session, device, now)


def let_go(session: Session, device: Device, now: int) -> int:
    """Delete what of a laptop is to go by now; of how many reports. The caller commits."""
    wills = [orders.parse(raw).will for raw in devices.all_orders(session, device)]
    asked = keeping(wills, now)
    places = list(_over(session, device, asked))
    for start in range(0, len(places), _AT_ONCE):
        _empty(session, device.number, places[start : start + _AT_ONCE])
    for fork in session.scalars(select(Fork).where(Fork.device == device.number)).all():
        if asked.must_go(fork.received):
            session.delete(fork)
    return len(places)


def _over(session: Session, device: Device, asked: Keeping) -> Iterator[_Place]:
    """Days are named one by one: a range over the key's first column could not seek."""
    days = range(device.paired // DAY_MS, asked.youngest // DAY_MS + 1)
    for start in range(0, len(days), _AT_ONCE):
        query = select(Report.day, Report.seq, Report.received).where(
            Report.day.in_(days[start : start + _AT_ONCE]),
            Report.device == device.number,
            Report.body.is_not(None),
        )
        for day, seq, received in session.execute(query).all():
            if asked.must_go(received):
                yield day, seq


def _empty(session: Session, device: int, places: Sequence[_Place]) -> None:
    seqs = [seq for _, seq in places]
    reports = (
        Report.day.in_({day for day, _ in places}), Report.device == device, Report.seq.in_(seqs)
    )  # fmt: skip
    session.execute(update(Report).where(*reports).values(body=None, sighting=None))
    files = (Attachment.device == device, Attachment.seq.in_(seqs))
    dropping.drop(session, select(Attachment.sha256).where(*files))
    session.execute(delete(Attachment).where(*files))
