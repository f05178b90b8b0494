"""What authorities ask about an account: a register, what they can get, and telling its owner.

What there is to hand over is what the copy of an owner holds: evidence in it is sealed, and no key
that opens it is here. Nothing goes but the classes that two people chose for this one request.
"""

from collections.abc import Collection
from datetime import timedelta

from sqlalchemy import ColumnElement, delete, func, or_, select
from sqlalchemy.orm import Session

from portal.accounts.models import Account
from portal.mail import outbox
from portal.mail.outbox import NoAddress, Recipient
from portal.privacy import retention
from portal.privacy.models import AuthorityRequest
from portal.privacy.retention import Kept
from shared.errors import Malformed
from shared.vault import email_norm

_KEPT_MS = timedelta(days=5 * 365) // timedelta(milliseconds=1)
HANDED_OVER, REFUSED = "handed-over", "refused"
OF_NO_OWNER = frozenset({"guessing", "requests", "tracked", "authorities"})


def take(
    session: Session, email: str, sender: str, reference: str, silent_until: int | None, now: int
) -> AuthorityRequest:
    """Its owner hears at once, unless a law keeps it from them. The caller commits, as of the
    others. Raises Malformed.
    """
    if not sender.strip() or not reference.strip():
        raise Malformed("say which authority, and its reference")
    account = session.scalar(select(Account).where(Account.email_norm == email_norm(email)))
    if account is None:
        raise Malformed("nobody has an account by this address, so there is nothing to hand over")
    if silent_until is not None and silent_until <= now:
        raise Malformed("what is kept from an owner is kept until a day to come")
    made = AuthorityRequest(
        account=account.id, sender=sender.strip(), reference=reference.strip(), came=now,
        silent_until=silent_until, outcome="", classes="", by="",
    )  # fmt: skip
    session.add(made)
    session.flush()
    _tell(session, made, now)
    return made


def could_go() -> list[tuple[Kept, bool]]:
    """Each class there is of an owner, and whether it is sealed to them."""
    mine = (kept for kept in retention.of_people() if kept.name not in OF_NO_OWNER)
    return [(kept, kept.name in retention.sealed()) for kept in mine]


def hand_over(
    session: Session, asked: AuthorityRequest, classes: Collection[str], by: tuple[str, str],
    now: int,
) -> frozenset[str]:  # fmt: skip
    """The tables that go. Raises Malformed: two people choose, and nothing goes as a whole."""
    _must_wait(asked)
    first, second = (one.strip() for one in by)
    if not first or not second or first.casefold() == second.casefold():
        raise Malformed("two people decide it, and both are named")
    chosen = [kept for kept, _ in could_go() if kept.name in classes]
    if not chosen or len(chosen) != len(set(classes)):
        raise Malformed("name each class that was asked for: homeward-portal authority fields")
    _answer(session, asked, HANDED_OVER, f"{first}, {second}", now)
    asked.classes = " ".join(kept.name for kept in chosen)
    _tell_answer(session, asked, now)
    return frozenset(table for kept in chosen for table in kept.columns)


def refuse(session: Session, asked: AuthorityRequest, by: str, now: int) -> None:
    """Raises Malformed."""
    _must_wait(asked)
    if not by.strip():
        raise Malformed("say who decided")
    _answer(session, asked, REFUSED, by.strip(), now)
    _tell_answer(session, asked, now)


def counts(session: Session) -> tuple[int, int]:
    """How many asked, and how often something was handed over: for everybody to read."""
    query = select(AuthorityRequest.outcome, func.count()).group_by(AuthorityRequest.outcome)
    by_outcome = {str(row[0]): int(row[1]) for row in session.execute(query)}
    return sum(by_outcome.values()), by_outcome.get(HANDED_OVER, 0)


def tidy(session: Session, now: int) -> None:
    """Tell whoever may be told by now; forget what was answered five years ago."""
    for asked in session.scalars(select(AuthorityRequest).where(_untold(now))).all():
        _tell(session, asked, now)
        if asked.answered is not None:
            _tell_answer(session, asked, now)
    session.execute(delete(AuthorityRequest).where(AuthorityRequest.answered <= now - _KEPT_MS))


def _untold(now: int) -> ColumnElement[bool]:
    over = or_(AuthorityRequest.silent_until.is_(None), AuthorityRequest.silent_until <= now)
    return AuthorityRequest.told.is_(None) & over


def _must_wait(asked: AuthorityRequest) -> None:
    if asked.answered is not None:
        raise Malformed("this one was answered")


def _answer(session: Session, asked: AuthorityRequest, outcome: str, by: str, now: int) -> None:
    asked.outcome, asked.by, asked.answered = outcome, by, now
    session.flush()


def _tell(session: Session, asked: AuthorityRequest, now: int) -> None:
    if asked.silent_until is not None and asked.silent_until > now:
        return
    asked.told = now
    _write(session, asked, "service/authority_asked", now, [])


def _tell_answer(session: Session, asked: AuthorityRequest, now: int) -> None:
    """Never before it may be known that anybody asked at all."""
    if asked.told is not None:
        went = retention.named(asked.classes.split())
        _write(session, asked, "service/authority_answered", now, [one.in_a_letter for one in went])


def _write(
    session: Session, asked: AuthorityRequest, letter: str, now: int, kept: list[list[str]]
) -> None:
    account = session.get(Account, asked.account)
    if account is None:
        return  # it is gone, and its address with it
    to = Recipient(account.email_norm, account.language, account.id)
    at = asked.came if letter.endswith("asked") else asked.answered or now
    said = {"kept": kept} if letter.endswith("answered") else {}
    try:
        outbox.put(session, to, letter, now, at=at, **said)
    except NoAddress:
        return
