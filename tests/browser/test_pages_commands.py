"""What an owner asks a laptop for on its page: what reaches the laptop, and what stays unsigned."""

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from demo import stage
from demo.stage import Stage
from shared import readings
from shared.command import Wish
from shared.wishes import Alarm, Asked, Lock, Message, Wipe, parse
from tests.browser.signed_in import PATIENCE_MS, adopted, mark_stolen, ready, sitting
from tests.owner.http_laptop import HttpLaptop

NAME = "Laptop to command"


def open_dialog(page: Page, button: str) -> None:
    page.get_by_role("button", name=button).click()
    expect(page.get_by_role("heading", name=button)).to_be_visible()


def confirm(page: Page, button: str) -> None:
    page.get_by_label("Password").fill(stage.PASSWORD)
    page.get_by_role("button", name=button, exact=True).click()


def sent(page: Page) -> None:
    expect(page.get_by_role("dialog")).to_have_count(0, timeout=PATIENCE_MS)
    expect(page.locator("#sent")).to_contain_text("Asked.")


def told(page: Page, sentence: str) -> None:
    expect(page.get_by_role("dialog").get_by_role("alert")).to_have_text(sentence)


def asked(laptop: HttpLaptop) -> list[Asked | None]:
    """What the laptop opened since it was asked last."""
    laptop.opened.clear()
    laptop.check_in()
    return [parse(wish, said) for wish, said in laptop.opened]


def answer(laptop: HttpLaptop, wish: Wish, result: str, detail: str, **said: Any) -> None:
    outcome = {"wish": wish, "result": result, "detail": detail, "said": said}
    sealed = laptop.core.seal(readings.answer(laptop.moment(), "ab" * 16, outcome), ())
    laptop.check_in(sealed)


@pytest.mark.parametrize("width", [390, 1280])
def test_from_the_button_to_the_laptops_answer(
    browser: Browser, here: Stage, http_laptop: HttpLaptop, width: int
) -> None:
    with sitting(browser, here, viewport={"width": width, "height": 900}) as (page, _):
        adopted(page, here, http_laptop, NAME + f" {width}")
        http_laptop.report()
        ready(page)
        expect(page.get_by_role("button", name="Empty folders")).to_be_hidden()
        open_dialog(page, "Lock its screens")
        confirm(page, "Lock them")
        sent(page)
        open_dialog(page, "Show a message")
        confirm(page, "Show it")
        told(page, "Write what it is to show.")
        page.get_by_role("textbox", name="Message").fill("Please call 555-0100.\nThank you.")
        confirm(page, "Show it")
        sent(page)
        open_dialog(page, "Sound an alarm")
        page.get_by_label("For how long").select_option("300")
        confirm(page, "Sound it")
        sent(page)
        message = Message("Please call 555-0100.\nThank you.")
        assert asked(http_laptop) == [Lock(), message, Alarm(300)]
        wipe(page, http_laptop, NAME + f" {width}")
        answers(page, http_laptop)


def wipe(page: Page, laptop: HttpLaptop, name: str) -> None:
    mark_stolen(page)
    open_dialog(page, "Empty folders")
    assert Axe().run(page).violations_count == 0
    confirm(page, "Empty them")
    told(page, "Name a folder or an account, twenty at most.")
    page.get_by_label("Folders, one in each line").fill("Letters\n\n/home/alice/Photos")
    confirm(page, "Empty them")
    told(page, "Write each folder with its full path, beginning with / or C:\\.")
    page.get_by_label("Folders, one in each line").fill("/home/alice/Letters\n\n /home/a/b ")
    page.get_by_label("Name of the laptop").fill("Another laptop")
    confirm(page, "Empty them")
    told(page, "That is not the name of this laptop. Nothing was sent.")
    assert asked(laptop) == []
    page.get_by_label("Name of the laptop").fill(name)
    page.get_by_label("Accounts whose whole home folder is emptied").fill("bob")
    page.get_by_label("Afterwards let the laptop go").check()
    confirm(page, "Empty them")
    sent(page)
    folders = ("/home/alice/Letters", "/home/a/b")
    assert asked(laptop) == [Wipe(folders, ("bob",), forget=True)]


def answers(page: Page, laptop: HttpLaptop) -> None:
    answer(laptop, Wish.LOCK, "failed", "stays-unlocked", sessions=2, locked=1)
    answer(laptop, Wish.MESSAGE, "begun", "waits-for-unlock")
    emptied = [{"files": 3, "kept": 0, "there": True}, {"files": 2, "kept": 1, "there": False}]
    answer(laptop, Wish.WIPE, "failed", "incomplete", folders=emptied)
    answer(laptop, Wish.WIPE, "refused", "folder-not-allowed", folder="/etc\u202e<b>")
    answer(laptop, Wish.ALARM, "done", "odd\u202eword", seconds={"a": []}, folders="none")
    journal = page.locator("#journal")
    for sentence in (
        "(lock): the laptop could not do what you asked. Screens that locked: 1 of 2.",
        "(message): the laptop has heard of it. It waits until somebody unlocks the screen.",
        "Files removed: 5. Left where they were: 1. Folders that are not there: 1.",
        "“/etc <b>” is nothing that may be emptied. Nothing was removed.",
        "(alarm): the laptop did what you asked. odd word",
    ):
        expect(journal).to_contain_text(sentence, timeout=PATIENCE_MS)
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]
