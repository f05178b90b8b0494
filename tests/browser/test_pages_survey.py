"""A survey's page is for everybody: in each look, with the keyboard, and without a script."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, expect
from sqlalchemy.orm import Session

from portal.context import services_of
from portal.db import for_writing
from portal.marketing import campaigns, tokens
from portal.marketing.campaigns import Plan, Text
from portal.marketing.models import Scope
from portal.marketing.surveys import Question
from portal.marketing.tokens import ANSWER, Ticket
from tests.browser.front import made_portal, open_portal
from tests.browser.windows import watched

BOB = bytes(32)


@pytest.fixture(scope="module")
def survey(build: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The link that stands in a letter to Bob."""
    with made_portal(tmp_path_factory.mktemp("survey"), build) as app, open_portal(app) as url:
        services = services_of(app)
        with Session(for_writing(services.engine)) as session:
            plan = Plan(Scope.SURVEYS, "en", 60, Question.RECOMMEND)
            number = campaigns.new(session, Text("How are we?", "One question."), plan, 1).number
            session.commit()
        ticket = Ticket(BOB, (Scope.SURVEYS,), number)
        yield f"{url}/s/{tokens.make(services.settings.pepper, ANSWER, ticket)}"


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 1280), ("light", 390)])
def test_nobody_is_shut_out(browser: Browser, survey: str, scheme: str, width: int) -> None:
    size = {"width": width, "height": 900}
    with watched(browser, viewport=size, color_scheme=scheme) as page:
        page.goto(survey)
        found = Axe().run(page)
        assert found.violations_count == 0, found.generate_report()
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_it_is_answered_and_taken_back_with_the_keyboard_and_without_a_script(
    browser: Browser, survey: str
) -> None:
    with watched(browser, java_script_enabled=False) as page:
        page.goto(survey)
        page.get_by_role("radio", name="0", exact=True).focus()
        for _ in range(9):
            page.keyboard.press("ArrowRight")
        page.keyboard.press("Tab")
        page.keyboard.type("Quick")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        expect(page.get_by_role("status").filter(has_text="Thank you.")).to_be_visible()
        expect(page.get_by_role("radio", name="9", exact=True)).to_be_checked()
        page.get_by_role("button", name="Delete my answer").focus()
        page.keyboard.press("Enter")
        expect(page.get_by_role("status").filter(has_text="deleted")).to_be_visible()
        assert page.get_by_role("radio", checked=True).count() == 0
