"""A portal that knows its own address, as passkeys need, and a new owner in front of it."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from demo.processes import free_port
from tests.browser.front import made_portal, open_portal, sign_up
from tests.browser.windows import watched


@contextmanager
def known_portal(folder: Path, build: Path) -> Iterator[str]:
    """Its URL."""
    port = free_port()
    own = f"http://localhost:{port}"
    with made_portal(folder, build, PUBLIC_URL=own) as app, open_portal(app, port) as url:
        yield url


@contextmanager
def owner(browser: Browser, portal: str, email: str) -> Iterator[Page]:
    """A new owner at her browser, signed in."""
    with watched(browser) as page:
        sign_up(page, portal, email)
        yield page


def email_of(request: pytest.FixtureRequest) -> str:
    """One for each test: they share a portal."""
    return f"{abs(hash(request.node.name)):x}@example.org"


def alert(page: Page) -> str:
    shown = page.get_by_role("alert").filter(visible=True)
    expect(shown).to_have_text(re.compile(r"\w"))
    return shown.inner_text()
