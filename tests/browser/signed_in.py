"""An owner signed in to the portal's pages, and what she does on them, for several tests."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page, Request, expect

from demo import stage
from demo.stage import Stage
from tests.browser.windows import watched
from tests.owner.http_laptop import HttpLaptop

PATIENCE_MS = 60_000


@dataclass
class Traffic:
    """Everything a window sent and asked for."""

    asked: list[str] = field(default_factory=list)
    sent: list[str] = field(default_factory=list)

    def hear(self, request: Request) -> None:
        self.asked.append(request.url)
        headers = "\n".join(f"{name}: {value}" for name, value in request.headers.items())
        body = (request.post_data_buffer or b"").decode("latin-1")
        self.sent.append("\n".join((request.url, headers, body)))

    @property
    def hosts(self) -> set[str]:
        return {urlsplit(url).netloc for url in self.asked if not url.startswith("blob:")}


@contextmanager
def sitting(browser: Browser, here: Stage, **options: Any) -> Iterator[tuple[Page, Traffic]]:
    """A window with the owner signed in, on the page of her laptops."""
    traffic = Traffic()
    with watched(browser, **options) as page:
        page.on("request", traffic.hear)
        page.goto(f"{here.url}/devices")
        sign_in(page)
        expect(page.get_by_role("heading", name="Your laptops")).to_be_visible()
        ready(page)
        yield page, traffic


def sign_in(page: Page) -> None:
    page.get_by_label("Email").fill(stage.EMAIL)
    page.get_by_label("Password").fill(stage.PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def ready(page: Page) -> None:
    page.locator("html[data-ready]").wait_for(state="attached", timeout=PATIENCE_MS)


def mark_stolen(page: Page) -> None:
    page.get_by_role("button", name="Mark as stolen").click()
    page.get_by_label("Password").fill(stage.PASSWORD)
    page.get_by_role("button", name="Mark as stolen now").click()
    expect(page.get_by_role("button", name="I have it back")).to_be_visible(timeout=PATIENCE_MS)


def adopted(page: Page, here: Stage, laptop: HttpLaptop, name: str) -> None:
    """Add it by the typed code, and stay on its page."""
    page.goto(f"{here.url}/pair")
    ready(page)
    page.get_by_label("Code from the laptop").fill(laptop.code.lower())
    page.get_by_role("button", name="Find laptop").click()
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(stage.PASSWORD)
    page.get_by_role("button", name="Add this laptop").click()
    page.wait_for_url("**/devices/*")
    laptop.learn_owner()


def stolen(page: Page, here: Stage, laptop: HttpLaptop, name: str) -> None:
    """Added, reported from home, stolen, and reported with a picture and a route."""
    adopted(page, here, laptop, name)
    laptop.report()
    ready(page)
    mark_stolen(page)
    laptop.live()
    laptop.report()
    expect(page.locator("#shots > li")).to_have_count(2, timeout=PATIENCE_MS)
