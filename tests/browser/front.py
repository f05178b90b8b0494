"""The portal's own pages on loopback, and an owner who does what stands on them."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flask import Flask
from playwright.sync_api import Page, expect

from portal import create_app, db
from portal.context import services_of
from portal.settings import from_environment
from tests.owner.conftest import serving
from tests.owner.http_laptop import HttpLaptop

PASSWORD = "seven quiet otters swim"


@contextmanager
def made_portal(folder: Path, build: Path, **settings: str) -> Iterator[Flask]:
    """A real portal with pages of this very source; `settings` as in its environment."""
    given = {f"HOMEWARD_{name}": value for name, value in settings.items()}
    read = from_environment({"HOMEWARD_DATA_DIR": str(folder)} | given)
    engine = db.make_engine(read)
    db.migrate(engine)
    engine.dispose()
    app = create_app(read, build=build)
    yield app
    services_of(app).engine.dispose()


@contextmanager
def open_portal(app: Flask, port: int = 0) -> Iterator[str]:
    """Its URL."""
    with serving(app, port) as url:
        yield url.replace("127.0.0.1", "localhost")  # which browsers trust with keys


def visit(page: Page, url: str) -> None:
    """Open a page and wait until its script is there."""
    page.goto(url)
    ready(page)


def ready(page: Page) -> None:
    page.locator("html[data-ready]").wait_for(state="attached")


def fill(page: Page, **fields: str) -> None:
    """Each field by its label; `_` stands for a space."""
    for label, text in fields.items():
        page.get_by_label(label.replace("_", " "), exact=True).fill(text)


def press(page: Page, button: str) -> None:
    page.get_by_role("main").get_by_role("button", name=button, exact=True).click()


def begin(page: Page, front: str, email: str) -> str:
    """Fill the sign-up page; the recovery code that comes."""
    visit(page, f"{front}/sign-up")
    fill(page, Email=email, Password=PASSWORD)
    press(page, "Create account")
    expect(page.get_by_role("heading", name="Write down your recovery code")).to_be_visible()
    return " ".join(page.locator("[data-group]").all_inner_texts())


def confirm(page: Page, code: str) -> None:
    """Type the groups the page asks for, as they stand in `code`."""
    press(page, "I have written it down")
    for number, group in enumerate(code.split(), 1):
        field = page.get_by_label(f"Group {number}", exact=True)
        if field.is_visible():
            field.fill(group)
    press(page, "Continue")


def sign_up(page: Page, front: str, email: str) -> str:
    """The whole way to the owner's laptops; the recovery code."""
    code = begin(page, front, email)
    confirm(page, code)
    page.wait_for_url(f"{front}/devices")
    return code


def sign_in(page: Page, front: str, email: str, password: str = PASSWORD) -> None:
    visit(page, f"{front}/sign-in")
    fill(page, Email=email, Password=password)
    press(page, "Sign in")
    page.wait_for_url(f"{front}/devices")


def add_laptop(page: Page, front: str, laptop: HttpLaptop, name: str) -> None:
    """By the code on its screen, to the laptop's own page."""
    visit(page, f"{front}/pair#{laptop.code}")
    fill(page, Name=name, Password=PASSWORD)
    press(page, "Add this laptop")
    page.wait_for_url("**/devices/*")
    laptop.learn_owner()
