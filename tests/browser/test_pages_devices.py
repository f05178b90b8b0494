"""An owner's laptops in the pages, against the real portal and a real agent on loopback."""

import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from demo import stage
from demo.processes import program, talk
from demo.stage import Stage
from shared import vault
from tests.browser.front import confirm, fill, press, visit
from tests.browser.signed_in import (
    PATIENCE_MS,
    Traffic,
    adopted,
    mark_stolen,
    ready,
    sitting,
    stolen,
)
from tests.browser.windows import watched
from tests.owner.http_laptop import HttpLaptop


@pytest.mark.parametrize("width", [390, 1280])
def test_from_the_code_on_the_laptop_to_having_it_back(
    browser: Browser, laptop: Stage, width: int
) -> None:
    cameras = stage.find_cameras(laptop)
    with signing_up(browser, laptop, width) as (page, traffic, recovery):
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
    assert traffic.hosts == {urlsplit(laptop.url).netloc}
    paper = (" ".join(recovery), "-".join(recovery), "".join(recovery))
    secrets = (stage.PASSWORD, code, code.replace("-", ""), "52.2297", f"Laptop {width}", *paper)
    assert [one for secret in secrets for one in traffic.sent if secret in one] == []


def test_an_open_page_fetches_only_what_is_new(
    browser: Browser, here: Stage, http_laptop: HttpLaptop
) -> None:
    with sitting(browser, here) as (page, traffic):
        stolen(page, here, http_laptop, "Laptop with a past")
        http_laptop.report()
        expect(page.locator("#shots > li")).to_have_count(3, timeout=PATIENCE_MS)
    asked = [url.partition("/evidence?")[2] for url in traffic.asked if "/evidence?" in url]
    assert asked[0] == "after=-1&limit=500"  # from the first on
    assert asked[-1] == "after=2&limit=500"


def test_a_laptop_hears_of_a_new_recovery_code(
    browser: Browser, here: Stage, http_laptop: HttpLaptop
) -> None:
    with sitting(browser, here) as (page, _):
        adopted(page, here, http_laptop, "Laptop with a new paper")
        visit(page, f"{here.url}/account/recovery-code")
        fill(page, Password=stage.PASSWORD)
        press(page, "Make a new code")
        expect(page.get_by_role("heading", name="Write down your recovery code")).to_be_visible()
        code = " ".join(page.locator("[data-group]").all_inner_texts())
        confirm(page, code)
        expect(page.get_by_text("Your new recovery code holds.")).to_be_visible(timeout=PATIENCE_MS)
    http_laptop.check_in()
    assert http_laptop.core.held is not None
    paper = vault.recovery_key(vault.read_recovery(code))
    assert http_laptop.core.held.will.recovery == paper.public


@contextmanager
def signing_up(
    browser: Browser, here: Stage, width: int
) -> Iterator[tuple[Page, Traffic, list[str]]]:
    """A window with a new owner in it, and the groups of her recovery code."""
    traffic = Traffic()
    with watched(browser, viewport={"width": width, "height": 900}) as page:
        page.on("request", traffic.hear)
        page.goto(f"{here.url}/sign-up")
        ready(page)
        page.get_by_label("Email").fill(f"alice-{width}@example.com")
        page.get_by_label("Password").fill(stage.PASSWORD)
        page.get_by_role("button", name="Create account").click()
        expect(page.get_by_role("button", name="I have written it down")).to_be_visible()
        recovery = page.locator("[data-group]").all_inner_texts()
        assert len(recovery) == 8
        page.get_by_role("button", name="I have written it down").click()
        for field in page.get_by_label(re.compile(r"^Group \d$")).all():
            if field.is_visible():
                number = int((field.evaluate("field => field.labels[0].textContent"))[-1])
                field.fill(recovery[number - 1])
        page.get_by_role("button", name="Continue").click()
        page.wait_for_url("**/devices")
        ready(page)
        yield page, traffic, recovery


def paired(page: Page, here: Stage, cameras: list[str], name: str) -> str:
    """Through the pages; the code the laptop showed."""
    stage.write_settings(here, cameras)
    enrolling = talk(here.agent("enroll", "--json"), {}, stdin="yes\n")
    code = next(said["code"] for said in enrolling if "code" in said)
    page.goto(f"{here.url}/pair#{code}")
    shown = page.locator("#fingerprint")
    expect(page.get_by_label("Name")).to_be_visible(timeout=PATIENCE_MS)
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(stage.PASSWORD)
    fingerprint = shown.inner_text()
    page.get_by_role("button", name="Add this laptop").click()
    assert [said["fingerprint"] for said in enrolling if "fingerprint" in said] == [fingerprint]
    page.wait_for_url("**/devices/*")
    return str(code)


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
