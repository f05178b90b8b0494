"""A real mail server on loopback that keeps what arrives, and the DNS its readers would ask."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import SMTP
from functools import cache, partial
from pathlib import Path
from typing import Any

import dkim
from aiosmtpd.controller import Controller
from flask import Flask

from demo.processes import free_port
from portal.context import services_of
from portal.mail import sending, smtp
from portal.mail.sending import Gate, Post, service_only
from portal.mail.settings import MailSettings
from tests.cast import Clock

PATIENCE = timedelta(seconds=1)


@cache
def key_pair() -> tuple[bytes, bytes]:
    """(our private key in PEM, what stands in the DNS), made as docs/operations.md says."""
    private = _openssl("genrsa", "-traditional", "2048")
    public = _openssl("rsa", "-pubout", "-outform", "DER", given=private)
    return private, b"v=DKIM1; k=rsa; p=" + _openssl("base64", "-A", given=public)


def _openssl(*words: str, given: bytes = b"") -> bytes:
    program = shutil.which("openssl")
    assert program
    return subprocess.run([program, *words], input=given, check=True, capture_output=True).stdout


@dataclass
class Mailboxes:
    """Everybody's mailbox. `says` is answered to whoever is written to, per command and address."""

    says: dict[str, str] = field(default_factory=dict)
    raw: list[bytes] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)

    async def handle_RCPT(  # noqa: N802  (aiosmtpd finds it by this name)
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any
    ) -> str:
        if said := self.says.get(address):
            return said
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        if said := self.says.get("DATA"):
            return said
        self.raw.append(envelope.original_content)
        self.recipients.extend(envelope.rcpt_tos)
        return "250 OK"

    @property
    def letters(self) -> list[EmailMessage]:
        """Read from the bytes that arrived."""
        parse = BytesParser(_class=EmailMessage, policy=SMTP).parsebytes
        return [parse(one) for one in self.raw]

    def of(self, address: str) -> list[EmailMessage]:
        return [one for one in self.letters if one["To"] == address]


def is_signed(raw: bytes) -> bool:
    """Whether our domain's signature fits what arrived."""
    found: bool = dkim.verify(raw, dnsfunc=lambda _name, timeout=5: key_pair()[1])
    return found


@contextmanager
def mail_server(boxes: Mailboxes, **options: Any) -> Iterator[int]:
    """Its port."""
    port = free_port()
    server = Controller(boxes, hostname="127.0.0.1", port=port, ready_timeout=60, **options)
    server.start()
    try:
        yield port
    finally:
        server.stop()


def mail_settings(port: int, host: str = "127.0.0.1", **other: Any) -> MailSettings:
    return MailSettings(
        host=host, port=port, implicit_tls=False, sender="homeward@portal.example",
        postal_address="Homeward, 1 Home Street, Hometown", selector="homeward",
        dkim_key=key_pair()[0], **other,
    )  # fmt: skip


def post_of(app: Flask, clock: Clock, port: int, gate: Gate = service_only) -> Post:
    services = services_of(app)
    connect = partial(smtp.connected, patience=PATIENCE)
    settings = mail_settings(port)
    return Post(services.engine, clock, settings, "https://portal.example", gate, connect)


def deliver(app: Flask, clock: Clock, boxes: Mailboxes, gate: Gate = service_only) -> int:
    """Let the job run once against a server of this moment; how many letters went."""
    with mail_server(boxes) as port:
        return sending.send_due(post_of(app, clock, port, gate))


def key_file(folder: Path) -> Path:
    path = folder / "dkim.pem"
    path.write_bytes(key_pair()[0])
    return path
