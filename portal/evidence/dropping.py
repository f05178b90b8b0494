"""Files that go with what owned them: noted in its transaction, deleted afterwards."""

from collections.abc import Callable

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from portal.blobs import FileStore
from portal.intake.models import Attachment, DroppedFile


def drop(session: Session, hashes: Select[bytes]) -> None:
    """Note these files for deletion; the caller commits."""
    noted = select(DroppedFile.sha256)
    wanted = hashes.where(Attachment.sha256.not_in(noted)).distinct()
    for sha256 in session.scalars(wanted).all():
        session.add(DroppedFile(sha256=sha256))


def deleting(blobs: FileStore) -> Callable[[Session, int], None]:
    """The job: the file first, then the note of it; a crash between the two deletes it twice.

    A file that somebody else has, too, stays.
    """

    def delete_files(session: Session, now: int) -> None:
        del now
        for note in session.scalars(select(DroppedFile)).all():
            used = select(Attachment.device).where(Attachment.sha256 == note.sha256)
            if session.scalars(used.limit(1)).first() is None:
                blobs.delete(note.sha256)
            session.delete(note)

    return delete_files
