"""A campaign: written once, tried out, then put into the outbox a batch at a time.

Every batch asks the database anew who still wants it, and so does the gate before each letter: a
running campaign has no list of recipients that could be older than an objection.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Select, func, or_, select, true
from sqlalchemy.orm import Session

from portal.accounts.models import Account
from portal.mail import outbox
from portal.mail.models import Mail
from portal.mail.outbox import Recipient
from portal.mail.sending import Allowed, Gate
from portal.mail.smtp import NotNow
from portal.marketing import consent, surveys, tokens
from portal.marketing.consent import Here
from portal.marketing.models import ALL, Campaign, Contact, Scope, State, Subscription, Suppression
from portal.marketing.people import person
from portal.marketing.surveys import Question
from portal.marketing.tokens import ANSWER, OUT, Ticket
from shared.vault import email_norm

EVERY = timedelta(minutes=1)
_BATCHES_AN_HOUR = timedelta(hours=1) // EVERY
_MOST_WAITING = 100
# Above 2 in 1,000 mail providers begin to distrust the sender; of 1 alone nothing can be told.
_COMPLAINTS, _IN = 2, 1000
LETTER, TEST = "marketing/campaign", "marketing/test"


class CannotSend(RuntimeError):
    """What stands in the way of a campaign, with the next step."""


@dataclass(frozen=True, slots=True)
class Text:
    """What an operator wrote: a line “Subject: …”, an empty one, then the letter."""

    subject: str
    body: str


@dataclass(frozen=True, slots=True)
class Plan:
    """To whoever asked for this `scope` and reads this language, so many an hour. A survey, and
    nothing else, goes to those who asked for surveys.
    """

    scope: Scope
    language: str
    per_hour: int
    question: Question = Question.NONE


def parse(text: str) -> Text:
    """Raises CannotSend."""
    head, _, body = text.replace("\r\n", "\n").partition("\n\n")
    name, _, subject = head.partition(":")
    subject = subject.strip()
    plain = subject.isprintable() and 1 <= len(subject) <= 200
    if name.strip().lower() != "subject" or not plain:
        raise CannotSend("The file must begin with one line “Subject: …”, and an empty line.")
    if not body.strip():
        raise CannotSend("The file has a subject and no text.")
    return Text(subject, body.strip())


def new(session: Session, text: Text, plan: Plan, now: int) -> Campaign:
    """The caller's transaction. Raises CannotSend."""
    if (plan.scope is Scope.SURVEYS) != bool(plan.question):
        raise CannotSend("A survey has a --question and the scope surveys; no other letter has.")
    made = Campaign(
        scope=plan.scope, language=plan.language, per_hour=plan.per_hour, subject=text.subject,
        text=text.body, created=now, question=plan.question,
    )  # fmt: skip
    session.add(made)
    session.flush()
    return made


def get(session: Session, number: int) -> Campaign:
    """Raises CannotSend."""
    found = session.get(Campaign, number)
    if found is None:
        raise CannotSend(f"There is no campaign {number}. See: homeward-portal campaign list")
    return found


def recipients(session: Session, campaign: Campaign, now: int) -> int:
    """How many would get it now."""
    wanted = _wanted(campaign, now).subquery()
    return session.scalars(select(func.count()).select_from(wanted)).one()


def _wanted(campaign: Campaign, now: int) -> Select[Contact]:
    """Whoever confirmed this scope, did not object, reads this language, and was not reached; a
    survey, too, of whom none went there for ninety days.
    """
    long_ago = or_(Contact.surveyed.is_(None), Contact.surveyed <= now - surveys.APART_MS)
    objected = select(Suppression.person).where(Suppression.scope.in_((campaign.scope, ALL)))
    return (
        select(Contact)
        .join(Subscription, Subscription.contact_number == Contact.number)
        .where(
            Subscription.scope == campaign.scope,
            Subscription.confirmed.is_not(None),
            Contact.person.not_in(objected),
            Contact.language == campaign.language,
            Contact.number > campaign.reached,
            long_ago if campaign.question else true(),
        )
        .order_by(Contact.number)
    )


def test(session: Session, campaign: Campaign, address: str, pepper: bytes, now: int) -> None:
    """One letter to whoever tries it out, as everybody will get it. The caller's transaction."""
    _put(session, campaign, TEST, Recipient(address, campaign.language), pepper, now)
    campaign.tested = now


def start(campaign: Campaign) -> None:
    """Raises CannotSend."""
    _must_be(campaign, State.DRAFT)
    if campaign.tested is None:
        raise CannotSend("Nobody has seen it yet. Run: homeward-portal campaign test")
    campaign.state = State.RUNNING


def pause(campaign: Campaign) -> None:
    _must_be(campaign, State.RUNNING)
    campaign.state = State.PAUSED


def resume(campaign: Campaign) -> None:
    """Complaints are counted anew: whoever resumes has looked at why they came."""
    _must_be(campaign, State.PAUSED)
    campaign.state, campaign.complaints = State.RUNNING, 0


def cancel(campaign: Campaign) -> None:
    """What waits in the outbox is stopped by the gate."""
    _must_be(campaign, State.DRAFT, State.RUNNING, State.PAUSED)
    campaign.state = State.CANCELED


def _must_be(campaign: Campaign, *states: State) -> None:
    if campaign.state not in states:
        raise CannotSend(f"Campaign {campaign.number} is {campaign.state}.")


def advancing(pepper: bytes) -> Callable[[Session, int], None]:
    """The job that puts the next batch of every running campaign into the outbox."""

    def advance(session: Session, now: int) -> None:
        _heed_bounces(session, pepper, now)
        running = select(Campaign).where(Campaign.state == State.RUNNING)
        for campaign in session.scalars(running).all():
            if _annoys(campaign):
                pause(campaign)
            elif _waiting(session) < _MOST_WAITING:  # a server that is away gets no mountain
                _batch(session, campaign, pepper, now)

    return advance


def _annoys(campaign: Campaign) -> bool:
    many = campaign.complaints * _IN >= _COMPLAINTS * campaign.written
    return campaign.complaints >= _COMPLAINTS and many


def _waiting(session: Session) -> int:
    query = select(func.count()).where(Mail.letter == LETTER, Mail.failed.is_(None))
    return session.scalars(query).one()


def _batch(session: Session, campaign: Campaign, pepper: bytes, now: int) -> None:
    """An hour's letters spread over the hour: no burst, also after the portal was away."""
    size = max(1, campaign.per_hour // _BATCHES_AN_HOUR)
    found = session.scalars(_wanted(campaign, now).limit(size)).all()
    for contact in found:
        to = Recipient(contact.address, campaign.language)
        _put(session, campaign, LETTER, to, pepper, now)
        campaign.reached = contact.number
        if campaign.question:
            contact.surveyed = now
        campaign.written += 1
    if not found:
        campaign.state = State.FINISHED


def _put(
    session: Session, campaign: Campaign, letter: str, to: Recipient, pepper: bytes, now: int
) -> None:
    ticket = Ticket(person(pepper, to.address), (Scope(campaign.scope),), campaign.number)
    token = tokens.make(pepper, OUT, ticket)
    answer = tokens.make(pepper, ANSWER, ticket) if campaign.question else ""
    outbox.put(session, to, letter, now, campaign=campaign.number, token=token, answer=answer)


def _heed_bounces(session: Session, pepper: bytes, now: int) -> None:
    """An address that the mail server refused for good is not tried by the next campaign."""
    failed = select(Mail).where(Mail.letter == LETTER, Mail.failed.is_not(None))
    for mail in session.scalars(failed).all():
        here = Here(pepper, "bounce", mail.language, now)
        session.delete(mail)
        consent.object_to_all(session, person(pepper, mail.address), here)


def gate(pepper: bytes, portal: str, postal_address: str) -> Gate:
    """What may go at this moment: letters about an account always, others only while asked for."""

    def allowed(session: Session, mail: Mail, _now: int) -> Allowed | None:
        if mail.letter.startswith("service/"):
            return Allowed()
        said = json.loads(mail.said)
        campaign = session.get(Campaign, said["campaign"])
        if campaign is None or not _still(session, campaign, mail, pepper):
            return None
        return Allowed(
            _headers(f"{portal}/u/{said['token']}", campaign.scope, portal),
            {"subject": campaign.subject, "text": campaign.text, "postal": postal_address},
        )

    return allowed


def _still(session: Session, campaign: Campaign, mail: Mail, pepper: bytes) -> bool:
    """Raises NotNow while the campaign is paused."""
    if mail.letter == TEST:
        return campaign.state == State.DRAFT
    whom = person(pepper, mail.address)
    if not consent.may_write(session, whom, campaign.scope) or _rests(session, mail.address):
        return False
    if campaign.state == State.PAUSED:
        raise NotNow("paused")
    return campaign.state in (State.RUNNING, State.FINISHED)


def _rests(session: Session, address: str) -> bool:
    """Whether it is of an account that its owner has let rest."""
    of = Account.email_norm == email_norm(address)
    return session.scalar(select(Account.resting).where(of)) is not None


def _headers(way_out: str, scope: str, portal: str) -> dict[str, str]:
    """RFC 8058: one click in the reader's own mail program ends it, without a page or a sign-in."""
    host = portal.partition("://")[2].partition(":")[0]
    return {
        "List-Unsubscribe": f"<{way_out}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "List-Id": f"<{scope}.{host}>",
        "Precedence": "bulk",
    }
