"""A lease for a laptop that asks for one with its check-in, and how much of its tier is used."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from licensing.meters import Usage
from portal.accounts.models import Account
from portal.context import Services
from portal.devices.models import Device
from portal.intake.models import Attachment, Report
from portal.licenses import leases, operations, seating
from portal.thefts.models import Theft


def token(services: Services, device_number: int, now: int) -> str | None:
    """None on a portal that gives no licenses out, or has no key for leases."""
    since = services.settings.licenses_since
    issuer = leases.issuer(services.settings)
    if since is None or issuer is None:
        return None
    with Session(services.engine) as session:
        device = session.get_one(Device, device_number)
        account = session.get_one(Account, device.account_id)
        held = operations.holding(session, account, since, now)
        newest = operations.newest(session, account.id)
        license_id = newest.id.hex() if newest else "trial"
        here = seating.seating(session, account, held, now)
        row = here.of(device.id)
        seated = row is None or here.has_seat(row)
        laptop = leases.Laptop(device.id, device.device_key, seated)
        used = usage(session, account.id)
    return issuer.issue(leases.lease(held, laptop, used, license_id, now))


def usage(session: Session, account_id: bytes) -> Usage:
    """Of all the account's laptops: looks under a theft, and bytes that are kept."""
    mine = select(Device.number).where(Device.account_id == account_id)
    looks = select(func.count()).select_from(Report).join(
        Theft, (Theft.device_number == Report.device) & (Report.received >= Theft.opened)
        & (Theft.closed.is_(None) | (Report.received < Theft.closed)),
    )  # fmt: skip
    sizes = select(func.coalesce(func.sum(func.length(Report.body)), 0))
    files = select(func.coalesce(func.sum(Attachment.size), 0)).where(Attachment.stored.isnot(None))
    return Usage(
        theft_cycles=session.scalars(looks.where(Report.device.in_(mine))).one(),
        evidence_bytes=int(session.scalars(sizes.where(Report.device.in_(mine))).one())
        + int(session.scalars(files.where(Attachment.device.in_(mine))).one()),
    )
