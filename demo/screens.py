"""`./dev screens`: pictures of every page, of a made-up owner and her made-up theft.

The portal and the agent are real; the place is fixed and the camera is a labeled test picture.
"""

import os
import re
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright
from rich.console import Console
from rich.progress import Progress, TaskID

from demo import stage
from demo.pictured import PAGES, VISITED
from demo.processes import DemoFailed, talk
from tests.browser import chromium

FOLDER = Path(__file__).parents[1] / "docs" / "screens"
PATIENCE_MS = 60_000
DESK, PHONE = (1280, 900), (390, 844)
# As a window on a desk says it: the one without a screen names itself otherwise.
USER_AGENT = "Mozilla/5.0 (X11; Linux x86_64) Chrome/{} Safari/537.36"
LOOKS = "light", "dark", "phone"

# So that there is something to buy; nothing is asked of anybody at this address.
SELLING = {
    "HOMEWARD_STRIPE_KEY": "sk_test_made_up", "HOMEWARD_STRIPE_WEBHOOK_SECRET": "whsec_made_up",
    "HOMEWARD_STRIPE_PRODUCT": "prod_made_up", "HOMEWARD_STRIPE_API": "http://127.0.0.1:9",
    "HOMEWARD_SELLER": "A made-up shop, 1 Home Street", "HOMEWARD_SELLER_COUNTRY": "DE",
    "HOMEWARD_LICENSES_SINCE": "2026-01-01", "HOMEWARD_RESPONSIBLE": "A made-up operator",
}  # fmt: skip
PAYING = {
    "payments": "/payments",
    "payments-details": "/payments/details",
    "buy": "/payments/buy",
    "withdraw": "/withdraw",
}
ACCOUNT = (
    "sessions",
    "log",
    "password",
    "totp",
    "passkeys",
    "letters",
    "rest",
    "deactivate",
    "close",
)


@dataclass(frozen=True, slots=True)
class Camera:
    """One window, pictured in each look without losing what it shows."""

    page: Page
    url: str
    bar: Progress
    task: TaskID

    def open(self, path: str) -> None:
        self.page.goto(self.url + path)
        self.page.wait_for_load_state("networkidle")

    def take(self, name: str, part: Locator | None = None, whole: bool = True) -> None:
        """The whole page, what fits the window, or one part of it."""
        self.bar.update(self.task, description=PAGES[name])
        for look in LOOKS:
            self._dress(look)
            path = FOLDER / f"{name}-{look}.png"
            if part:
                part.screenshot(path=path, animations="disabled")
            else:
                self.page.screenshot(path=path, full_page=whole, animations="disabled")
        self._dress("light")
        self.bar.advance(self.task)

    def _dress(self, look: str) -> None:
        width, height = PHONE if look == "phone" else DESK
        self.page.set_viewport_size({"width": width, "height": height})
        self.page.emulate_media(color_scheme="dark" if look == "dark" else "light")
        self.page.wait_for_timeout(250)  # the map is drawn anew


def main() -> int:
    """0 when every page was pictured."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    console = Console(stderr=True)
    try:
        with tempfile.TemporaryDirectory() as folder, ExitStack() as parts:
            here = stage.prepare(Path(folder), parts, lambda what: None)
            os.environ.update(SELLING)
            stage.start_portal(here)
            bar = parts.enter_context(Progress(console=console))
            page = parts.enter_context(_window())
            _tell(Camera(page, here.url, bar, bar.add_task("", total=len(PAGES))), here)
    except DemoFailed as failure:
        console.print(str(failure), markup=False)
        return 1
    (FOLDER / "README.md").write_text(_index())
    console.print(f"{len(PAGES) * len(LOOKS)} pictures in {FOLDER}")
    return 0


@contextmanager
def _window() -> Iterator[Page]:
    # Playwright's own Node wants a library that a minimal Debian lacks.
    os.environ["PLAYWRIGHT_NODEJS_PATH"] = str(chromium.NODE)
    found = chromium.find()
    with sync_playwright() as playwright:
        browser: Browser = playwright.chromium.launch(
            executable_path=found.program, channel=found.channel, args=list(chromium.FLAGS),
            env={**os.environ, **found.env},
        )  # fmt: skip
        yield browser.new_page(
            locale="en-US", timezone_id="Europe/Warsaw", reduced_motion="reduce",
            device_scale_factor=1, user_agent=USER_AGENT.format(browser.version),
        )  # fmt: skip
        browser.close()


def _tell(camera: Camera, here: stage.Stage) -> None:
    """The whole story, in the order it happens."""
    camera.open("/")
    camera.take("home")
    camera.open("/privacy/versions/1")
    camera.take("policy-version")
    for name in VISITED:
        camera.open(f"/{name}")
        camera.take(name)
    _sign_up(camera)
    _pair(camera, here)
    _rehearse(camera)
    _lose(camera)
    _report(camera)
    _account(camera)


def _sign_up(camera: Camera) -> None:
    page = camera.page
    page.get_by_label("Email").fill(stage.EMAIL)
    page.get_by_label("Password").fill(stage.PASSWORD)
    page.get_by_role("button", name="Create account").click()
    written = page.get_by_role("button", name="I have written it down")
    expect(written).to_be_visible(timeout=PATIENCE_MS)
    groups = page.locator("[data-group]").all_inner_texts()
    camera.take("recovery-code")
    written.click()
    for number, group in enumerate(groups, 1):
        field = page.get_by_label(f"Group {number}", exact=True)
        if field.is_visible():
            field.fill(group)
    page.get_by_role("button", name="Continue").click()
    page.wait_for_url("**/devices", timeout=PATIENCE_MS)


def _pair(camera: Camera, here: stage.Stage) -> None:
    """The laptop shows its code, the page finds it; then the agent starts and reports."""
    page = camera.page
    stage.write_settings(here, stage.find_cameras(here))
    enrolling = talk(here.agent("enroll", "--json"), {}, stdin="yes\n")
    code = next(said["code"] for said in enrolling if "code" in said)
    camera.open(f"/pair#{code}")
    page.get_by_label("Name").fill(stage.LAPTOP)
    camera.take("pair")
    page.get_by_label("Password").fill(stage.PASSWORD)
    page.get_by_role("button", name="Add this laptop").click()
    for _ in enrolling:  # to its end: the laptop knows its owner
        pass
    page.wait_for_url(re.compile("/devices/"))
    laptop = page.url.removeprefix(camera.url)
    stage.start_agent(here)
    expect(page.locator("#chosen")).to_contain_text("Warsaw", timeout=PATIENCE_MS)
    camera.open("/devices")
    camera.take("devices")
    camera.open(laptop)
    expect(page.locator("#chosen")).to_contain_text("Warsaw", timeout=PATIENCE_MS)
    camera.take("device-home")


def _rehearse(camera: Camera) -> None:
    page = camera.page
    page.get_by_role("button", name="Try it").click()
    page.get_by_label("Password").fill(stage.PASSWORD)
    page.get_by_role("button", name="Try it now").click()
    expect(page.locator("#drill-rows > div").last).to_contain_text("Test", timeout=PATIENCE_MS)
    camera.take("drill", page.locator("section[aria-labelledby=drill-title]"))
    page.get_by_role("button", name="Show a message").click()
    camera.take("message-dialog", whole=False)
    page.get_by_role("button", name="Not now").click()


def _lose(camera: Camera) -> None:
    page = camera.page
    page.get_by_role("button", name="Mark as stolen").click()
    camera.take("stolen-dialog", whole=False)
    page.get_by_label("Password").fill(stage.PASSWORD)
    page.get_by_role("button", name="Mark as stolen now").click()
    expect(page.locator("#theft-known")).to_contain_text("has known", timeout=PATIENCE_MS)
    expect(page.locator("#shots img").first).to_be_visible(timeout=PATIENCE_MS)
    expect(page.locator("#hops > li").first).to_be_visible(timeout=PATIENCE_MS)
    camera.take("device-stolen")
    camera.take("snapshots", page.locator("section[aria-labelledby=shots-title]"))
    camera.take("route", page.locator("section[aria-labelledby=route-title]"))
    page.get_by_role("button", name="Empty folders").click()
    camera.take("wipe-dialog", whole=False)
    page.get_by_role("button", name="Not now").click()


def _report(camera: Camera) -> None:
    page = camera.page
    camera.open(f"{page.url.removeprefix(camera.url)}/report")
    expect(page.locator("#pictures img").first).to_be_visible(timeout=PATIENCE_MS)
    expect(page.locator("#print")).to_be_enabled(timeout=PATIENCE_MS)
    camera.take("report")
    page.emulate_media(media="print")
    camera.take("report-print")
    page.emulate_media(media="screen")


def _account(camera: Camera) -> None:
    camera.open("/account")
    camera.take("account")
    for name in ACCOUNT:
        camera.open(f"/account/{name}")
        camera.take(name)
    camera.open("/account/recovery-code")
    camera.take("new-code")
    camera.open("/licenses")
    camera.take("licenses")
    for name, path in PAYING.items():
        camera.open(path)
        camera.take(name)
    camera.page.evaluate("indexedDB.deleteDatabase('homeward')")
    camera.open("/unlock")
    camera.take("unlock")


def _index() -> str:
    rows = "\n".join(
        f"| {what} | " + " | ".join(f"[{look}]({name}-{look}.png)" for look in LOOKS) + " |"
        for name, what in PAGES.items()
    )
    return (
        "# What people see\n\n"
        "Made by `./dev screens` from the running programs. All data is made up: the owner, the\n"
        "laptop and its theft, the place (always the same), and the camera, which is a labeled\n"
        "test picture.\n\n"
        f"| Page | Light | Dark | Phone |\n| --- | --- | --- | --- |\n{rows}\n"
    )


if __name__ == "__main__":
    sys.exit(main())
