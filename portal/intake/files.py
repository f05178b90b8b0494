"""Which media a laptop may send, and the note that one has come."""

from dataclasses import dataclass
from typing import IO

from sqlalchemy import ColumnElement, select, update

from portal.db import for_writing
from portal.devices.models import Device
from portal.intake.models import Attachment
from portal.intake.operations import Intake
from portal.problems import Problem

_PIECE = 256 * 1024


@dataclass(frozen=True, slots=True)
class Listed:
    """A file that may be sent: whose, how long, and whether it is here already."""

    device: int
    sha256: bytes
    size: int
    stored: bool


def listed_file(intake: Intake, device_id: bytes, sha256: bytes) -> Listed:
    """Raises Problem unless a stored envelope of this laptop lists the file."""
    return _listed(intake, sha256, Device.id == device_id, Device.revoked.is_(None))


def brought_file(intake: Intake, device_id: bytes, sha256: bytes) -> Listed:
    """The same for a laptop of the past, whose owner brings its files."""
    return _listed(intake, sha256, Device.id == device_id)


def _listed(intake: Intake, sha256: bytes, *whose: ColumnElement[bool]) -> Listed:
    query = (
        select(Attachment.device, Attachment.size, Attachment.stored)
        .join(Device, Device.number == Attachment.device)
        .where(*whose, Attachment.sha256 == sha256)
    )
    with intake.services.engine.connect() as connection:
        row = connection.execute(query).one_or_none()
    if row is None:
        raise Problem(
            404, "not-listed", "Send the record that lists this file first, then the file."
        )
    stored = row.stored is not None and intake.blobs.has(sha256)
    return Listed(row.device, sha256, row.size, stored)


def note_stored(intake: Intake, listed: Listed) -> None:
    """Called once the bytes are durable, before anyone is told."""
    with for_writing(intake.services.engine).begin() as connection:
        connection.execute(
            update(Attachment)
            .where(Attachment.device == listed.device, Attachment.sha256 == listed.sha256)
            .values(stored=intake.services.clock())
        )


def receive(intake: Intake, listed: Listed, stream: IO[bytes]) -> None:
    """Durable before it returns; raises TooLarge, BodyMismatch, OSError and keeps nothing."""
    upload = intake.blobs.upload(listed.sha256, listed.size)
    try:
        while piece := stream.read(_PIECE):
            upload.write(piece)
        upload.finish()
    finally:
        upload.discard()
    note_stored(intake, listed)
