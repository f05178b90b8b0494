"""Before a portal changes hands everybody hears of it, and has thirty days to leave with all."""

from sqlalchemy.orm import Session

from portal.privacy import announcing
from portal.privacy.announcing import Kind, Watched
from portal.privacy.models import Announcement
from shared.errors import Malformed


def announce(
    session: Session, successor: str, effective: int, now: int, watched: Watched
) -> tuple[Announcement, int]:
    """And how many were written to. The caller commits, as of the others. Raises Malformed."""
    if not successor.strip():
        raise Malformed("say to whom: their name and address")
    if any(_open(one) for one in announcing.of_kind(session, Kind.HANDOVER)):
        raise Malformed("one is announced already: homeward-portal handover list")
    name = " ".join(successor.split())
    made = announcing.announce(session, Kind.HANDOVER, name, effective, now)
    told = announcing.tell_all(
        session, "service/handover", now, watched, until=effective, successor=name
    )
    return made, told


def call_off(session: Session, planned: Announcement, now: int, watched: Watched) -> int:
    """Whoever heard of it hears that it will not be."""
    _must_be_open(planned)
    planned.withdrawn = now
    return announcing.tell_all(
        session, "service/handover_off", now, watched, successor=planned.text
    )


def complete(planned: Announcement, responsible: str, now: int) -> None:
    """Raises Malformed before the day that people were told, and for anybody else than they heard
    of.
    """
    _must_be_open(planned)
    if responsible != planned.text:
        raise Malformed(f"HOMEWARD_RESPONSIBLE is not what people were told: {planned.text}")
    if now < planned.effective:
        raise Malformed("people were told a later day, and may leave until then")
    planned.done = now


def _open(planned: Announcement) -> bool:
    return planned.withdrawn is None and planned.done is None


def _must_be_open(planned: Announcement) -> None:
    if not _open(planned):
        raise Malformed("this one is over")
