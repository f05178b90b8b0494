"""What an owner, or somebody who wants her harm, may type or press on the pages of a laptop."""

from playwright.sync_api import Browser, Page, expect

from demo import stage
from demo.stage import Stage
from tests.browser.front import visit
from tests.browser.signed_in import PATIENCE_MS, adopted, ready, sitting
from tests.owner.http_laptop import HttpLaptop

EVIL = "{{7*7}}<img src=x onerror=alert(1)>javascript:alert(1)"


def test_what_is_typed_about_a_laptop_stays_text_and_happens_once(
    browser: Browser, here: Stage, http_laptop: HttpLaptop
) -> None:
    with sitting(browser, here, user_agent=EVIL) as (page, _):
        adopted(page, here, http_laptop, EVIL)
        http_laptop.report()
        ready(page)
        device = page.url
        page.get_by_role("button", name="Mark as stolen").click()
        page.get_by_label("Note (optional)").fill(EVIL)
        page.get_by_label("Password").fill(stage.PASSWORD)
        page.get_by_role("button", name="Mark as stolen now").dblclick()
        expect(page.get_by_role("button", name="I have it back")).to_be_visible(timeout=PATIENCE_MS)
        answer = page.request.get(device.replace("/devices", "/api/v1/devices") + "/orders")
        assert len(answer.json()["orders"]) == 2
        for place in ("/devices", device.removeprefix(here.url)):
            visit(page, here.url + place)
            expect(page.get_by_text(EVIL).first).to_be_visible()
            stays_text(page)
        visit(page, f"{device}/report")
        page.get_by_label("Police reference").fill(EVIL)
        stays_text(page)
        for place in ("/account/sessions", "/account/log"):
            page.goto(here.url + place)
            stays_text(page)


def stays_text(page: Page) -> None:
    assert page.locator("img[src=x], a[href^='javascript:']").count() == 0
    assert "49<img" not in page.content()
    assert "49&lt;img" not in page.content()


def test_a_code_found_in_two_windows_adds_one_laptop(
    browser: Browser, here: Stage, http_laptop: HttpLaptop
) -> None:
    with sitting(browser, here) as (page, _):
        late = page.context.new_page()
        visit(late, f"{here.url}/pair#{http_laptop.code}")
        late.get_by_label("Name").fill("Laptop of the late window")
        adopted(page, here, http_laptop, "Laptop of the quick window")
        late.get_by_label("Password").fill(stage.PASSWORD)
        late.get_by_role("button", name="Add this laptop").click()
        said = late.get_by_role("alert").filter(visible=True)
        expect(said).to_contain_text("No laptop waits under this code.", timeout=PATIENCE_MS)
        visit(page, f"{here.url}/devices")
        expect(page.get_by_text("Laptop of the late window")).to_have_count(0)
