"""Settings: refused at start where they make no sense, secrets made once."""

import os
import stat
from pathlib import Path

import pytest

from portal.settings import BadSettings, Listen, from_environment
from shared.encoding import b64
from tests.portal.mailboxes import key_file


def test_the_data_folder_is_all_that_must_be_said(tmp_path: Path) -> None:
    settings = from_environment({"HOMEWARD_DATA_DIR": str(tmp_path / "new")})
    assert settings.public_url == "http://127.0.0.1:8080"
    assert settings.listen == Listen("127.0.0.1", 8080)
    assert settings.database_url == f"sqlite:///{tmp_path}/new/portal.db"
    assert settings.city_database is None
    assert not settings.https


def test_secrets_are_made_once_and_for_the_portal_alone(tmp_path: Path) -> None:
    environment = {"HOMEWARD_DATA_DIR": str(tmp_path)}
    first, second = from_environment(environment), from_environment(environment)
    assert first.pepper == second.pepper
    assert first.receipt_key.public == second.receipt_key.public
    assert first.pepper != first.receipt_seed
    for name in ("pepper", "receipt-key"):
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600 or os.name == "nt"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["pepper", "receipt-key"]


def test_no_secret_shows_when_settings_are_printed(tmp_path: Path) -> None:
    settings = from_environment({"HOMEWARD_DATA_DIR": str(tmp_path)})
    shown = repr(settings)
    assert repr(settings.pepper) not in shown
    assert repr(settings.receipt_seed) not in shown


def test_a_secret_may_be_given_or_stand_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_text(b64(b"r" * 32) + "\n")
    settings = from_environment({
        "HOMEWARD_DATA_DIR": str(tmp_path / "data"),
        "HOMEWARD_PEPPER": b64(b"p" * 32),
        "HOMEWARD_RECEIPT_KEY_FILE": str(tmp_path / "elsewhere"),
    })  # fmt: skip
    assert (settings.pepper, settings.receipt_seed) == (b"p" * 32, b"r" * 32)
    assert list((tmp_path / "data").iterdir()) == []


def test_https_addresses_and_ipv6_are_understood(tmp_path: Path) -> None:
    settings = from_environment({
        "HOMEWARD_DATA_DIR": str(tmp_path),
        "HOMEWARD_PUBLIC_URL": "https://portal.example/",
        "HOMEWARD_LISTEN": "[::1]:9000",
    })  # fmt: skip
    assert settings.https
    assert settings.public_url == "https://portal.example"
    assert settings.listen == Listen("::1", 9000)
    assert str(settings.listen) == "[::1]:9000"


@pytest.mark.parametrize(
    ("name", "value", "about"),
    [
        ("PUBLIC_URL", "http://portal.example", "https://"),
        ("PUBLIC_URL", "portal.example", "PUBLIC_URL"),
        ("PUBLIC_URL", "https://portal.example/path", "PUBLIC_URL"),
        ("PUBLIC_URL", "https://portal.example:what", "PUBLIC_URL"),
        ("PUBLIC_URL", "https://[half", "PUBLIC_URL"),
        ("LISTEN", "8080", "LISTEN"),
        ("LISTEN", "127.0.0.1:0", "LISTEN"),
        ("LISTEN", "127.0.0.1:65536", "LISTEN"),
        ("LISTEN", "127.0.0.1:²", "LISTEN"),
        ("DATABASE_URL", "mysql://portal", "postgresql://"),
        ("CITY_DATABASE", "/nowhere/city.mmdb", "CITY_DATABASE"),
        ("PEPPER", "short", "PEPPER"),
        ("PEPPER", "not base64url!", "PEPPER"),
        ("PEPPER_FILE", "/nowhere/pepper", "PEPPER_FILE"),
        ("RECEIPT_KEY_FILE", "/dev/null", "RECEIPT_KEY"),
        ("DATA_DIR", "/dev/null/data", "DATA_DIR"),
    ],
)
def test_nonsense_is_refused_with_a_sentence(
    tmp_path: Path, name: str, value: str, about: str
) -> None:
    environment = {"HOMEWARD_DATA_DIR": str(tmp_path), f"HOMEWARD_{name}": value}
    with pytest.raises(BadSettings) as raised:
        from_environment(environment)
    assert about in raised.value.sentences[0]
    assert all(sentence.endswith(".") for sentence in raised.value.sentences)


def test_every_problem_is_named_at_once(tmp_path: Path) -> None:
    with pytest.raises(BadSettings) as raised:
        from_environment({
            "HOMEWARD_DATA_DIR": str(tmp_path),
            "HOMEWARD_LISTEN": "nowhere",
            "HOMEWARD_PUBLIC_URL": "ftp://x",
            "HOMEWARD_PEPPER": "short",
        })  # fmt: skip
    assert len(raised.value.sentences) == 3


MAIL = {"HOMEWARD_SMTP": "smtp://homeward@mail.example", "HOMEWARD_MAIL_FROM": "h@portal.example"}


def test_mail_needs_a_server_a_sender_and_a_key(tmp_path: Path) -> None:
    environment = {"HOMEWARD_DATA_DIR": str(tmp_path), **MAIL}
    environment["HOMEWARD_DKIM_KEY"] = str(key_file(tmp_path))
    environment["HOMEWARD_SMTP_PASSWORD"] = "secret otter"
    mail = from_environment(environment).mail
    assert mail
    assert (mail.host, mail.port, mail.user, mail.password) == (
        "mail.example", 587, "homeward", "secret otter",
    )  # fmt: skip
    assert "secret otter" not in repr(mail)
    assert "PRIVATE" not in repr(mail)
    secure = environment | {"HOMEWARD_SMTP": "smtps://mail.example"}
    again = from_environment(secure).mail
    assert again
    assert (again.port, again.implicit_tls) == (465, True)


@pytest.mark.parametrize(
    "odd",
    [
        {"HOMEWARD_SMTP": "http://mail.example"},
        {"HOMEWARD_SMTP": "smtp://name:secret@mail.example"},
        {"HOMEWARD_SMTP": "smtp://mail.example:99999"},
        {"HOMEWARD_MAIL_FROM": ""},
        {"HOMEWARD_MAIL_FROM": "a@b.example\nBcc: c@d.example"},
        {"HOMEWARD_DKIM_KEY": ""},
        {"HOMEWARD_DKIM_KEY": "/nowhere"},
        {"HOMEWARD_SMTP_PASSWORD_FILE": "/nowhere"},
    ],
)
def test_mail_settings_that_make_no_sense_are_refused(tmp_path: Path, odd: dict[str, str]) -> None:
    environment = {"HOMEWARD_DATA_DIR": str(tmp_path), **MAIL}
    environment["HOMEWARD_DKIM_KEY"] = str(key_file(tmp_path))
    with pytest.raises(BadSettings) as refused:
        from_environment(environment | odd)
    assert next(iter(odd)).removesuffix("_FILE") in str(refused.value)
