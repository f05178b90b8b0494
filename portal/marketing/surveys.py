"""One question to whoever asked for surveys, at most every ninety days, and what they answered.

An answer belongs to somebody for ninety days, so that they can change or delete it. Then its number
alone is kept, without its words and with nothing that leads to anybody.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.orm import Session

from portal.marketing.models import Campaign, SurveyAnswer
from portal.marketing.tokens import Ticket
from portal.problems import Problem

APART_MS = LINKED_MS = timedelta(days=90) // timedelta(milliseconds=1)
MOST_TEXT = 1000
LEAST = 5  # fewer answers could point at somebody


class Question(StrEnum):
    """What is asked, and so what may be answered."""

    NONE = ""
    RECOMMEND = "recommend"  # net promoter score, 0 to 10
    SATISFIED = "satisfied"  # customer satisfaction, 1 to 5

    @property
    def scores(self) -> range:
        return range(11) if self is Question.RECOMMEND else range(1, 6)


@dataclass(frozen=True, slots=True)
class Results:
    """`counts` by score. `score` is -100 to 100 for RECOMMEND, else the share in percent of
    those who chose 4 or 5.
    """

    answers: int
    score: int
    counts: dict[int, int]
    words: tuple[str, ...]


def asked(session: Session, ticket: Ticket) -> Campaign | None:
    """The survey that a link of a letter leads to."""
    found = session.get(Campaign, ticket.campaign)
    return found if found and found.question else None


def given(session: Session, ticket: Ticket) -> SurveyAnswer | None:
    """What they answered, while it is still theirs."""
    return session.scalar(select(SurveyAnswer).where(_mine(ticket)))


def answer(
    session: Session, survey: Campaign, ticket: Ticket, score: str, text: str, now: int
) -> None:
    """The newest one counts. Commits, as forget. Raises Problem malformed."""
    allowed = Question(survey.question).scores
    if score not in [str(one) for one in allowed]:
        raise Problem(400, "malformed", "Choose one of the numbers.")
    if len(text) > MOST_TEXT:
        raise Problem(400, "malformed", f"Write at most {MOST_TEXT} characters.")
    held = given(session, ticket)
    if held is None:
        held = SurveyAnswer(campaign_number=survey.number, person=ticket.person, answered=now)
        session.add(held)
    held.score, held.text = int(score), text.strip()
    session.commit()


def forget(session: Session, ticket: Ticket) -> None:
    session.execute(delete(SurveyAnswer).where(_mine(ticket)))
    session.commit()


def forget_person(session: Session, whom: bytes) -> None:
    """The caller's transaction."""
    session.execute(delete(SurveyAnswer).where(SurveyAnswer.person == whom))


def unlink(session: Session, now: int) -> None:
    """After ninety days nobody can say whose a number is."""
    over = SurveyAnswer.person.is_not(None) & (SurveyAnswer.answered <= now - LINKED_MS)
    session.execute(update(SurveyAnswer).where(over).values(person=None, text="", answered=0))


def results(session: Session, survey: Campaign) -> Results | None:
    """None while there are too few to say anything that could not point at somebody."""
    mine = select(SurveyAnswer).where(SurveyAnswer.campaign_number == survey.number)
    found = session.scalars(mine.order_by(SurveyAnswer.score, SurveyAnswer.number)).all()
    if len(found) < LEAST:
        return None
    scores = [one.score for one in found]
    words = tuple(one.text for one in found if one.text)
    return Results(
        len(scores), _score(Question(survey.question), scores), dict(Counter(scores)), words
    )


def _score(question: Question, scores: Sequence[int]) -> int:
    if question is Question.RECOMMEND:
        liking = sum(one >= 9 for one in scores) - sum(one <= 6 for one in scores)
    else:
        liking = sum(one >= 4 for one in scores)
    return round(100 * liking / len(scores))


def _mine(ticket: Ticket) -> ColumnElement[bool]:
    return (SurveyAnswer.campaign_number == ticket.campaign) & (
        SurveyAnswer.person == ticket.person
    )
