"""Closing the account on its page, and keeping it after all."""

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.front import PASSWORD, press, ready, sign_up, visit
from tests.browser.windows import watched


@pytest.mark.parametrize("width", [390, 1280])
def test_a_day_is_chosen_with_the_password_and_taken_back_with_a_click(
    browser: Browser, front: str, width: int
) -> None:
    with watched(browser, viewport={"width": width, "height": 900}) as page:
        sign_up(page, front, f"leaving-{width}@example.org")
        visit(page, f"{front}/account/close")
        ready(page)
        page.get_by_label("When it is gone").select_option("90")
        page.get_by_label("Password").fill("not her password at all")
        press(page, "Close my account")
        expect(page.get_by_role("alert").filter(visible=True)).to_contain_text("not your password")
        page.get_by_label("Password").fill(PASSWORD)
        press(page, "Close my account")
        expect(page.get_by_text("This account is gone on")).to_be_visible()
        visit(page, f"{front}/devices")
        expect(page.get_by_text("This account is to be closed.")).to_be_visible()
        page.get_by_role("link", name="See when, or keep it").click()
        page.get_by_role("button", name="Keep my account").click()
        expect(page.get_by_role("heading", name="Account", exact=True)).to_be_visible()
        expect(page.get_by_text("This account is to be closed.")).to_have_count(0)
