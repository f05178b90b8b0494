"""A portal that knows its own address, as passkeys need, and a new owner in front of it."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

import pytest
from playwright.sync_api import Browser, Page, expect
from werkzeug.serving import make_server

from demo.processes import free_port
from portal import create_app, db
from portal.context import services_of
from portal.settings import from_environment
from tests.browser.front import sign_up
from tests.browser.windows import watched


@contextmanager
def known_portal(folder: Path, build: Path) -> Iterator[str]:
    """Its URL."""
    port = free_port()
    url = f"http://localhost:{port}"
    settings = from_environment({"HOMEWARD_DATA_DIR": str(folder), "HOMEWARD_PUBLIC_URL": url})
    engine = db.make_engine(settings)
    db.migrate(engine)
    engine.dispose()
    app = create_app(settings, build=build)
    server = make_server("127.0.0.1", port, app, threaded=True)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield url
    server.shutdown()
    thread.join()
    server.server_close()
    services_of(app).engine.dispose()


@contextmanager
def owner(browser: Browser, portal: str, email: str) -> Iterator[Page]:
    """A new owner at her browser, signed in."""
    with watched(browser) as page:
        sign_up(page, portal, email)
        yield page


def email_of(request: pytest.FixtureRequest) -> str:
    """One for each test: they share a portal."""
    return f"{abs(hash(request.node.name)):x}@example.org"


def alert(page: Page) -> str:
    shown = page.get_by_role("alert").filter(visible=True)
    expect(shown).to_have_text(re.compile(r"\w"))
    return shown.inner_text()
