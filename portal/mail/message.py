"""A letter as it goes over the wire: its headers, and our domain's signature over them (DKIM)."""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime as rfc_5322

import dkim

from portal.mail.letters import Written
from portal.mail.settings import MailSettings

# Signed once more than they stand there, so that nobody can add a second one on the way.
_SEALED = (b"from", b"to", b"subject", b"date", b"list-unsubscribe", b"list-unsubscribe-post")


def compose(
    settings: MailSettings, address: str, name: str, at: int, written: Written,
    headers: Mapping[str, str],
) -> EmailMessage:  # fmt: skip
    """`name` makes the Message-ID; raises ValueError where a header would hold a line break."""
    message = EmailMessage(policy=SMTP)
    message["From"] = f"Homeward <{settings.sender}>"
    message["To"] = address
    message["Subject"] = written.subject
    message["Date"] = rfc_5322(datetime.fromtimestamp(at / 1000, UTC))
    message["Message-ID"] = f"<{name}@{settings.domain}>"
    message["Auto-Submitted"] = "auto-generated"
    for header, value in headers.items():
        message[header] = value
    message.set_content(written.text, cte="quoted-printable")
    return message


def signed(settings: MailSettings, message: EmailMessage) -> bytes:
    """The bytes to send: all headers signed."""
    raw = message.as_bytes()
    names = [name.lower().encode() for name in message]
    signature: bytes = dkim.sign(
        raw, settings.selector.encode(), settings.domain.encode(), settings.dkim_key,
        canonicalize=(b"relaxed", b"relaxed"), include_headers=[*names, *_SEALED],
    )  # fmt: skip
    return signature + raw
