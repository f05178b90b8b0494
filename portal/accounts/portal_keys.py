"""The keys receipts were ever signed with: an old receipt must stay verifiable."""

from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.accounts.models import PortalKey
from portal.audit import operations as audit
from shared.crypto import key_id
from shared.encoding import b64


def announce_key(session: Session, public: bytes, now: int) -> None:
    """Today's key from now on; does nothing when it was that already."""
    today = session.scalar(select(PortalKey).where(PortalKey.until.is_(None)))
    if today is not None and today.public == public:
        return
    session.execute(update(PortalKey).where(PortalKey.until.is_(None)).values(until=now))
    session.merge(PortalKey(public=public, since=now, until=None))
    subject = f"portal-key:{key_id(public).hex()}"
    audit.note(session, actor="portal", action="announced", subject=subject, now=now)
    session.commit()


def all_keys(session: Session) -> list[PortalKey]:
    """Oldest first."""
    return list(session.scalars(select(PortalKey).order_by(PortalKey.since)))


def all_keys_json(session: Session) -> list[dict[str, Any]]:
    """As laptops and owners pin them."""
    return [
        {"public": b64(key.public), "from": key.since, "until": key.until}
        for key in all_keys(session)
    ]
