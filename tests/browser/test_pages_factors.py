"""An authenticator app and passkeys, as an owner sets them up and signs in with them."""

import time
from collections.abc import Iterator
from pathlib import Path

import pyotp
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.authenticator import add_passkey, codes, with_authenticator
from tests.browser.front import PASSWORD, fill, press, visit
from tests.browser.known import alert, email_of, known_portal, owner
from tests.browser.windows import watched


@pytest.fixture(scope="module")
def portal(build: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with known_portal(tmp_path_factory.mktemp("factors"), build) as url:
        yield url


@pytest.fixture
def alice(browser: Browser, portal: str, request: pytest.FixtureRequest) -> Iterator[Page]:
    with owner(browser, portal, email_of(request)) as page:
        yield page


@pytest.fixture
def email(request: pytest.FixtureRequest) -> str:
    return email_of(request)


def turn_on_app(page: Page, portal: str) -> tuple[pyotp.TOTP, list[str]]:
    visit(page, f"{portal}/account/totp")
    fill(page, Password=PASSWORD)
    press(page, "Set up")
    expect(page.get_by_role("heading", name="Scan this with your app")).to_be_visible()
    app = pyotp.TOTP(page.locator("#secret").inner_text().replace(" ", ""))
    fill(page, Code_from_the_app=app.now())
    press(page, "Turn on")
    return app, codes(page)


def test_signing_in_takes_the_apps_code_and_takes_it_once(
    browser: Browser, alice: Page, portal: str, email: str
) -> None:
    app, backup = turn_on_app(alice, portal)
    with watched(browser) as page:
        visit(page, f"{portal}/sign-in")
        fill(page, Email=email, Password=PASSWORD)
        expect(page.get_by_label("Code", exact=True)).to_be_hidden()
        press(page, "Sign in")
        assert "code from your authenticator app" in alert(page)
        fill(page, Code=app.at(time.time() - 300))
        press(page, "Sign in")
        expect(page.get_by_role("alert").filter(has_text="used before")).to_be_visible()
        fill(page, Code=backup[0])
        press(page, "Sign in")
        page.wait_for_url(f"{portal}/devices")
        visit(page, f"{portal}/account/totp")
        expect(page.get_by_text("9 backup codes are left.")).to_be_visible()
    with watched(browser) as page:
        visit(page, f"{portal}/sign-in")
        fill(page, Email=email, Password=PASSWORD)
        press(page, "Sign in")
        fill(page, Code=app.at(time.time() + 30))
        press(page, "Sign in")
        page.wait_for_url(f"{portal}/devices")


def test_the_app_is_turned_off_with_the_password(alice: Page, portal: str) -> None:
    turn_on_app(alice, portal)
    visit(alice, f"{portal}/account/totp")
    alice.locator("#turn-off-password").fill(PASSWORD)
    press(alice, "Turn off")
    expect(alice.get_by_role("button", name="Set up")).to_be_visible()


def test_a_passkey_signs_in_and_unlocks_and_its_prf_stays_here(
    alice: Page, portal: str, email: str
) -> None:
    sent: list[str] = []
    alice.on(
        "request", lambda asked: sent.append((asked.post_data_buffer or b"").decode("latin-1"))
    )
    with_authenticator(alice)
    assert len(add_passkey(alice, portal)) == 10
    visit(alice, f"{portal}/account/passkeys")
    expect(alice.get_by_text("Unlocks your keys", exact=True)).to_be_visible()
    alice.evaluate("indexedDB.deleteDatabase('homeward')")
    visit(alice, f"{portal}/unlock")
    press(alice, "Unlock with a passkey")
    alice.wait_for_url(f"{portal}/devices")
    alice.get_by_role("button", name="Sign out").click()
    visit(alice, f"{portal}/sign-in")
    fill(alice, Email=email, Password=PASSWORD)
    press(alice, "Sign in")
    alice.wait_for_url(f"{portal}/devices")
    assert any("authenticator_data" in body for body in sent)
    assert not any('"prf"' in body or "clientExtensionResults" in body for body in sent)


def test_a_passkey_without_prf_is_a_second_factor_only(alice: Page, portal: str) -> None:
    with_authenticator(alice, hasPrf=False)
    add_passkey(alice, portal)
    visit(alice, f"{portal}/account/passkeys")
    expect(alice.locator(".badge", has_text="Second factor")).to_be_visible()
    visit(alice, f"{portal}/unlock?next=/account")
    expect(alice.get_by_role("button", name="Unlock with a passkey")).to_be_hidden()


def test_a_passkey_is_removed_with_the_password(alice: Page, portal: str) -> None:
    with_authenticator(alice)
    add_passkey(alice, portal)
    visit(alice, f"{portal}/account/passkeys")
    alice.get_by_role("button", name="Remove passkey 1").click()
    alice.locator("#remove-password").fill("not my password")
    press(alice, "Remove it")
    assert "not your password" in alert(alice)
    alice.locator("#remove-password").fill(PASSWORD)
    press(alice, "Remove it")
    expect(alice.get_by_text("You have none yet.")).to_be_visible()
