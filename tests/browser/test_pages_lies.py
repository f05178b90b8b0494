"""A portal that lies to its owner's pages: each lie is caught and named by its own sentence."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import APIResponse, Browser, Page, Route, expect

from demo import stage
from demo.stage import Stage
from shared.encoding import b64
from tests.browser.front import sign_up, visit
from tests.browser.lies import Said, instead, lying
from tests.browser.signed_in import PATIENCE_MS, adopted, ready, sign_in, sitting, stolen
from tests.browser.windows import watched
from tests.cast import Laptop
from tests.owner.http_laptop import HttpLaptop

DEVICES, DEVICE, REPORT = "the list", "the laptop", "the report"


@pytest.fixture(scope="module")
def bob(browser: Browser, here: Stage) -> Said:
    """What the portal keeps of another account."""
    with watched(browser) as page:
        sign_up(page, here.url, "bob@example.org")
        return account(page, here)


def account(page: Page, here: Stage) -> Said:
    kept: Said = page.request.get(f"{here.url}/api/v1/account").json()
    return kept


def reordered(said: Said) -> None:
    if records := said.get("records"):
        records[1], records[2] = records[2], records[1]


def withheld(said: Said) -> None:
    if "records" in said:
        del said["records"][1]


def cut_short(said: Said) -> None:
    """The newest report is gone, and the portal says it never had it."""
    if "records" in said:
        said["records"].pop()
    if head := said.get("head"):
        said["head"] = head | {"seq": head["seq"] - 1} if head["seq"] else None


def test_what_a_portal_says_of_a_laptop_is_checked_on_every_page(
    browser: Browser, here: Stage, http_laptop: HttpLaptop, bob: Said
) -> None:
    with sitting(browser, here) as (page, _):
        older = account(page, here)["directory"]
        stolen(page, here, http_laptop, "Contested laptop")
        read_to_the_end(page)
        last = http_laptop.core.seq - 1
        stops = f"The portal stops at report {last - 1}, but report {last} was there before."
        keys = "The portal names other keys for this laptop than it was paired with"
        past = "The portal shows an older version of your directory"
        anothers = "copy of your directory is damaged"
        places = {DEVICES: f"{here.url}/devices", DEVICE: page.url, REPORT: f"{page.url}/report"}
        for lie, sentence, shown in [
            (reordered, "Report 1 was handed over out of its order.", (DEVICE, REPORT)),
            (withheld, "Reports 1 to 1 are missing.", (DEVICE, REPORT)),
            (cut_short, stops, tuple(places)),
            (instead("offer", b64(Laptop().offer.raw)), keys, tuple(places)),
            (instead("directory", older), past, tuple(places)),
            (instead("directory", bob["directory"] | {"version": 99}), anothers, tuple(places)),
        ]:
            with lying(page, lie):
                for place in shown:
                    page.goto(places[place])
                    said = page.get_by_text(sentence).filter(visible=True).first
                    expect(said, f"{sentence} on {place}").to_be_visible(timeout=PATIENCE_MS)
        with lying(page, withheld):
            page.goto(f"{places[DEVICE]}?lang=es")
            expect(page.locator("#findings")).to_contain_text("Faltan los informes del 1 al 1.")
        page.goto(f"{places[DEVICE]}?lang=en")
        read_to_the_end(page)  # and nothing of it stays


def read_to_the_end(page: Page) -> None:
    ready(page)
    good = "Everything is genuine, complete and in order"
    expect(page.locator("#verdict")).to_contain_text(good, timeout=PATIENCE_MS)


def test_an_answer_that_a_change_overtook_is_no_lie(
    browser: Browser, here: Stage, http_laptop: HttpLaptop
) -> None:
    with sitting(browser, here) as (page, _):
        adopted(page, here, http_laptop, "Laptop in a hurry")
        ready(page)
        page.get_by_role("button", name="Mark as stolen").click()
        page.get_by_label("Password").fill(stage.PASSWORD)
        held: list[tuple[Route, APIResponse]] = []
        page.route("**/api/v1/account", lambda route: held.append((route, route.fetch())), times=1)
        page.get_by_role("button", name="Mark as stolen now").click()
        with page.expect_response("**/api/v1/account/directory", timeout=PATIENCE_MS):
            http_laptop.report()  # pinned while the order still waits for its answer
        for route, overtaken in held:
            route.fulfill(response=overtaken)
        assert held
        expect(page.get_by_role("button", name="I have it back")).to_be_visible(timeout=PATIENCE_MS)


def test_a_laptop_the_portal_lies_about_hides_no_other(
    browser: Browser, here: Stage, http_laptop: HttpLaptop
) -> None:
    with sitting(browser, here) as (page, _):
        adopted(page, here, http_laptop, "Laptop of nonsense")
        http_laptop.report()
        about = f"**/api/v1/devices/{http_laptop.core.id.hex()}"
        other = HttpLaptop(here.url)
        other.offer()
        adopted(page, here, other, "Laptop told well")
        for status, said, sentence in [
            (200, {"head": {"seq": -1, "chain": ""}}, "makes no sense, so none of it is believed"),
            (404, {"code": "not-found"}, "The portal says it knows no such laptop"),
        ]:
            page.context.route(about, answering(status, said))
            for place in ("devices", "account/deactivate"):
                visit(page, f"{here.url}/{place}")
                told = page.get_by_role("main")
                expect(told.get_by_text(sentence)).to_be_visible(timeout=PATIENCE_MS)
                expect(told.get_by_text("Laptop of nonsense")).to_be_visible()
                expect(told.get_by_text("Laptop told well")).to_be_visible()
            page.context.unroute_all(behavior="wait")


def answering(status: int, said: Said) -> Callable[[Route], None]:
    return lambda route: route.fulfill(status=status, json=said)


def test_nothing_is_signed_with_what_is_not_the_owners(
    browser: Browser, here: Stage, http_laptop: HttpLaptop, bob: Said
) -> None:
    with sitting(browser, here) as (page, _):
        stolen(page, here, http_laptop, "Unsigned laptop")
        renamed = [one | {"wrapped": bob["keyring"][0]["wrapped"]} for one in
                   account(page, here)["keyring"]]  # fmt: skip
        page.get_by_role("button", name="I have it back").click()
        for lie, sentence in [
            (instead("slots", bob["slots"]), "another locked key than when you signed in"),
            (instead("keyring", bob["keyring"]), "signing key is missing or another"),
            (instead("keyring", renamed), "signing key is missing or another"),
        ]:
            with lying(page, lie):
                page.get_by_label("Password").fill(stage.PASSWORD)
                page.get_by_role("button", name="It is back with me").click()
                expect(page.get_by_role("alert")).to_contain_text(sentence, timeout=PATIENCE_MS)
        page.get_by_role("button", name="Not now").click()
        expect(page.locator("#standing")).to_have_text("Marked as stolen")


def test_nobody_is_signed_in_with_what_is_not_theirs(
    browser: Browser, here: Stage, bob: Said
) -> None:
    with watched(browser) as page:
        for lie, sentence in [
            (instead("slots", bob["slots"]), "key it handed over does not open with it"),
            (instead("keyring", bob["keyring"]), "copy of your keys was changed or damaged"),
            (instead("directory", bob["directory"]), "directory is damaged"),
        ]:
            with lying(page, lie):
                page.goto(f"{here.url}/sign-in")
                ready(page)
                sign_in(page)
                expect(page.get_by_role("alert")).to_contain_text(sentence, timeout=PATIENCE_MS)


def test_a_laptops_keys_are_not_exchanged_while_it_is_added(
    browser: Browser, here: Stage, http_laptop: HttpLaptop
) -> None:
    with (
        sitting(browser, here) as (page, _),
        lying(page, instead("offer", b64(Laptop().offer.raw))),
    ):
        page.goto(f"{here.url}/pair#{http_laptop.code}")
        expect(page.get_by_text(re.compile("not the laptop that shows it"))).to_be_visible()
        expect(page.get_by_role("button", name="Add this laptop")).to_be_hidden()
