"""The job that empties the outbox, one letter at a time and each at most once if nothing breaks.

No transaction is open while a mail server is spoken to. A letter leaves the outbox after the
server has taken it: killed in between, it goes twice with the same Message-ID.
"""

import json
import logging
import smtplib
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import timedelta
from email.message import EmailMessage

from sqlalchemy import Engine, delete, select, update
from sqlalchemy.orm import Session

from portal.context import Clock
from portal.db import for_writing
from portal.mail import letters, message, smtp
from portal.mail.models import Mail
from portal.mail.settings import MailSettings

log = logging.getLogger("portal")
_AT_ONCE = 100
_MINUTE_MS = timedelta(minutes=1) // timedelta(milliseconds=1)
_LONGEST_WAIT_MS = 240 * _MINUTE_MS


@dataclass(frozen=True, slots=True)
class Allowed:
    """What a letter gets beside what its row says: headers, and words for its template."""

    headers: Mapping[str, str] = field(default_factory=dict)
    words: Mapping[str, str] = field(default_factory=dict)


# What may still be sent at this very moment; None: it may not. Raises NotNow.
Gate = Callable[[Session, Mail, int], Allowed | None]


def service_only(_session: Session, mail: Mail, _now: int) -> Allowed | None:
    """Letters about an account itself go out whatever somebody chose about marketing."""
    return Allowed() if mail.letter.startswith("service/") else None


@dataclass(frozen=True, slots=True)
class Post:
    """What the sender needs of the outside; `portal` is the public URL that links begin with."""

    engine: Engine
    clock: Clock
    settings: MailSettings
    portal: str
    gate: Gate = service_only
    connect: Callable[[MailSettings], AbstractContextManager[smtplib.SMTP]] = smtp.connected


def send_due(post: Post) -> int:
    """Send what is due; how many went. What the server does not want now waits longer each time."""
    numbers = _due(post)
    if not numbers:
        return 0
    try:
        with post.connect(post.settings) as server:
            return sum(_send(post, server, number) for number in numbers)
    except smtp.Unreachable as error:
        log.warning("The mail server cannot be used (%s); mail waits.", error)
        _later(post, _due(post))
        return 0


def _due(post: Post) -> list[int]:
    query = select(Mail.number).where(Mail.failed.is_(None), Mail.due <= post.clock())
    with Session(post.engine) as session:
        return list(session.scalars(query.order_by(Mail.number).limit(_AT_ONCE)))


def _send(post: Post, server: smtplib.SMTP, number: int) -> bool:
    try:
        raw, address = _ready(post, number)
        if not raw:
            return False
        smtp.send(server, post.settings.sender, address, raw)
    except smtp.NotNow:
        _later(post, [number])
        return False
    except smtp.Refused as error:
        _give_up(post, number, str(error))
        return False
    _write(post, delete(Mail).where(Mail.number == number))
    return True


def _ready(post: Post, number: int) -> tuple[bytes, str]:
    """(the signed mail, its address), empty where it is gone or may not be sent any more."""
    now = post.clock()
    with Session(post.engine) as session:
        mail = session.get(Mail, number)
        allowed = post.gate(session, mail, now) if mail else None
    if mail is None:
        return b"", ""
    if allowed is None:
        _write(post, delete(Mail).where(Mail.number == number))
        return b"", ""
    try:
        return message.signed(post.settings, _composed(post, mail, allowed)), mail.address
    except ValueError:  # a line break where a header stands
        _give_up(post, number, "not a mail")
        return b"", ""


def _composed(post: Post, mail: Mail, allowed: Allowed) -> EmailMessage:
    said = {**json.loads(mail.said), **allowed.words, "portal": post.portal}
    written = letters.write(mail.letter, mail.language, said)
    name = f"{mail.number}.{mail.created}"
    return message.compose(
        post.settings, mail.address, name, mail.created, written, allowed.headers
    )


def _later(post: Post, numbers: list[int]) -> None:
    now = post.clock()
    with Session(for_writing(post.engine)) as session:
        for mail in session.scalars(select(Mail).where(Mail.number.in_(numbers))):
            mail.due = now + min(_MINUTE_MS << min(mail.tries, 20), _LONGEST_WAIT_MS)
            mail.tries += 1
        session.commit()


def _give_up(post: Post, number: int, reason: str) -> None:
    _write(post, update(Mail).where(Mail.number == number).values(failed=reason))


def _write(post: Post, statement: object) -> None:
    with Session(for_writing(post.engine)) as session:
        session.execute(statement)  # type: ignore[call-overload]
        session.commit()
