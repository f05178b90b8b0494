"""What mail providers send back: complaints (ARF, RFC 5965) and bounces (DSN, RFC 3464).

Anybody can write such a report. It counts only with the way out of a letter this portal wrote, so
nobody can stop another's letters by making one up; and it is never answered, so nothing loops.
"""

import re
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default

from sqlalchemy.orm import Session

from portal.marketing import consent, tokens
from portal.marketing.consent import Here
from portal.marketing.models import Campaign
from portal.marketing.tokens import OUT, Ticket

MOST = 1024 * 1024
_WAY_OUT = re.compile(r"/u/([A-Za-z0-9_-]{40,100})>")
_FOR_GOOD = re.compile(rb"^Status:\s*5\.", re.IGNORECASE | re.MULTILINE)
_COMPLAINT = re.compile(rb"^Feedback-Type:\s*abuse", re.IGNORECASE | re.MULTILINE)


def heed(session: Session, raw: bytes, pepper: bytes, now: int) -> str:
    """“complaint” or “bounce” where the report stopped somebody's letters, else “nothing”."""
    message = BytesParser(_class=EmailMessage, policy=default).parsebytes(raw[:MOST])
    ticket = _ticket(message, pepper)
    way = _way(message, raw)
    if ticket is None or way == "nothing":
        return "nothing"
    consent.object_to_all(session, ticket.person, Here(pepper, way, "en", now))
    campaign = session.get(Campaign, ticket.campaign)
    if campaign and way == "complaint":
        campaign.complaints += 1
        session.commit()
    return way


def _way(message: EmailMessage, raw: bytes) -> str:
    if message.get_content_type() != "multipart/report":
        return "nothing"
    kind = str(message.get_param("report-type", "")).lower()
    if kind == "feedback-report" and _COMPLAINT.search(raw):
        return "complaint"
    if kind == "delivery-status" and _FOR_GOOD.search(raw):
        return "bounce"
    return "nothing"


def _ticket(message: EmailMessage, pepper: bytes) -> Ticket | None:
    """From the returned letter, whole or its headers alone."""
    for part in message.walk():
        text = str(part.get("List-Unsubscribe", ""))
        if part.get_content_type() == "text/rfc822-headers":
            text += str(part.get_payload())
        for token in _WAY_OUT.findall(text):
            if ticket := tokens.read(pepper, OUT, token):
                return ticket
    return None
