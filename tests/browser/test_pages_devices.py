"""An owner's laptops in the pages, against the real portal and a real agent on loopback."""

import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Request, expect

from demo import stage
from demo.processes import program, talk
from demo.stage import Stage
from tests.browser.windows import watched
from tests.owner.http_laptop import HttpLaptop

PATIENCE_MS = 60_000


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """A portal process, its owner registered, and a laptop that is not yet paired."""
    with ExitStack() as parts:
        made = stage.prepare(tmp_path_factory.mktemp("stage"), parts, lambda what: None)
        stage.start_portal(made)
        stage.register(made)
        yield made


@pytest.fixture
def laptop(here: Stage, request: pytest.FixtureRequest) -> Iterator[Stage]:
    """A laptop of its own on the same portal; its programs end with the test."""
    with ExitStack() as parts:
        folder = here.folder / f"laptop-{request.node.name}"
        (folder / "agent").mkdir(parents=True, mode=0o700)
        yield replace(here, folder=folder, parts=parts)


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


@pytest.mark.parametrize("width", [390, 1280])
def test_from_the_code_on_the_laptop_to_having_it_back(
    browser: Browser, laptop: Stage, width: int
) -> None:
    cameras = stage.find_cameras(laptop)
    with sitting(browser, laptop, viewport={"width": width, "height": 900}) as (page, traffic):
        code = paired(page, laptop, cameras, f"Laptop {width}")
        stage.start_agent(laptop)
        ready(page)
        expect(page.get_by_role("heading", name=f"Laptop {width}")).to_be_visible()
        expect(page.locator("#chosen")).to_contain_text("Warsaw", timeout=PATIENCE_MS)
        mark_stolen(page)
        expect(page.locator("#theft-known")).to_contain_text(
            "The laptop has known since", timeout=PATIENCE_MS
        )
        expect(page.locator("#shots img").first).to_be_visible(timeout=PATIENCE_MS)
        expect(page.locator("#hops > li").first).to_be_visible(timeout=PATIENCE_MS)
        page.locator("#shots button").first.click()
        expect(page.locator("#photo img")).to_be_visible()
        assert len(page.locator("#photo code").inner_text()) == 64
        page.get_by_role("button", name="Close", exact=True).click()
        page.get_by_role("button", name="I have it back").click()
        page.get_by_label("Password").fill(stage.PASSWORD)
        page.get_by_role("button", name="It is back with me").click()
        expect(page.get_by_role("button", name="Mark as stolen")).to_be_visible()
        assert verified(downloaded(page, laptop.folder))
        expect(page.locator("#verdict")).to_contain_text("genuine, complete and in order")
        page.screenshot(path=f"/tmp/dpw/journey-{width}.png", full_page=True)
    assert traffic.hosts == {urlsplit(laptop.url).netloc}
    for secret in (stage.PASSWORD, code, code.replace("-", ""), "52.2297", f"Laptop {width}"):
        assert not [one for one in traffic.sent if secret in one]


def downloaded(page: Page, folder: Path) -> Path:
    page.get_by_role("button", name="Download evidence pack").click()
    page.get_by_label("Password").fill(stage.PASSWORD)
    with page.expect_download() as coming:
        page.get_by_role("button", name="Make the pack").click()
    path = folder / coming.value.suggested_filename
    coming.value.save_as(path)
    return path


def verified(pack: Path) -> bool:
    """As anybody checks it: no account, no portal."""
    command = [program("homeward"), "verify", str(pack)]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def paired(page: Page, here: Stage, cameras: list[str], name: str) -> str:
    """Through the pages; the code the laptop showed."""
    stage.write_settings(here, cameras)
    enrolling = talk(here.agent("enroll", "--json"), {}, stdin="yes\n")
    code = next(said["code"] for said in enrolling if "code" in said)
    page.goto(f"{here.url}/pair#{code}")
    shown = page.locator("#fingerprint")
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(stage.PASSWORD)
    fingerprint = shown.inner_text()
    page.get_by_role("button", name="Add this laptop").click()
    assert [said["fingerprint"] for said in enrolling if "fingerprint" in said] == [fingerprint]
    page.wait_for_url("**/devices/*")
    return str(code)


def mark_stolen(page: Page) -> None:
    page.get_by_role("button", name="Mark as stolen").click()
    page.get_by_label("Password").fill(stage.PASSWORD)
    page.get_by_role("button", name="Mark as stolen now").click()
    expect(page.get_by_role("button", name="I have it back")).to_be_visible(timeout=PATIENCE_MS)


@pytest.fixture
def http_laptop(here: Stage) -> HttpLaptop:
    """One that waits to be added, and reports when told."""
    waiting = HttpLaptop(here.url)
    waiting.offer()
    return waiting


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


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_nobody_is_shut_out_of_a_laptops_pages(
    browser: Browser, here: Stage, http_laptop: HttpLaptop, scheme: str, width: int
) -> None:
    size = {"width": width, "height": 900}
    with sitting(browser, here, viewport=size, color_scheme=scheme) as (page, _):
        stolen(page, here, http_laptop, f"Laptop {scheme} {width}")
        found = {page.url: Axe().run(page)}
        page.screenshot(path=f"/tmp/dpw/device-{scheme}-{width}.png", full_page=True)
        page.get_by_role("button", name="Prolong").click()
        found["dialog"] = Axe().run(page)
        page.screenshot(path=f"/tmp/dpw/dialog-{scheme}-{width}.png")
        page.get_by_role("button", name="Not now").click()
        page.get_by_role("button", name="Evidence report").click()
        page.wait_for_url("**/report")
        for path in (None, "/devices", "/pair"):
            if path:
                page.goto(here.url + path)
            ready(page)
            found[page.url] = Axe().run(page)
            name = (path or "report").strip("/")
            page.screenshot(path=f"/tmp/dpw/{name}-{scheme}-{width}.png", full_page=True)
            assert page.evaluate("document.documentElement.scrollWidth") <= width
        for url, results in found.items():
            assert results.violations_count == 0, f"{url}\n{results.generate_report()}"


def test_the_whole_way_needs_no_mouse(
    browser: Browser, here: Stage, http_laptop: HttpLaptop
) -> None:
    with sitting(browser, here) as (page, _):
        keys = page.keyboard
        tab_to(page, "Add a laptop")
        keys.press("Enter")
        page.wait_for_url("**/pair")
        ready(page)
        tab_to(page, "Code from the laptop")
        keys.type(http_laptop.code)
        keys.press("Enter")
        expect(page.get_by_label("Name")).to_be_focused()
        keys.type("Laptop without a mouse")
        tab_to(page, "Password")
        keys.type(stage.PASSWORD)
        keys.press("Enter")
        page.wait_for_url("**/devices/*")
        http_laptop.learn_owner()
        http_laptop.report()
        ready(page)
        tab_to(page, "Mark as stolen")
        keys.press("Enter")
        tab_to(page, "Password")
        keys.type(stage.PASSWORD)
        keys.press("Enter")
        expect(page.get_by_role("button", name="I have it back")).to_be_visible()
        tab_to(page, "I have it back")
        keys.press("Enter")
        keys.press("Escape")
        expect(page.get_by_role("button", name="I have it back")).to_be_focused()
        keys.press("Enter")
        tab_to(page, "Password")
        keys.type(stage.PASSWORD)
        keys.press("Enter")
        expect(page.get_by_role("button", name="Mark as stolen")).to_be_visible()


def tab_to(page: Page, name: str) -> None:
    """Press Tab until what has this name has the focus."""
    for _ in range(40):
        page.keyboard.press("Tab")
        named = page.evaluate(
            """() => {
              const at = document.activeElement;
              return (at.labels?.[0] ?? at).textContent.trim();
            }"""
        )
        if named == name:
            return
    raise AssertionError(f"{name} cannot be reached by keyboard")


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
    mine = "seq = ? AND device = (SELECT number FROM device WHERE id = ?)"
    with closing(sqlite3.connect(here.folder / "portal" / "portal.db")) as portal, portal:
        [body] = portal.execute(f"SELECT body FROM report WHERE {mine}", (seq, device)).fetchone()
        flipped = body[:-1] + bytes([body[-1] ^ 1])
        portal.execute(f"UPDATE report SET body = ? WHERE {mine}", (flipped, seq, device))


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
