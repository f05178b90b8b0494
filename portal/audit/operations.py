"""Write the trace of a change, in the same transaction as the change."""

from datetime import timedelta

from sqlalchemy import delete, func, or_, select
from sqlalchemy.orm import Session

from portal.audit.models import AuditLine

NOBODY = "anyone"
OPERATOR = "operator"
_KEPT_MS = timedelta(days=730) // timedelta(milliseconds=1)


def note(session: Session, *, actor: str, action: str, subject: str, now: int) -> None:
    """One line; it stands or falls with the change it tells of."""
    session.add(AuditLine(at=now, actor=actor, action=action, subject=subject))


def about(session: Session, whom: str, *, before: int, limit: int) -> list[AuditLine]:
    """What they did and what was done to them, newest first, below line number `before`."""
    query = select(AuditLine).where(
        or_(AuditLine.actor == whom, AuditLine.subject == whom), AuditLine.number < before
    )
    return list(session.scalars(query.order_by(AuditLine.number.desc()).limit(limit)))


def newest(session: Session, subject: str, action: str) -> int | None:
    """When this last happened to them, Unix milliseconds."""
    query = select(func.max(AuditLine.at)).where(
        AuditLine.subject == subject, AuditLine.action == action
    )
    return session.scalar(query)


def times(session: Session, subject: str, action: str) -> list[int]:
    """When this happened to them, Unix milliseconds."""
    query = select(AuditLine.at).where(AuditLine.subject == subject, AuditLine.action == action)
    return list(session.scalars(query))


def purge(session: Session, now: int) -> None:
    """Two years: long enough to look into what happened, and no longer."""
    session.execute(delete(AuditLine).where(AuditLine.at <= now - _KEPT_MS))


def account(account_id: bytes) -> str:
    return f"account:{account_id.hex()}"


def id_in(name: str) -> bytes:
    """The id of a row named as here; of nobody's, none."""
    return bytes.fromhex(name.partition(":")[2])


def laptop(device_id: bytes) -> str:
    return f"laptop:{device_id.hex()}"


def issued(license_id: bytes) -> str:
    return f"license:{license_id.hex()}"


def pairing(rid: bytes) -> str:
    return f"pairing:{rid.hex()}"
