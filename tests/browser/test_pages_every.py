"""Every page of the portal's URL map: nobody is shut out, and nobody else is asked."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from demo.stage import Stage
from portal.marketing import tokens
from portal.marketing.models import Scope
from portal.marketing.tokens import CONFIRM, OUT, Ticket
from portal.settings import from_environment
from tests.browser.front import made_portal, ready
from tests.browser.signed_in import sitting, stolen
from tests.browser.windows import watched
from tests.owner.http_laptop import HttpLaptop

CHECKER = "/verify.html"
NO_PAGES = ("/api/", "/static/", "/account/totp.svg", "/account/export", "/.well-known/")
# What test_pages_billing.py and test_pages_survey.py have something to show for.
ELSEWHERE = ("/payments/<", "/payments/invoices/", "/s/<")


@pytest.fixture(scope="module")
def paths(build: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[str]]:
    """Where a browser can go."""
    with made_portal(tmp_path_factory.mktemp("map"), build) as app:
        rules = [rule for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())]
        yield sorted(rule.rule for rule in rules if not rule.rule.startswith(NO_PAGES + ELSEWHERE))


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 1280), ("light", 390)])
def test_every_page_is_for_everybody(
    browser: Browser,
    here: Stage,
    http_laptop: HttpLaptop,
    paths: list[str],
    scheme: str,
    width: int,
    tmp_path: Path,
) -> None:
    size = {"width": width, "height": 900}
    with sitting(browser, here, viewport=size, color_scheme=scheme) as (page, traffic):
        name = f"Laptop_{scheme}_{width}_".ljust(80, "W")  # one long word: nobody forbids it
        stolen(page, here, http_laptop, name)
        page.get_by_role("button", name="Prolong").click()
        _is_for_everybody(page, width, "a dialog")
        assert {CHECKER, "/devices/<hex16:device_id>/report"} <= set(paths)
        for path in paths:
            if path == CHECKER:
                continue
            page.goto(_address(here, path, http_laptop))
            page.wait_for_load_state("networkidle")
            _is_for_everybody(page, width, path)
        _open_report(page, here, http_laptop)
        page.emulate_media(media="print")
        _is_for_everybody(page, width, "the report on paper")
        (tmp_path / "verify.html").write_bytes(page.request.get(here.url + CHECKER).body())
    assert traffic.hosts == {urlsplit(here.url).netloc}
    with watched(browser, viewport=size, color_scheme=scheme) as page:
        page.goto((tmp_path / "verify.html").as_uri())  # a file to keep, read without a portal
        ready(page)
        _is_for_everybody(page, width, CHECKER)


def _address(here: Stage, path: str, laptop: HttpLaptop) -> str:
    """With a laptop of hers in it, or with a link's token that this portal made."""
    use = CONFIRM if "confirm" in path else OUT
    pepper = from_environment(here.portal_environment).pepper
    token = tokens.make(pepper, use, Ticket(bytes(32), (Scope.NEWS,)))
    named = path.replace("<hex16:device_id>", laptop.core.id.hex()).replace("<token>", token)
    named = named.replace("<int:number>", "1")
    return here.url + named


def _open_report(page: Page, here: Stage, laptop: HttpLaptop) -> None:
    page.goto(f"{here.url}/devices/{laptop.core.id.hex()}/report")
    ready(page)
    expect(page.get_by_role("button", name="Print or save as PDF")).to_be_enabled()


def _is_for_everybody(page: Page, width: int, path: str) -> None:
    found = Axe().run(page)
    assert found.violations_count == 0, (path, found.generate_report())
    expect(page.get_by_role("heading", level=1)).to_have_count(1)
    assert page.evaluate("document.documentElement.scrollWidth") <= width, path
