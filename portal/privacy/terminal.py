"""What the operator's verbs about people's rights share."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime

from sqlalchemy.orm import Session

from portal import db
from portal.settings import Settings
from shared.errors import Malformed


class CannotDo(RuntimeError):
    """Why the operator's wish cannot be met, with the next step."""


@contextmanager
def writing(settings: Settings) -> Iterator[Session]:
    """Raises CannotDo where a rule stands against it."""
    engine = db.make_engine(settings)
    try:
        db.assert_migrated(engine)
        with Session(db.for_writing(engine), expire_on_commit=False) as session:
            yield session
    except Malformed as refusal:
        raise CannotDo(f"This is refused: {refusal}.") from refusal
    finally:
        engine.dispose()


def moment(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).isoformat(" ", "minutes")


def day(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).date().isoformat()


def a_day(text: str) -> date:
    """For argparse: a ValueError becomes a sentence."""
    return date.fromisoformat(text)
