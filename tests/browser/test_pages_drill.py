"""“Try it out” on a laptop's page: pressed once, read in seconds; every month by choice."""

import re

from playwright.sync_api import Browser, Page, expect

from demo import stage
from demo.stage import Stage
from shared.command import Wish
from tests.browser.signed_in import PATIENCE_MS, adopted, ready, sitting
from tests.owner.http_laptop import HttpLaptop


def test_one_press_brings_every_sensor_and_a_test_picture_in_seconds(
    browser: Browser, here: Stage, http_laptop: HttpLaptop
) -> None:
    http_laptop.camera_name = "test picture"
    with sitting(browser, here) as (page, _):
        adopted(page, here, http_laptop, "Laptop that is tried")
        http_laptop.report()
        ready(page)
        expect(page.locator("#drill-last")).to_have_text("Not tried yet.")
        confirm(page, "Try it", "Try it now")
        expect(page.locator("#drill-last")).to_contain_text("Waiting", timeout=PATIENCE_MS)
        http_laptop.live()
        assert [wish for wish, _ in http_laptop.opened] == [Wish.DRILL]
        rows = page.locator("#drill-rows > div")
        expect(rows.filter(has_text="Place read")).to_contain_text(re.compile(r"\d s$"))
        picture = rows.filter(has_text="Test picture read")
        expect(picture).to_contain_text(re.compile(r"\d s$"), timeout=PATIENCE_MS)
        expect(page.locator("#standing")).to_have_text("At home")
        page.reload()
        expect(page.locator("#drill-last")).to_contain_text("Last tried on", timeout=PATIENCE_MS)


def test_every_month_is_the_owners_choice_and_signed(
    browser: Browser, here: Stage, http_laptop: HttpLaptop
) -> None:
    with sitting(browser, here) as (page, _):
        adopted(page, here, http_laptop, "Laptop that tries by itself")
        http_laptop.report()
        ready(page)
        confirm(page, "Every month by itself", "Every month")
        expect(page.get_by_role("button", name="No longer every month")).to_be_visible()
        http_laptop.live()
        assert http_laptop.core.held
        assert http_laptop.core.held.will.drill_days == 30
        confirm(page, "No longer every month", "Only when I ask")
        expect(page.get_by_role("button", name="Every month by itself")).to_be_visible()
        http_laptop.live()
        assert http_laptop.core.held.will.drill_days == 0


def confirm(page: Page, opens: str, does: str) -> None:
    page.get_by_role("button", name=opens, exact=True).click()
    page.get_by_label("Password").fill(stage.PASSWORD)
    page.get_by_role("button", name=does, exact=True).click()
    expect(page.get_by_role("dialog")).to_have_count(0, timeout=PATIENCE_MS)
