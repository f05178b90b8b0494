"""From no account to money back, in a browser, with a Stripe of our own on loopback."""

import os
import re
import sqlite3
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
import requests
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from demo import stage
from demo.stage import Stage
from shared.checkin import GOODBYE
from tests import fake_stripe
from tests.browser.front import add_laptop, sign_up
from tests.browser.windows import watched
from tests.fake_stripe import FakeStripe
from tests.fake_vies import FakeVies
from tests.owner.http_laptop import HttpLaptop, now

SHOTS = os.environ.get("HOMEWARD_SHOTS")  # a folder, for whoever wants to look


@pytest.fixture(scope="module")
def fake() -> Iterator[FakeStripe]:
    made = FakeStripe(lambda: time.time_ns() // 1_000_000)
    yield made
    made.close()


@pytest.fixture(scope="module")
def register() -> Iterator[FakeVies]:
    made = FakeVies()
    yield made
    made.close()


@pytest.fixture(scope="module")
def shop(
    fake: FakeStripe, register: FakeVies, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stage]:
    """A portal process that sells."""
    with ExitStack() as parts, pytest.MonkeyPatch.context() as patch:
        for name, value in {
            "STRIPE_KEY": fake_stripe.KEY, "STRIPE_WEBHOOK_SECRET": fake_stripe.SECRET,
            "STRIPE_PRODUCT": fake_stripe.PRODUCT, "STRIPE_API": fake.url,
            "SELLER": "Homeward Test Ltd, 1 Home Street, Made-up Town", "SELLER_COUNTRY": "DE",
            "SELLER_VAT": "DE123456788", "LICENSES_SINCE": "2026-01-01", "VIES": register.url,
        }.items():  # fmt: skip
            patch.setenv(f"HOMEWARD_{name}", value)
        here = stage.prepare(tmp_path_factory.mktemp("shop"), parts, lambda what: None)
        fake.portal = here.url
        stage.start_portal(here)
        yield here


def look(page: Page, name: str) -> None:
    """For everybody; and a picture, where somebody wants to see it."""
    found = Axe().run(page)
    assert found.violations_count == 0, (name, found.generate_report())
    width = page.viewport_size["width"] if page.viewport_size else 0
    assert page.evaluate("document.documentElement.scrollWidth") <= width, name
    if SHOTS:
        dark = page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
        page.screenshot(path=Path(SHOTS) / f"{name}-{width}{'-dark' * dark}.png", full_page=True)


def buy(page: Page, shop: Stage) -> None:
    page.goto(f"{shop.url}/payments")
    expect(page.get_by_role("heading", name="Nothing bought yet")).to_be_visible()
    page.get_by_role("link", name="Buy a license").click()
    expect(page.get_by_label("Office")).to_be_visible()
    look(page, "buy")
    page.get_by_label("Office").check()
    page.get_by_label("Seats").fill("2")
    page.get_by_label("Country").select_option("Germany")
    page.get_by_role("button", name="Go on to the sum").click()
    expect(page.get_by_role("link", name="Pay now")).to_be_visible()
    look(page, "to-pay")
    page.get_by_role("link", name="Pay now").click()
    page.get_by_role("button", name="Pay").click()
    expect(page.get_by_text("The payment arrived")).to_be_visible()


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 390)])
def test_from_no_account_to_money_back(
    browser: Browser, shop: Stage, fake: FakeStripe, scheme: str, width: int
) -> None:
    size = {"width": width, "height": 900}
    with watched(browser, viewport=size, color_scheme=scheme) as page:
        email = f"alice-{width}@example.org"
        sign_up(page, shop.url, email)
        page.goto(f"{shop.url}/licenses")
        expect(page.get_by_text("You are trying Homeward out")).to_be_visible()
        buy(page, shop)
        page.get_by_role("link", name="Payments").click()
        expect(page.get_by_role("link", name=re.compile("^INV-"))).to_be_visible()
        look(page, "payments")
        page.get_by_role("link", name=re.compile("^INV-")).click()
        expect(page.get_by_text("€59.50")).to_be_visible()
        look(page, "invoice")
        _say_what_stands_on_invoices(page, shop)
        _add_seats(page, shop)
        _release_a_seat(page, shop)
        _move_a_seat(page, shop)
        _have_the_money_back(page, shop)
    _no_card_number_stands_anywhere(shop)


def _say_what_stands_on_invoices(page: Page, shop: Stage) -> None:
    page.goto(f"{shop.url}/payments")
    page.get_by_role("link", name="Billing details").click()
    expect(page.get_by_label("Country")).to_have_value("DE")
    page.get_by_label("Name or company").fill("A made-up shop")
    page.get_by_label("Address").fill("1 Home Street\nMade-up Town")
    page.get_by_label("VAT number").fill("DE136695976")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("does not know this VAT number")).to_be_visible()
    expect(page.get_by_label("Address")).to_have_value("1 Home Street\nMade-up Town")
    look(page, "details")


def _add_seats(page: Page, shop: Stage) -> None:
    _change_to(page, shop, 4, "To pay now")
    page.goto(f"{shop.url}/licenses")
    expect(page.get_by_text("0 of 4 taken")).to_be_visible()


def _change_to(page: Page, shop: Stage, seats: int, said: str) -> None:
    page.goto(f"{shop.url}/payments/change")
    page.get_by_label("Office").check()
    page.get_by_label("Seats").fill(str(seats))
    page.get_by_role("button", name="What would it cost?").click()
    expect(page.get_by_text(said)).to_be_visible()
    look(page, f"change-to-{seats}")
    page.get_by_role("button", name="Change it now").click()


def _move_a_seat(page: Page, shop: Stage) -> None:
    """Two laptops and one seat: the later one goes without, until she says otherwise."""
    for name in ("First laptop", "Second laptop"):
        laptop = HttpLaptop(shop.url)
        laptop.offer()
        add_laptop(page, shop.url, laptop, name)
    _change_to(page, shop, 1, "Counts towards the next invoice")
    page.goto(f"{shop.url}/licenses")
    expect(page.get_by_text("1 of 1 taken")).to_be_visible()
    expect(page.get_by_text("a laptop beyond the license")).to_have_count(1)
    look(page, "beyond")
    page.get_by_role("button", name="Move a seat here").click()
    expect(page.get_by_text("The seat is moved")).to_be_visible()
    look(page, "seat-moved")


def _release_a_seat(page: Page, shop: Stage) -> None:
    laptop = HttpLaptop(shop.url)
    laptop.offer()
    add_laptop(page, shop.url, laptop, "Laptop with a seat")
    page.goto(f"{shop.url}/licenses")
    expect(page.get_by_text("1 of 4 taken")).to_be_visible()
    headers = laptop.core.authorization(GOODBYE, now())
    assert requests.post(f"{shop.url}/api/v1/leave", headers=headers, timeout=30).ok
    page.reload()
    expect(page.get_by_text("0 of 4 taken")).to_be_visible()
    look(page, "licenses")


def _have_the_money_back(page: Page, shop: Stage) -> None:
    page.goto(f"{shop.url}/payments")
    page.get_by_text("Cancel and have the money back").click()
    expect(page.get_by_role("button", name="Cancel and refund now")).to_be_visible()
    look(page, "cancel")
    page.get_by_role("button", name="Cancel and refund now").click()
    expect(page.get_by_text("Your license was paid back.")).to_be_visible()
    expect(page.get_by_role("link", name=re.compile("^CN-"))).to_be_visible()
    look(page, "paid-back")
    page.goto(f"{shop.url}/licenses")
    expect(page.get_by_text("a laptop that is marked as stolen goes on reporting")).to_be_visible()


def _no_card_number_stands_anywhere(shop: Stage) -> None:
    """Fifteen digits or more that add up as cards do; times in milliseconds have thirteen."""
    written = [path.read_bytes().decode("latin-1") for path in shop.folder.rglob("*.log")]
    with closing(sqlite3.connect(shop.folder / "portal" / "portal.db")) as base:
        for (table,) in base.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table'"
        ).fetchall():
            written += [str(row) for row in base.execute(f'SELECT * FROM "{table}"')]  # noqa: S608
    assert len(written) > 50
    assert [number for text in written for number in cards(text)] == []
    assert cards("paid with 4242424242424242, thank you") == ["4242424242424242"]


def cards(text: str) -> list[str]:
    found = re.findall(r"(?<![\w.\\])(?:\d[ -]?){14,18}\d(?![\w.])", text)
    return [number for number in found if _adds_up(re.sub(r"\D", "", number))]


def _adds_up(number: str) -> bool:
    """Luhn, ISO/IEC 7812-1."""
    doubled = [int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(number))]
    return sum(value // 10 + value % 10 for value in doubled) % 10 == 0
