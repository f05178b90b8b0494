"""The portal's settings: the environment, read once, refused at start where it makes no sense."""

import ipaddress
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from pathlib import Path
from urllib.parse import urlsplit

from portal.billing import settings as billing_settings
from portal.billing.settings import BillingSettings
from portal.mail import settings as mail_settings
from portal.mail.settings import MailSettings
from portal.privacy import answering, processors
from portal.privacy.answering import Answering
from portal.privacy.processors import Processor
from shared.crypto import KEY_SIZE, SigningKey
from shared.encoding import b64, unb64
from shared.errors import Malformed

PREFIX = "HOMEWARD_"


class BadSettings(ValueError):
    """What is wrong with the settings: one sentence for each problem."""

    def __init__(self, sentences: tuple[str, ...]) -> None:
        super().__init__(" ".join(sentences))
        self.sentences = sentences


@dataclass(frozen=True, slots=True)
class Listen:
    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Tls:
    """PEM files. Without them the portal speaks plain HTTP, for loopback."""

    certificate: Path
    key: Path


@dataclass(frozen=True, slots=True)
class Settings:
    """`pepper` keys every HMAC the portal stores; `receipt_seed` is the receipt key's secret."""

    data_dir: Path
    public_url: str
    listen: Listen
    database_url: str = field(repr=False)
    pepper: bytes = field(repr=False)
    receipt_seed: bytes = field(repr=False)
    city_database: Path | None = None
    tiles: Path | None = None
    tls: Tls | None = None
    mail: MailSettings | None = None
    licenses_since: int | None = None  # Unix milliseconds
    billing: BillingSettings = field(default_factory=BillingSettings)
    answering: Answering = field(default_factory=Answering)
    processors: tuple[Processor, ...] = ()
    counts: bool = False

    @property
    def blobs(self) -> Path:
        """The folder of sealed media."""
        return self.data_dir / "blobs"

    @property
    def https(self) -> bool:
        return self.public_url.startswith("https://")

    @property
    def receipt_key(self) -> SigningKey:
        """PRK, which signs receipts and can open nothing."""
        return SigningKey.from_seed(self.receipt_seed)


def from_environment(environment: Mapping[str, str]) -> Settings:
    """Read everything, then refuse with every problem at once; raises BadSettings.

    Secrets that are not given are made in the data folder, readable by the portal alone.
    """
    problems: list[str] = []
    data_dir = _data_dir(environment, problems)
    files = secret_files(data_dir)
    public_url = _public_url(environment, problems)
    in_earnest = public_url.startswith("https://")
    mail = mail_settings.from_environment(environment, problems)
    billing = billing_settings.from_environment(environment, problems)
    settings = Settings(
        data_dir=data_dir,
        database_url=_database_url(environment, data_dir, problems),
        public_url=public_url,
        listen=_listen(environment, problems),
        city_database=_city_database(environment, problems),
        tiles=_tiles(environment, problems),
        tls=_tls(environment, problems),
        licenses_since=_licenses_since(environment, problems),
        mail=mail,
        billing=billing,
        answering=answering.from_environment(environment, problems, in_earnest=in_earnest),
        processors=processors.from_environment(
            environment, problems, mail, billing, in_earnest=in_earnest
        ),
        counts=bool(environment.get(PREFIX + "COUNT")),
        pepper=_secret("PEPPER", environment, files, problems),
        receipt_seed=_secret("RECEIPT_KEY", environment, files, problems),
    )
    if problems:
        raise BadSettings(tuple(problems))
    return settings


def secret_files(data_dir: Path) -> dict[str, Path]:
    """Where the secrets stand that nobody gave: name to file."""
    return {"PEPPER": data_dir / "pepper", "RECEIPT_KEY": data_dir / "receipt-key"}


def _database_url(environment: Mapping[str, str], data_dir: Path, problems: list[str]) -> str:
    url = environment.get(PREFIX + "DATABASE_URL") or f"sqlite:///{data_dir}/portal.db"
    if not url.startswith(("sqlite:///", "postgresql://")):
        problems.append(
            "HOMEWARD_DATABASE_URL must begin with sqlite:/// or postgresql://; leave it out for a"
            " file in the data folder."
        )
    return url


def _data_dir(environment: Mapping[str, str], problems: list[str]) -> Path:
    path = Path(environment.get(PREFIX + "DATA_DIR") or "/var/lib/homeward-portal").absolute()
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError:
        problems.append(
            f"HOMEWARD_DATA_DIR ({path}) cannot be made; name a folder the portal may write to."
        )
    return path


def _public_url(environment: Mapping[str, str], problems: list[str]) -> str:
    url = (environment.get(PREFIX + "PUBLIC_URL") or "http://127.0.0.1:8080").rstrip("/")
    scheme, host = _origin(url)
    if scheme not in ("http", "https") or not host:
        problems.append(
            "HOMEWARD_PUBLIC_URL must be the portal's address alone, as https://portal.example."
        )
    elif scheme == "http" and not _is_loopback(host):
        # Without TLS the session cookie could be read on its way.
        problems.append("HOMEWARD_PUBLIC_URL must begin with https:// unless it is this machine.")
    return url


def _origin(url: str) -> tuple[str, str]:
    """(scheme, host), both empty where more or less than an origin stands there."""
    try:
        parts = urlsplit(url)
        alone = f"{parts.scheme}://{parts.netloc}" == url and parts.username is None
        valid = alone and parts.port != 0
    except ValueError:
        valid = False
    return (parts.scheme, parts.hostname or "") if valid else ("", "")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _listen(environment: Mapping[str, str], problems: list[str]) -> Listen:
    text = environment.get(PREFIX + "LISTEN") or "127.0.0.1:8080"
    host, _, port = text.rpartition(":")
    if not host or not port.isascii() or not port.isdigit() or not 0 < int(port) < 65536:
        problems.append("HOMEWARD_LISTEN must be an address and a port, as 127.0.0.1:8080.")
        return Listen("127.0.0.1", 8080)
    return Listen(host.strip("[]"), int(port))


def _city_database(environment: Mapping[str, str], problems: list[str]) -> Path | None:
    text = environment.get(PREFIX + "CITY_DATABASE")
    if text and not Path(text).exists():
        problems.append(
            "HOMEWARD_CITY_DATABASE names nothing that is there; fetch one with"
            " `homeward-portal geoip install` or leave it out."
        )
    return Path(text) if text else None


def _tiles(environment: Mapping[str, str], problems: list[str]) -> Path | None:
    text = environment.get(PREFIX + "TILES")
    if text and not _begins_with(Path(text), b"PMTiles\x03"):
        problems.append(
            f"HOMEWARD_TILES ({text}) is not a PMTiles file (version 3) that the portal may read;"
            " see docs/operations.md, or leave it out."
        )
    return Path(text) if text else None


def _begins_with(path: Path, magic: bytes) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(len(magic)) == magic
    except OSError:
        return False


def _licenses_since(environment: Mapping[str, str], problems: list[str]) -> int | None:
    text = environment.get(PREFIX + "LICENSES_SINCE")
    if not text:
        return None
    try:
        begins = datetime.combine(date.fromisoformat(text), time(), UTC)
    except ValueError:
        problems.append(
            "HOMEWARD_LICENSES_SINCE must be the day this portal began to give licenses out, as"
            " 2026-12-01; leave it out and everything is free for everybody."
        )
        return None
    return round(begins.timestamp() * 1000)


def _tls(environment: Mapping[str, str], problems: list[str]) -> Tls | None:
    names = ("TLS_CERTIFICATE", "TLS_KEY")
    files = [Path(environment[PREFIX + name]) for name in names if environment.get(PREFIX + name)]
    if not files:
        return None
    if len(files) != len(names) or not all(os.access(file, os.R_OK) for file in files):
        problems.append(
            "HOMEWARD_TLS_CERTIFICATE and HOMEWARD_TLS_KEY must name two PEM files that the portal"
            " may read, or both be left out."
        )
        return None
    return Tls(*files)


def _secret(
    name: str, environment: Mapping[str, str], files: Mapping[str, Path], problems: list[str]
) -> bytes:
    """NAME, or the file NAME_FILE names, or the one in the data folder, made when missing."""
    given = environment.get(PREFIX + name)
    path = Path(environment.get(f"{PREFIX}{name}_FILE") or files[name])
    try:
        text = given if given else _read_or_make(path, may_make=path == files[name])
        secret = unb64(text.strip())
    except (OSError, UnicodeDecodeError):
        problems.append(f"HOMEWARD_{name}_FILE ({path}) cannot be read; check who may read it.")
        return b""
    except Malformed:
        secret = b""
    if len(secret) != KEY_SIZE:
        problems.append(f"HOMEWARD_{name} must be {KEY_SIZE} random bytes in base64url.")
    return secret


def _read_or_make(path: Path, *, may_make: bool) -> str:
    if may_make and not path.exists():
        _write_once(path, b64(secrets.token_bytes(KEY_SIZE)) + "\n")
    return path.read_text("ascii")


def _write_once(path: Path, text: str) -> None:
    # O_EXCL on a name of our own, then a link: two portals that start at once agree on one
    # secret, and a crash half-way leaves no empty one behind.
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        if not path.exists():
            os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
