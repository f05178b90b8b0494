"""A browser window that tells when something went wrong in it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, ConsoleMessage, Page

PATIENCE_MS = 60_000  # two browsers, two portals and their hashing share two cores


@contextmanager
def watched(browser: Browser, **options: Any) -> Iterator[Page]:
    """A page in a context of its own; raises on leaving if the browser complained."""
    complaints: list[str] = []
    fixed = {"locale": "en-GB", "timezone_id": "Europe/Warsaw", "reduced_motion": "reduce"}
    context = browser.new_context(**fixed | options)
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    page.on("console", lambda message: _note(message, complaints))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    context.close()
    assert complaints == [], complaints  # pytest explains no asserts outside of its tests


def _note(message: ConsoleMessage, complaints: list[str]) -> None:
    url = message.location.get("url", "")
    refused = "/api/v1/" in url and message.text.startswith("Failed to load resource")
    if message.type in ("error", "warning") and not refused:  # the portal may say no
        complaints.append(f"{message.text} ({url})")
