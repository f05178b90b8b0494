"""“How long evidence stays” on a laptop's page: chosen, deleted, and told from what is withheld."""

import re

from playwright.sync_api import Browser, Locator, Page, expect

from demo import stage
from demo.stage import Stage
from shared.will import Keep
from tests.browser.signed_in import PATIENCE_MS, adopted, ready, sitting
from tests.owner.http_laptop import HttpLaptop


def test_how_long_evidence_stays_is_the_owners_choice_and_signed(
    browser: Browser, here: Stage, http_laptop: HttpLaptop
) -> None:
    with sitting(browser, here) as (page, _):
        adopted(page, here, http_laptop, "Laptop whose evidence stays")
        http_laptop.report()
        ready(page)
        card = region(page)
        expect(card).to_contain_text("stays 90 days")
        press(page, "Change")
        page.get_by_label("Reports, in days").fill("400")
        page.get_by_label("Password").fill(stage.PASSWORD)
        press(page, "Keep it so")
        expect(page.get_by_role("alert")).to_contain_text("from 7 to 365 days")
        page.get_by_label("Reports, in days").fill("30")
        page.get_by_label(re.compile("What belongs to a theft")).fill("365")
        press(page, "Keep it so")
        expect(page.get_by_role("dialog")).to_have_count(0, timeout=PATIENCE_MS)
        expect(card).to_contain_text("stays 30 days, and what belongs to a theft 365 days")
        http_laptop.live()
        assert http_laptop.core.held
        assert http_laptop.core.held.will.keep == Keep(days=30, theft_days=365)
        press(page, "Change")
        expect(page.get_by_label("Reports, in days")).to_have_value("30")


def test_what_is_deleted_is_gone_at_once_and_is_no_finding(
    browser: Browser, here: Stage, http_laptop: HttpLaptop
) -> None:
    with sitting(browser, here) as (page, _):
        adopted(page, here, http_laptop, "Laptop whose past is deleted")
        for _ in range(3):
            http_laptop.report()
        ready(page)
        expect(page.locator("#verdict")).to_contain_text("Opened reports: 3", timeout=PATIENCE_MS)
        press(page, "Delete evidence")
        page.get_by_label("What", exact=True).select_option("Everything until now")
        page.get_by_label("Password").fill(stage.PASSWORD)
        press(page, "Delete it now")
        expect(page.get_by_role("dialog")).to_have_count(0, timeout=PATIENCE_MS)
        page.reload()
        ready(page)
        expect(region(page)).to_contain_text("content is gone, as you chose: 3")
        expect(page.locator("#verdict")).to_contain_text("genuine")
        expect(page.locator("#findings")).to_be_hidden()


def region(page: Page) -> Locator:
    return page.get_by_role("region", name="How long evidence stays")


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()
