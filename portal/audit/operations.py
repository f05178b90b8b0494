"""Write the trace of a change, in the same transaction as the change."""

from sqlalchemy.orm import Session

from portal.audit.models import AuditLine

NOBODY = "anyone"


def note(session: Session, *, actor: str, action: str, subject: str, now: int) -> None:
    """One line; it stands or falls with the change it tells of."""
    session.add(AuditLine(at=now, actor=actor, action=action, subject=subject))


def account(account_id: bytes) -> str:
    return f"account:{account_id.hex()}"


def laptop(device_id: bytes) -> str:
    return f"laptop:{device_id.hex()}"


def pairing(rid: bytes) -> str:
    return f"pairing:{rid.hex()}"
