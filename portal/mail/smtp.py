"""The way to the operator's mail server: encrypted, impatient, and honest about what it said."""

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta

from portal.mail.settings import MailSettings

PATIENCE = timedelta(seconds=20)


class Unreachable(RuntimeError):
    """No mail can be sent at all just now: the server is away, refuses us, or has no TLS."""


class NotNow(RuntimeError):
    """The server wants this mail later."""


class Refused(RuntimeError):
    """The server will never take this mail; `code` is what it said."""

    def __init__(self, code: int) -> None:
        super().__init__(f"refused with {code}")
        self.code = code


@contextmanager
def connected(settings: MailSettings, patience: timedelta = PATIENCE) -> Iterator[smtplib.SMTP]:
    """A connection that may send; raises Unreachable."""
    try:
        server = _connect(settings, patience.total_seconds())
    except (OSError, smtplib.SMTPException) as error:
        raise Unreachable(type(error).__name__) from error
    try:
        yield server
    finally:
        with suppress(OSError, smtplib.SMTPException):
            server.quit()
        server.close()


def _connect(settings: MailSettings, patience_s: float) -> smtplib.SMTP:
    tls = ssl.create_default_context()
    where = (settings.host, settings.port)
    if settings.implicit_tls:
        server: smtplib.SMTP = smtplib.SMTP_SSL(*where, timeout=patience_s, context=tls)
    else:
        server = smtplib.SMTP(*where, timeout=patience_s)
    try:
        if not settings.implicit_tls:
            server.ehlo()
            # Only a server on this very machine may be spoken to in the clear.
            if not settings.on_this_machine or server.has_extn("starttls"):
                server.starttls(context=tls)
        if settings.user:
            server.login(settings.user, settings.password)
    except BaseException:
        server.close()
        raise
    return server


def send(server: smtplib.SMTP, sender: str, address: str, raw: bytes) -> None:
    """One mail; raises Refused, NotNow, Unreachable."""
    try:
        server.sendmail(sender, [_wire(address)], raw)
    except smtplib.SMTPRecipientsRefused as error:
        [(code, _)] = error.recipients.values()
        raise _word(code) from error
    except smtplib.SMTPDataError as error:
        raise _word(error.smtp_code) from error
    except (smtplib.SMTPSenderRefused, smtplib.SMTPNotSupportedError) as error:
        raise NotNow(type(error).__name__) from error  # our own settings; mended, it goes
    except (OSError, smtplib.SMTPException) as error:
        raise Unreachable(type(error).__name__) from error


def _word(code: int) -> Refused | NotNow:
    return Refused(code) if 500 <= code < 600 else NotNow(str(code))


def _wire(address: str) -> str:
    """Hosts travel in ASCII; a name that is not has no mailbox an old server could reach."""
    name, _, host = address.rpartition("@")
    try:
        wire = f"{name}@{host.encode('idna').decode()}"
    except UnicodeError as error:
        raise Refused(553) from error
    if not wire.isascii():
        raise Refused(553)
    return wire
