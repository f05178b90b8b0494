"""From no account to a forgotten password, on the pages an owner sees."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Request, Route, expect

from tests.browser.front import (
    PASSWORD,
    begin,
    confirm,
    fill,
    press,
    ready,
    sign_in,
    sign_up,
    visit,
)
from tests.browser.windows import watched

WRONG = "This email and password do not go together. Check both and try again."


@pytest.fixture(scope="module")
def alice(browser: Browser, front: str) -> dict[str, str]:
    """Alice, who signed up once for all tests here."""
    with watched(browser) as page:
        return {"email": "alice@example.org", "code": sign_up(page, front, "alice@example.org")}


@pytest.fixture
def desk(browser: Browser, front: str, alice: dict[str, str]) -> Iterator[Page]:
    """Alice at a fresh browser, signed in."""
    with watched(browser) as page:
        sign_in(page, front, alice["email"])
        ready(page)
        yield page


def complaint(page: Page) -> str:
    alert = page.get_by_role("alert").filter(visible=True)
    expect(alert).to_have_text(re.compile(r"\w"))
    return alert.inner_text()


def test_signing_up_ends_signed_in_and_unlocked(page: Page, front: str) -> None:
    sign_up(page, front, "new@example.org")
    expect(page.get_by_role("heading", name="Your laptops")).to_be_visible()
    visit(page, f"{front}/devices")  # no unlocking in between
    expect(page).to_have_url(f"{front}/devices")


def test_no_request_carries_what_must_stay_here(page: Page, front: str) -> None:
    sent: list[str] = []

    def hear(request: Request) -> None:
        body = (request.post_data_buffer or b"").decode("latin-1")
        sent.append("\n".join((request.url, str(request.headers), body)))

    page.on("request", hear)
    visit(page, f"{front}/sign-up")
    page.get_by_label("Hide my personal data").uncheck()
    fill(page, Email="traffic@example.org", Password=PASSWORD)
    page.get_by_label("Name").fill("Alice Ant")
    page.get_by_label("Phone").fill("+48 555 0100")
    press(page, "Create account")
    expect(page.get_by_role("button", name="I have written it down")).to_be_visible()
    code = " ".join(page.locator("[data-group]").all_inner_texts())
    confirm(page, code)
    page.wait_for_url(f"{front}/devices")
    everything = "\n".join(sent)
    assert "/api/v1/account/directory" in everything  # where name and phone went, sealed
    for secret in (PASSWORD, "Alice Ant", "555 0100", code, code.replace(" ", ""), *code.split()):
        assert secret not in everything


def test_personal_data_is_hidden_until_the_owner_says_otherwise(page: Page, front: str) -> None:
    visit(page, f"{front}/sign-up")
    hide = page.get_by_label("Hide my personal data")
    expect(hide).to_be_checked()
    expect(page.get_by_label("Name")).to_be_hidden()
    hide.uncheck()
    expect(page.get_by_label("Name")).to_be_visible()
    hide.check()
    expect(page.get_by_label("Phone")).to_be_hidden()


def test_a_code_that_was_not_written_down_is_noticed(page: Page, front: str) -> None:
    code = begin(page, front, "hasty@example.org")
    confirm(page, " ".join(["0000"] * 8))
    assert "not the ones on your paper" in complaint(page)
    press(page, "Show the code again")
    assert " ".join(page.locator("[data-group]").all_inner_texts()) == code


def test_an_email_that_is_taken_looks_like_any_until_the_password_is_tried(
    page: Page, front: str, alice: dict[str, str]
) -> None:
    statuses: list[int] = []
    page.on("response", lambda answer: statuses.append(answer.status))
    code = begin(page, front, alice["email"])  # the same page as for a new email
    assert len(code.split()) == 8
    assert max(statuses) < 300
    confirm(page, code)
    assert "this email had one before" in complaint(page)


def test_a_weak_password_is_refused_before_anything_is_sent(page: Page, front: str) -> None:
    visit(page, f"{front}/sign-up")
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url))
    fill(page, Email="weak@example.org", Password="short")
    press(page, "Create account")
    assert "Use at least 12" in complaint(page)
    assert sent == []


def test_a_wrong_password_and_an_unknown_email_read_the_same(
    page: Page, front: str, alice: dict[str, str]
) -> None:
    said = []
    for email in (alice["email"], "nobody@example.org"):
        answers: list[int] = []
        page.on("response", lambda answer, heard=answers: heard.append(answer.status))  # type: ignore[misc]
        visit(page, f"{front}/sign-in")
        answers.clear()
        fill(page, Email=email, Password="another long guess")
        press(page, "Sign in")
        said.append((complaint(page), [status for status in answers if status != 304]))
    assert said[0] == said[1]
    assert said[0][0] == WRONG


def test_signing_in_leads_where_one_wanted_to_go(
    page: Page, front: str, alice: dict[str, str]
) -> None:
    page.goto(f"{front}/pair#0123")
    ready(page)
    fill(page, Email=alice["email"], Password=PASSWORD)
    press(page, "Sign in")
    page.wait_for_url(f"{front}/pair#0123")


@pytest.mark.parametrize(
    "elsewhere",
    ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "\t//x"],
)
def test_signing_in_never_leads_elsewhere(desk: Page, front: str, elsewhere: str) -> None:
    desk.goto(f"{front}/unlock?next={elsewhere}")  # unlocked, so it goes on at once
    desk.wait_for_url(f"{front}/devices")


def test_signing_out_takes_the_keys_along(desk: Page, front: str) -> None:
    desk.get_by_role("button", name="Sign out").click()
    desk.wait_for_url(f"{front}/")
    assert desk.context.cookies() == []
    assert desk.evaluate("indexedDB.databases()") == []
    desk.go_back()
    desk.wait_for_url(f"{front}/sign-in?next=%2Fdevices")  # not the page as it was


def test_a_second_tab_is_unlocked_too_and_signed_out_too(desk: Page, front: str) -> None:
    other = desk.context.new_page()
    visit(other, f"{front}/devices")
    expect(other).to_have_url(f"{front}/devices")
    desk.get_by_role("button", name="Sign out").click()
    desk.wait_for_url(f"{front}/")
    other.wait_for_url(re.compile("/(unlock|sign-in)"), timeout=15_000)


def test_a_browser_without_keys_asks_for_the_password_only(
    desk: Page, front: str, alice: dict[str, str]
) -> None:
    desk.evaluate("indexedDB.deleteDatabase('homeward')")
    visit(desk, f"{front}/unlock?next=/devices")
    press(desk, "Unlock")
    assert complaint(desk) == "Type your password."
    fill(desk, Password="not the right one at all")
    press(desk, "Unlock")
    assert "This is not your password" in complaint(desk)
    fill(desk, Password=PASSWORD)
    press(desk, "Unlock")
    desk.wait_for_url(f"{front}/devices")


def test_a_form_sent_twice_signs_in_once(page: Page, front: str, alice: dict[str, str]) -> None:
    visit(page, f"{front}/sign-in")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    fill(page, Email=alice["email"], Password=PASSWORD)
    page.evaluate("for (const _ of [1, 2]) document.getElementById('sign-in').requestSubmit()")
    page.wait_for_url(f"{front}/devices")
    assert asked.count(f"{front}/api/v1/login/start") == 1


def test_a_busy_portal_is_waited_for_and_the_page_says_so(
    page: Page, front: str, alice: dict[str, str]
) -> None:
    visit(page, f"{front}/sign-in")
    tries: list[str] = []

    def busy_once(route: Route) -> None:
        tries.append(route.request.url)
        route.fulfill(status=503) if len(tries) == 1 else route.continue_()

    page.route("**/api/v1/login/start", busy_once)
    fill(page, Email=alice["email"], Password=PASSWORD)
    press(page, "Sign in")
    expect(page.get_by_text("The portal does not answer just now.")).to_be_visible()
    page.wait_for_url(f"{front}/devices")


def test_a_portal_that_is_away_is_named_and_the_page_stays(page: Page, front: str) -> None:
    visit(page, f"{front}/sign-in")
    page.route("**/api/v1/login/start", lambda route: route.abort())
    fill(page, Email="alice@example.org", Password=PASSWORD)
    press(page, "Sign in")
    assert "cannot be reached just now" in complaint(page)
    expect(page.get_by_label("Email")).to_have_value("alice@example.org")


def test_paper_brings_back_who_forgot_the_password(
    browser: Browser, page: Page, front: str
) -> None:
    code = sign_up(page, front, "forgetful@example.org")
    with watched(browser) as other:
        visit(other, f"{front}/forgotten")
        fill(other, Email="forgetful@example.org", New_password="nine brisk herons wade")
        other.get_by_role("textbox", name="Recovery code").fill("0000 1111")
        press(other, "Set new password")
        assert "not a whole recovery code" in complaint(other)
        other.get_by_role("textbox", name="Recovery code").fill(" ".join(reversed(code.split())))
        press(other, "Set new password")
        assert "email and recovery code do not go together" in complaint(other)
        other.get_by_role("textbox", name="Recovery code").fill(code.lower())
        press(other, "Set new password")
        expect(other.get_by_role("heading", name="Write down your recovery code")).to_be_visible()
        newer = " ".join(other.locator("[data-group]").all_inner_texts())
        assert newer != code
        confirm(other, newer)
        other.wait_for_url(f"{front}/devices")
    page.goto(f"{front}/devices")  # the first browser was signed out by it
    page.wait_for_url(f"{front}/sign-in?next=%2Fdevices")
    with watched(browser) as third:
        sign_in(third, front, "forgetful@example.org", "nine brisk herons wade")
        visit(third, f"{front}/forgotten")
        fill(third, Email="forgetful@example.org", New_password="ten calm storks stand")
        third.get_by_role("textbox", name="Recovery code").fill(code)
        press(third, "Set new password")
        assert "email and recovery code do not go together" in complaint(third)
        third.get_by_role("textbox", name="Recovery code").fill(newer)
        press(third, "Set new password")
        expect(third.get_by_role("heading", name="Write down your recovery code")).to_be_visible()


def test_a_lost_paper_is_replaced_once_the_new_one_is_written(page: Page, front: str) -> None:
    code = sign_up(page, front, "tidy@example.org")
    visit(page, f"{front}/account/recovery-code")
    press(page, "Make a new code")
    assert complaint(page) == "Type your password."
    fill(page, Password=PASSWORD)
    press(page, "Make a new code")
    expect(page.get_by_role("heading", name="Write down your recovery code")).to_be_visible()
    newer = " ".join(page.locator("[data-group]").all_inner_texts())
    press(page, "I have written it down")
    press(page, "Show the code again")
    assert code != newer
    confirm(page, newer)
    expect(page.get_by_text("Your new recovery code holds.")).to_be_visible()
    page.goto(f"{front}/account/log")
    expect(page.get_by_text("You made a new recovery code.")).to_be_visible()


@pytest.mark.parametrize(
    "text", ["<img src=x onerror=alert(1)>", "{{7*7}}", "javascript:alert(1)", "'\";--</script>"]
)
def test_what_is_typed_stays_text(page: Page, front: str, text: str) -> None:
    visit(page, f"{front}/sign-up")
    page.get_by_label("Hide my personal data").uncheck()
    page.get_by_label("Name").fill(text)
    page.get_by_label("Phone").fill(text)
    page.get_by_label("Email").fill(f"{text}@example.org")
    page.get_by_label("Password").fill(PASSWORD)
    press(page, "Create account")
    outcome = page.get_by_role("alert").or_(page.locator("#code-title")).filter(visible=True)
    expect(outcome).to_have_text(re.compile(r"\w"))
    assert page.locator("img").count() == 0
    assert "49" not in outcome.inner_text()
