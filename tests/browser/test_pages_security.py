"""A signed-in owner's account in the browser: who she is, how she signs in, letting go."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Request, expect

from tests.browser.front import PASSWORD, fill, press, sign_in, visit
from tests.browser.known import alert, email_of, known_portal, owner
from tests.browser.windows import watched
from tests.owner.http_laptop import HttpLaptop

NEW_PASSWORD = "eight loud herons nap"


@pytest.fixture(scope="module")
def portal(build: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with known_portal(tmp_path_factory.mktemp("security"), build) as url:
        yield url


@pytest.fixture
def alice(browser: Browser, portal: str, request: pytest.FixtureRequest) -> Iterator[Page]:
    with owner(browser, portal, email_of(request)) as page:
        yield page


@pytest.fixture
def email(request: pytest.FixtureRequest) -> str:
    return email_of(request)


def test_name_and_phone_are_hidden_until_asked_for_and_never_sent_open(
    alice: Page, portal: str
) -> None:
    sent: list[str] = []

    def hear(request: Request) -> None:
        sent.append((request.post_data_buffer or b"").decode("latin-1"))

    visit(alice, f"{portal}/account")
    alice.on("request", hear)
    expect(alice.get_by_label("Name")).to_be_hidden()
    press(alice, "Show my personal data")
    fill(alice, Name="Alice Example", Phone="+48 555 0100")
    press(alice, "Save")
    expect(alice.get_by_text("Saved.")).to_be_visible()
    visit(alice, f"{portal}/account")
    expect(alice.get_by_label("Name")).to_be_hidden()
    press(alice, "Show my personal data")
    expect(alice.get_by_label("Name")).to_have_value("Alice Example")
    expect(alice.get_by_label("Phone")).to_have_value("+48 555 0100")
    assert any(sent)
    assert not any("Alice Example" in body or "555 0100" in body for body in sent)


def test_a_new_password_opens_the_account_and_the_old_one_does_not(
    browser: Browser, alice: Page, portal: str, email: str
) -> None:
    visit(alice, f"{portal}/account/password")
    fill(alice, Current_password="not my password", New_password=NEW_PASSWORD)
    fill(alice, New_password_again=NEW_PASSWORD)
    press(alice, "Change password")
    assert "not your password" in alert(alice)
    fill(alice, Current_password=PASSWORD)
    press(alice, "Change password")
    expect(alice.get_by_text("Your password was changed.")).to_be_visible()
    with watched(browser) as page:
        visit(page, f"{portal}/sign-in")
        fill(page, Email=email, Password=PASSWORD)
        press(page, "Sign in")
        assert "do not go together" in alert(page)
        sign_in(page, portal, email, NEW_PASSWORD)


def test_two_different_new_passwords_change_nothing(alice: Page, portal: str) -> None:
    visit(alice, f"{portal}/account/password")
    fill(alice, Current_password=PASSWORD, New_password=NEW_PASSWORD, New_password_again="other")
    press(alice, "Change password")
    assert alert(alice) == "Type the same password twice."


def test_a_corrected_email_signs_in_and_the_wrong_one_does_not(
    browser: Browser, alice: Page, portal: str, email: str
) -> None:
    visit(alice, f"{portal}/account")
    fill(alice, New_email=f"new-{email}", Password=PASSWORD)
    press(alice, "Change email")
    expect(alice.get_by_text("Your email was changed.")).to_be_visible()
    visit(alice, f"{portal}/devices")  # still unlocked
    expect(alice).to_have_url(f"{portal}/devices")
    with watched(browser) as page:
        sign_in(page, portal, f"new-{email}")
        visit(page, f"{portal}/sign-in")
        fill(page, Email=email, Password="not her password")
        press(page, "Sign in")
        assert "do not go together" in alert(page)
        fill(page, Email=email, Password=PASSWORD)
        press(page, "Sign in")
        assert "The email of this account was changed." in alert(page)
        page.get_by_label("Take the change back").check()
        press(page, "Sign in")
        page.wait_for_url(f"{portal}/devices")
        page.goto(f"{portal}/account")
        expect(page.locator("#held-email")).to_have_text(email)
    alice.goto(f"{portal}/devices")  # whoever is here may be who changed it
    alice.wait_for_url(f"{portal}/sign-in?next=%2Fdevices")


def test_another_owners_email_is_not_to_be_had(
    browser: Browser, alice: Page, portal: str, email: str
) -> None:
    with owner(browser, portal, f"bob-{email}") as bob:
        visit(bob, f"{portal}/account")
        fill(bob, New_email=email, Password=PASSWORD)
        press(bob, "Change email")
        assert alert(bob) == "Choose another email."


def test_a_browser_that_is_signed_out_from_elsewhere_must_sign_in(
    browser: Browser, alice: Page, portal: str, email: str
) -> None:
    with watched(browser) as elsewhere:
        sign_in(elsewhere, portal, email)
        alice.goto(f"{portal}/account/sessions")
        expect(alice.locator(".rows > li")).to_have_count(2)
        press(alice, "Sign out everywhere else")
        expect(alice.locator(".rows > li")).to_have_count(1)
        elsewhere.goto(f"{portal}/account/log")
        expect(elsewhere).to_have_url(re.compile("/sign-in"))
    alice.goto(f"{portal}/account/log")
    expect(alice.get_by_text("You signed out all other browsers.")).to_be_visible()


def test_the_pages_say_kindly_that_they_need_a_script(
    browser: Browser, alice: Page, portal: str
) -> None:
    cookies = alice.context.storage_state()
    with watched(browser, java_script_enabled=False, storage_state=cookies) as page:
        for path in ("/sessions", "/log"):
            page.goto(f"{portal}/account{path}")
            expect(page.get_by_role("heading", level=1)).to_be_visible()
            expect(page.get_by_text("needs JavaScript")).to_have_count(0)
        page.goto(f"{portal}/account/totp")
        assert "This page needs JavaScript." in page.content()


def test_each_laptop_that_is_let_go_gets_the_command_to_leave(alice: Page, portal: str) -> None:
    laptop = HttpLaptop(portal)
    laptop.offer()
    visit(alice, f"{portal}/pair#{laptop.code}")
    alice.get_by_label("Name", exact=False).first.fill("Kitchen laptop")
    fill(alice, Password=PASSWORD)
    press(alice, "Add this laptop")
    alice.wait_for_url(re.compile("/devices/"))
    laptop.learn_owner()
    visit(alice, f"{portal}/account/deactivate")
    expect(alice.get_by_label("Kitchen laptop")).to_be_checked()
    fill(alice, Password=PASSWORD)
    press(alice, "Deactivate anti-theft")
    assert "can then not be found" in alert(alice)
    alice.get_by_label("I understand that").check()
    fill(alice, Password=PASSWORD)
    press(alice, "Deactivate anti-theft")
    expect(alice.get_by_text("These laptops were told.")).to_be_visible()
    laptop.check_in()
    assert [wish.value for wish in laptop.wanted] == ["leave"]
