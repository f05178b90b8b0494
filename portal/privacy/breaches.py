"""The register of breaches and its clocks: 24 hours (CRA), 72 hours (GDPR, article 33).

What was touched is named by the classes of the retention schedule, so that what it can tell anybody
is known at once: most of it is sealed to owners, and no key is here.
"""

from datetime import timedelta
from enum import StrEnum

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from portal.privacy.models import Breach, BreachStep
from portal.privacy.retention import schedule, sealed
from shared.errors import Malformed

_HOUR_MS = timedelta(hours=1) // timedelta(milliseconds=1)
_KEPT_MS = timedelta(days=5 * 365) // timedelta(milliseconds=1)
CLOCKS = {"early warning (CRA)": 24, "notification (GDPR, CRA)": 72}


class What(StrEnum):
    FOUND = "found"
    DONE = "done"
    DECIDED = "decided"
    TOLD_AUTHORITY = "told-authority"
    TOLD_PEOPLE = "told-people"


def begin(
    session: Session, nature: str, classes: list[str], people: int, now: int, *, drill: bool
) -> Breach:
    """The clocks run from now. The caller commits. Raises Malformed."""
    known = {kept.name for kept in schedule()}
    if unknown := sorted(set(classes) - known):
        raise Malformed(f"{unknown[0]} is no class; there are: {', '.join(sorted(known))}")
    if not nature.strip() or people < 0:
        raise Malformed("say what happened, and about how many people it touches")
    made = Breach(
        aware=now, nature=nature.strip(), classes=" ".join(classes), people=people, drill=drill
    )
    session.add(made)
    session.flush()
    return made


def note(session: Session, breach: Breach, what: What, by: str, text: str, now: int) -> None:
    """The caller commits. Raises Malformed: a decision and who made it are never empty."""
    if not by.strip() or not text.strip():
        raise Malformed("say who, and what")
    session.add(
        BreachStep(
            breach_number=breach.number, at=now, what=what.value, by=by.strip(), text=text.strip()
        )
    )


def steps(session: Session, breach: Breach) -> list[BreachStep]:
    mine = select(BreachStep).where(BreachStep.breach_number == breach.number)
    return list(session.scalars(mine.order_by(BreachStep.number)))


def close(session: Session, breach: Breach, now: int) -> None:
    """Only with a decision whether to tell, and why. The caller commits. Raises Malformed."""
    if not any(step.what == What.DECIDED for step in steps(session, breach)):
        raise Malformed("note first what was decided, and by whom: breach note --what decided")
    breach.closed = now


def purge(session: Session, now: int) -> None:
    """Five years after it was closed; a drill as well."""
    session.execute(delete(Breach).where(Breach.closed <= now - _KEPT_MS))


def hours_left(breach: Breach, now: int) -> dict[str, int]:
    """Of each clock, negative where it is over."""
    passed = (now - breach.aware) // _HOUR_MS
    return {name: hours - passed for name, hours in CLOCKS.items()}


def unreadable(breach: Breach) -> bool:
    """Whether all that was touched is sealed to owners (article 34(3)(a) may then hold)."""
    return bool(breach.classes) and set(breach.classes.split()) <= sealed()
