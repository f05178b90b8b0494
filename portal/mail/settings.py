"""How mail leaves this portal: read once from the environment, refused where it makes no sense."""

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit

from dkim.crypto import UnparsableKeyError, parse_pem_private_key

_PORTS = {"smtp": 587, "smtps": 465}


@dataclass(frozen=True, slots=True)
class MailSettings:
    """`implicit_tls`: TLS from the first byte; else STARTTLS, unless the server is this machine."""

    host: str
    port: int
    implicit_tls: bool
    sender: str
    postal_address: str
    selector: str
    dkim_key: bytes = field(repr=False)
    user: str = ""
    password: str = field(default="", repr=False)

    @property
    def domain(self) -> str:
        return self.sender.rpartition("@")[2]

    @property
    def on_this_machine(self) -> bool:
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"


def from_environment(environment: Mapping[str, str], problems: list[str]) -> MailSettings | None:
    """None without HOMEWARD_SMTP: the portal then writes to nobody."""
    given = environment.get("HOMEWARD_SMTP")
    if not given:
        return None
    scheme, host, port, user = _server(given, problems)
    return MailSettings(
        host=host,
        port=port,
        implicit_tls=scheme == "smtps",
        sender=_sender(environment, problems),
        postal_address=environment.get("HOMEWARD_POSTAL_ADDRESS", "").strip(),
        selector=environment.get("HOMEWARD_DKIM_SELECTOR") or "homeward",
        dkim_key=_dkim_key(environment, problems),
        user=user,
        password=_password(environment, problems),
    )


def _server(url: str, problems: list[str]) -> tuple[str, str, int, str]:
    try:
        parts = urlsplit(url)
        port = parts.port or _PORTS.get(parts.scheme, 0)
    except ValueError:
        parts, port = urlsplit(""), 0
    plain = not (parts.path or parts.query or parts.fragment or parts.password)
    if parts.scheme not in _PORTS or not parts.hostname or not plain:
        problems.append(
            "HOMEWARD_SMTP must be as smtp://name@mail.example:587 (STARTTLS) or"
            " smtps://name@mail.example:465 (TLS), and the password in HOMEWARD_SMTP_PASSWORD_FILE."
        )
        return "smtp", "", 0, ""
    return parts.scheme, parts.hostname, port, unquote(parts.username or "")


def _sender(environment: Mapping[str, str], problems: list[str]) -> str:
    sender = environment.get("HOMEWARD_MAIL_FROM", "")
    name, _, domain = sender.rpartition("@")
    if not name or "." not in domain or not sender.isascii() or not sender.isprintable():
        problems.append("HOMEWARD_MAIL_FROM must be an address, as homeward@portal.example.")
    return sender


def _dkim_key(environment: Mapping[str, str], problems: list[str]) -> bytes:
    try:
        key = Path(environment.get("HOMEWARD_DKIM_KEY") or ".").read_bytes()
        parse_pem_private_key(key)
    except (OSError, UnparsableKeyError, ValueError):
        problems.append(
            "HOMEWARD_DKIM_KEY must name an RSA key in PEM that the portal may read, as made by:"
            " openssl genrsa -traditional -out dkim.pem 2048"
        )
        return b""
    return key


def _password(environment: Mapping[str, str], problems: list[str]) -> str:
    if given := environment.get("HOMEWARD_SMTP_PASSWORD"):
        return given
    path = environment.get("HOMEWARD_SMTP_PASSWORD_FILE")
    try:
        return Path(path).read_text("utf-8").strip() if path else ""
    except (OSError, UnicodeDecodeError):
        problems.append(f"HOMEWARD_SMTP_PASSWORD_FILE ({path}) cannot be read.")
        return ""
