"""What may go wrong on an owner's laptop pages, and what they say then."""

import sqlite3
from contextlib import closing

from playwright.sync_api import Browser, expect

from demo import stage
from demo.stage import Stage
from tests.browser.signed_in import PATIENCE_MS, adopted, ready, sign_in, sitting, stolen
from tests.owner.http_laptop import HttpLaptop


def test_tampered_evidence_is_named_beside_what_is_good(
    browser: Browser, here: Stage, http_laptop: HttpLaptop
) -> None:
    with sitting(browser, here) as (page, _):
        stolen(page, here, http_laptop, "Tampered laptop")
        flip_last_bit(here, http_laptop.core.id, seq=1)
        page.reload()
        ready(page)
        expect(page.locator("#verdict")).to_contain_text("Something is not as the laptop sent it")
        expect(page.locator("#findings")).to_contain_text("body-mismatch")
        expect(page.locator("#findings")).to_contain_text("report 1 is not the one the laptop")
        rows = page.locator("#journal > tr")
        expect(rows.filter(has_text="Report 1")).to_contain_text("not the one the laptop signed")
        expect(rows.filter(has_text="Report 2")).to_contain_text("Genuine")
        expect(page.locator("#shots > li")).to_have_count(1)


def flip_last_bit(here: Stage, device: bytes, seq: int) -> None:
    """As an operator with the database could."""
    with closing(sqlite3.connect(here.folder / "portal" / "portal.db")) as portal, portal:
        [(row, body)] = portal.execute(
            "SELECT report.rowid, body FROM report JOIN device ON number = device"
            " WHERE id = ? AND seq = ?",
            (device, seq),
        )
        flipped = body[:-1] + bytes([body[-1] ^ 1])
        portal.execute("UPDATE report SET body = ? WHERE rowid = ?", (flipped, row))


def test_a_locked_browser_unlocks_and_comes_back(
    browser: Browser, here: Stage, http_laptop: HttpLaptop
) -> None:
    with sitting(browser, here) as (page, _):
        adopted(page, here, http_laptop, "Locked laptop")
        ready(page)
        device = page.url
        page.evaluate("indexedDB.deleteDatabase('homeward')")
        page.reload()
        page.wait_for_url("**/unlock?next=*")
        page.get_by_label("Password").fill(stage.PASSWORD)
        page.get_by_role("button", name="Unlock").click()
        page.wait_for_url(device)
        expect(page.get_by_role("heading", name="Locked laptop")).to_be_visible()


def test_a_session_that_ended_meanwhile_leads_to_sign_in_and_back(
    browser: Browser, here: Stage, http_laptop: HttpLaptop
) -> None:
    with sitting(browser, here) as (page, _):
        adopted(page, here, http_laptop, "Forgotten laptop")
        ready(page)
        device = page.url
        page.context.clear_cookies()
        page.get_by_role("button", name="Mark as stolen").click()
        page.get_by_label("Password").fill(stage.PASSWORD)
        page.get_by_role("button", name="Mark as stolen now").click()
        page.wait_for_url("**/sign-in?next=*")
        sign_in(page)
        page.wait_for_url(device)
        expect(page.get_by_role("button", name="Mark as stolen")).to_be_visible()


def test_a_portal_that_is_away_is_said_and_waited_for(
    browser: Browser, here: Stage, http_laptop: HttpLaptop
) -> None:
    with sitting(browser, here) as (page, _):
        adopted(page, here, http_laptop, "Patient laptop")
        ready(page)
        http_laptop.report()
        away = page.get_by_text("The portal does not answer just now.")
        expect(away).to_be_hidden()
        page.route("**/api/v1/devices/*", lambda route: route.fulfill(status=503))
        expect(away).to_be_visible(timeout=PATIENCE_MS)
        page.unroute("**/api/v1/devices/*")
        expect(away).to_be_hidden(timeout=PATIENCE_MS)
        expect(page.locator("#chosen")).to_contain_text("Berlin", timeout=PATIENCE_MS)


def test_a_wrong_password_marks_nothing(
    browser: Browser, here: Stage, http_laptop: HttpLaptop
) -> None:
    with sitting(browser, here) as (page, _):
        adopted(page, here, http_laptop, "Careful laptop")
        ready(page)
        page.get_by_role("button", name="Mark as stolen").click()
        page.get_by_label("Password").fill("four wrong blue herons")
        page.get_by_role("button", name="Mark as stolen now").click()
        expect(page.get_by_role("alert")).to_contain_text("This is not your password.")
        page.get_by_role("button", name="Not now").click()
        expect(page.locator("#standing")).to_have_text("At home")


def test_a_code_that_is_none_or_nobodys_finds_no_laptop(browser: Browser, here: Stage) -> None:
    said = {
        "ABCD": "A code has six groups of four",
        HttpLaptop(here.url).code: "No laptop waits under this code.",
    }
    with sitting(browser, here) as (page, _):
        page.goto(f"{here.url}/pair")
        ready(page)
        for code, sentence in said.items():
            page.get_by_label("Code from the laptop").fill(code)
            page.get_by_role("button", name="Find laptop").click()
            expect(page.get_by_text(sentence)).to_be_visible()
            expect(page.get_by_role("button", name="Add this laptop")).to_be_hidden()


def test_somebody_elses_laptop_does_not_exist(browser: Browser, here: Stage) -> None:
    with sitting(browser, here) as (page, _):
        for path in ("", "/report"):
            answer = page.request.get(f"{here.url}/devices/{bytes(16).hex()}{path}")
            assert answer.status == 404
