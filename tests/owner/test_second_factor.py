"""A second factor in the terminal: asked for after a right password, and answered there."""

import time
from pathlib import Path

import pyotp
import pytest

from owner import account, cli
from owner.client import Portal
from owner.session import load
from shared import vault
from shared.encoding import b64
from shared.vault import Kdf
from tests.owner.conftest import PASSWORD, Ran, Run, Served, sit_down

EMAIL = "alice-with-an-app@example.org"


@pytest.fixture(scope="module")
def backup(portal: Served, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The backup codes of an account whose authenticator app is on."""
    home = tmp_path_factory.mktemp("alice-with-an-app")
    with pytest.MonkeyPatch.context() as environment:
        sit_down(environment, home, portal.url)
        assert cli.main(["register", EMAIL]) == 0
    signed_in = Portal(portal.url, load(home).cookie)
    record = account.parse_record(signed_in.get("/account"))
    unlocker = vault.from_password(PASSWORD, EMAIL, record.salt, Kdf())
    begun = signed_in.post("/account/totp", {"login_verifier": b64(unlocker.verifier)})
    code = pyotp.TOTP(begun["secret"]).at(int(time.time()))
    codes: list[str] = signed_in.post("/account/totp/confirm", {"code": code})["backup_codes"]
    return codes


@pytest.fixture
def sign_in(run: Run) -> Run:
    return lambda *more: run("login", EMAIL, "--json", *more)


def signed_in(ran: Ran, home: Path) -> bool:
    return ran.code == 0 and load(home).email == EMAIL


def test_a_code_beside_the_password_signs_in(backup: list[str], sign_in: Run, home: Path) -> None:
    assert signed_in(sign_in("--code", backup[0]), home)
    assert sign_in("--code", backup[0]).refusal == "wrong-code"  # each holds once


def test_without_somebody_to_ask_the_sentence_names_the_option(
    backup: list[str], sign_in: Run, home: Path
) -> None:
    ran = sign_in()
    assert ran.refusal == "code-missing"
    assert "--code" in ran.err
    assert load(home).email != EMAIL


def test_an_account_that_exists_is_not_opened_by_registering_again(
    backup: list[str], run: Run
) -> None:
    """The right password, though: the second factor is what stands before it."""
    assert run("register", EMAIL, "--json").refusal == "email-taken"
