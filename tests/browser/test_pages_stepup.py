"""A passkey that opens the account, in the place of the password, where something is signed."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from shared.command import Wish
from shared.orders import Standing
from shared.vault import SlotType
from tests.browser.authenticator import add_passkey, with_authenticator
from tests.browser.front import PASSWORD, add_laptop, fill, press, sign_in, sign_up, visit
from tests.browser.known import alert, email_of, known_portal
from tests.browser.lies import instead, lying
from tests.browser.signed_in import Traffic
from tests.browser.windows import watched
from tests.owner.http_laptop import HttpLaptop

PASSKEY = "Use your passkey"


@pytest.fixture(scope="module")
def portal(build: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with known_portal(tmp_path_factory.mktemp("stepup"), build) as url:
        yield url


@dataclass(frozen=True, slots=True)
class Desk:
    """Alice's window, with her laptop's page in it, and that laptop."""

    page: Page
    traffic: Traffic
    laptop: HttpLaptop
    portal: str
    email: str

    def look_at_laptop(self) -> None:
        visit(self.page, f"{self.portal}/devices/{self.laptop.core.id.hex()}")

    def passkey_for(self, button: str) -> None:
        self.page.get_by_role("button", name=button, exact=True).click()
        press(self.page, PASSKEY)

    def marks_by_password(self) -> None:
        fill(self.page, Password=PASSWORD)
        press(self.page, "Mark as stolen now")
        expect(self.page.get_by_role("button", name="I have it back")).to_be_visible()

    def ordered(self) -> Standing:
        """What the laptop believes after it asked."""
        self.laptop.check_in()
        return self.laptop.standing


@pytest.fixture
def alice(browser: Browser, portal: str, request: pytest.FixtureRequest) -> Iterator[Desk]:
    traffic, laptop, email = Traffic(), HttpLaptop(portal), email_of(request)
    laptop.offer()
    with watched(browser) as page:
        page.on("request", traffic.hear)
        sign_up(page, portal, email)
        add_laptop(page, portal, laptop, "Alice's laptop")
        laptop.report()
        yield Desk(page, traffic, laptop, portal, email)


def test_a_passkey_signs_what_the_password_would(alice: Desk) -> None:
    page = alice.page
    with_authenticator(page)
    add_passkey(page, alice.portal)
    alice.traffic.sent.clear()
    alice.look_at_laptop()
    alice.passkey_for("Mark as stolen")
    expect(page.get_by_role("button", name="I have it back")).to_be_visible()
    assert alice.ordered() is Standing.STOLEN
    alice.passkey_for("Lock its screens")
    expect(page.locator("#sent")).to_contain_text("Asked.")
    alice.laptop.check_in()
    assert alice.laptop.wanted == [Wish.LOCK]
    alice.passkey_for("I have it back")
    expect(page.get_by_role("button", name="Mark as stolen")).to_be_visible()
    assert alice.ordered() is Standing.HOME
    added = add_by_passkey(alice, "Kitchen laptop")
    let_go_by_passkey(alice, "Kitchen laptop")
    added.check_in()
    assert added.wanted == [Wish.LEAVE]
    secret = ('"prf"', '"verifier"')  # as names: three letters alone stand in base64 by chance
    assert not any(word in sent for sent in alice.traffic.sent for word in secret)


def add_by_passkey(alice: Desk, name: str) -> HttpLaptop:
    added = HttpLaptop(alice.portal)
    added.offer()
    visit(alice.page, f"{alice.portal}/pair#{added.code}")
    fill(alice.page, Name=name)
    press(alice.page, PASSKEY)
    alice.page.wait_for_url("**/devices/*")
    added.learn_owner()
    return added


def let_go_by_passkey(alice: Desk, name: str) -> None:
    page = alice.page
    visit(page, f"{alice.portal}/account/deactivate")
    page.get_by_label("Alice's laptop").uncheck()
    page.get_by_label("I understand").check()
    press(page, PASSKEY)
    expect(page.locator("#told")).to_have_text(name)


def test_without_a_passkey_that_opens_there_is_the_password_alone(alice: Desk) -> None:
    page = alice.page
    with_authenticator(page, hasPrf=False)
    add_passkey(page, alice.portal)
    alice.look_at_laptop()
    with page.expect_response("**/account/factors") as told:
        page.get_by_role("button", name="Mark as stolen").click()
    assert [key["unlocks"] for key in told.value.json()["passkeys"]] == [False]
    expect(page.get_by_role("button", name="Mark as stolen now")).to_be_visible()
    expect(page.get_by_role("button", name=PASSKEY)).to_be_hidden()
    alice.marks_by_password()


def test_a_passkey_of_another_account_signs_nothing(alice: Desk) -> None:
    page = alice.page
    with_authenticator(page)  # one device, as Bob and Alice may share at home
    page.get_by_role("button", name="Sign out").click()
    sign_up(page, alice.portal, f"bob-{alice.email}")
    add_passkey(page, alice.portal)
    his, slots = said(alice, "/account/factors"), said(alice, "/account")["slots"]
    page.get_by_role("button", name="Sign out").click()
    sign_in(page, alice.portal, alice.email)
    add_passkey(page, alice.portal)
    alice.look_at_laptop()
    for lie in (instead("passkeys", his["passkeys"]), instead("slots", with_hers(alice, slots))):
        with lying(page, lie):
            alice.passkey_for("Mark as stolen")
            assert alert(page) == "This passkey does not open your account. Use your password."
            press(page, "Not now")
    assert alice.ordered() is Standing.HOME


def with_hers(alice: Desk, slots: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Her slots, but for the passkey's: that one is another's."""
    hers = [one for one in said(alice, "/account")["slots"] if one["type"] != SlotType.PASSKEY]
    return hers + [one for one in slots if one["type"] == SlotType.PASSKEY]


def said(alice: Desk, path: str) -> dict[str, Any]:
    told: dict[str, Any] = alice.page.request.get(f"{alice.portal}/api/v1{path}").json()
    return told


def test_a_passkey_that_was_not_used_signs_nothing(alice: Desk) -> None:
    page = alice.page
    authenticator = with_authenticator(page)
    add_passkey(page, alice.portal)
    alice.look_at_laptop()
    authenticator.knows_nobody()
    alice.passkey_for("Mark as stolen")
    assert "The passkey was not used" in alert(page)
    assert alice.ordered() is Standing.HOME
    alice.marks_by_password()
