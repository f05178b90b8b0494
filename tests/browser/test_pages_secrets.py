"""Nothing secret leaves the browser: all requests of an owner's whole way are searched for it."""

import base64
import json
import urllib.parse
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from owner import account
from owner.client import Portal
from owner.session import Seen
from shared import vault
from shared.vault import KeyKind, SlotType
from tests.browser.front import PASSWORD, begin, confirm, fill, press, visit
from tests.browser.known import known_portal
from tests.browser.leaks import Wire, forms
from tests.browser.signed_in import PATIENCE_MS
from tests.browser.test_pages_factors import with_authenticator
from tests.browser.windows import watched
from tests.owner.http_laptop import HttpLaptop

EMAIL, LAPTOP = "alice-unseen@example.org", "Laptop by the violet lamp"
NEW_PASSWORD, LAST_PASSWORD = "eight loud herons nap", "nine brisk herons wade"


@pytest.fixture(scope="module")
def portal(build: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with known_portal(tmp_path_factory.mktemp("secrets"), build) as url:
        yield url


def test_no_request_of_the_whole_way_carries_a_secret(browser: Browser, portal: str) -> None:
    wire = Wire()
    with watched(browser) as page:
        wire.listen(page)
        code = begin(page, portal, EMAIL)
        confirm(page, code)
        page.wait_for_url(f"{portal}/devices")
        theft(page, portal)
        change_password(page, portal)
        add_passkey(page, portal)
    with watched(browser) as page:
        wire.listen(page)
        newer = forget_password(page, portal, code)
    typed = [PASSWORD, NEW_PASSWORD, LAST_PASSWORD, LAPTOP]
    secrets = {text: text.encode() for text in typed} | keys(portal)
    for paper in (code, newer):
        spellings = (paper, paper.replace(" ", ""), paper.replace(" ", "-"))
        secrets |= {one: one.encode() for one in spellings}
        secrets[f"the bytes of {paper}"] = vault.read_recovery(paper)
    secrets |= {"a place": b'"latitude":52.52', "a camera": b"Front: camera", "a hop": b"192.0.2.3"}
    assert [name for name, secret in secrets.items() if wire.carries(secret)] == []
    # It listened to the workers too, and to what does carry something.
    assert any("/evidence?" in url for url in wire.asked)
    assert any(b"login_verifier" in one for one in wire.sent)


def theft(page: Page, portal: str) -> None:
    laptop = HttpLaptop(portal)
    laptop.offer()
    visit(page, f"{portal}/pair")
    fill(page, Code_from_the_laptop=laptop.code)
    press(page, "Find laptop")
    fill(page, Name=LAPTOP, Password=PASSWORD)
    press(page, "Add this laptop")
    page.wait_for_url("**/devices/*")
    laptop.learn_owner()
    laptop.report()
    said(page, "Mark as stolen", "Mark as stolen now", "I have it back")
    laptop.live()
    expect(page.locator("#shots > li").first).to_be_visible(timeout=PATIENCE_MS)
    said(page, "I have it back", "It is back with me", "Mark as stolen")
    page.get_by_role("button", name="Download evidence pack").click()
    page.get_by_label("Password").fill(PASSWORD)
    with page.expect_download():
        page.get_by_role("button", name="Make the pack").click()


def said(page: Page, button: str, sure: str, then: str) -> None:
    page.get_by_role("button", name=button).click(timeout=PATIENCE_MS)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name=sure).click()
    expect(page.get_by_role("button", name=then)).to_be_visible(timeout=PATIENCE_MS)


def change_password(page: Page, portal: str) -> None:
    visit(page, f"{portal}/account/password")
    fill(page, Current_password=PASSWORD, New_password=NEW_PASSWORD)
    fill(page, New_password_again=NEW_PASSWORD)
    press(page, "Change password")
    expect(page.get_by_text("Your password was changed.")).to_be_visible()


def add_passkey(page: Page, portal: str) -> None:
    with_authenticator(page)
    visit(page, f"{portal}/account/passkeys")
    page.locator("#add-password").fill(NEW_PASSWORD)
    press(page, "Add a passkey")
    expect(page.get_by_role("heading", name="Your backup codes")).to_be_visible()
    visit(page, f"{portal}/account/passkeys")
    page.get_by_role("button", name="Remove passkey 1").click()
    page.locator("#remove-password").fill(NEW_PASSWORD)
    press(page, "Remove it")
    expect(page.get_by_text("You have none yet.")).to_be_visible()


def forget_password(page: Page, portal: str, code: str) -> str:
    visit(page, f"{portal}/forgotten")
    fill(page, Email=EMAIL, New_password=LAST_PASSWORD)
    page.get_by_role("textbox", name="Recovery code").fill(code)
    press(page, "Set new password")
    expect(page.get_by_role("heading", name="Write down your recovery code")).to_be_visible()
    newer = " ".join(page.locator("[data-group]").all_inner_texts())
    confirm(page, newer)
    page.wait_for_url(f"{portal}/devices")
    return newer


def keys(portal: str) -> dict[str, bytes]:
    """What only her browser may ever have held, worked out as the terminal does."""
    signed_in = account.login(Portal(portal), EMAIL, LAST_PASSWORD, Seen(), str)
    record = signed_in.record
    unlocker = vault.from_password(LAST_PASSWORD, EMAIL, record.salt, record.kdf)
    opened = record.open_slot(SlotType.PASSWORD, unlocker)
    found = {
        "account key": opened.key,
        "key-encryption key": unlocker.kek,
        "directory key": opened.directory_key.key,
    }
    for wrapped in record.keyring:
        signing = wrapped.kind is KeyKind.OWNER_SIGNING
        key = opened.unwrap_signing(wrapped) if signing else opened.unwrap_opening(wrapped)
        found[f"{wrapped.kind.name} {wrapped.kid.hex()}"] = key.pkcs8[-32:]
    assert len(found) == 6  # both owner keys, and the one that opens what the laptop sends
    return found


@pytest.mark.parametrize(
    "dress",
    [
        lambda secret: secret,
        lambda secret: secret.hex().encode(),
        lambda secret: b"x" + base64.b64encode(secret),
        lambda secret: base64.urlsafe_b64encode(b"1" + secret + b"22"),
        lambda secret: base64.b64encode(b"12" + secret + b"3"),
        lambda secret: urllib.parse.quote_from_bytes(secret, safe="").encode(),
        lambda secret: json.dumps(secret.decode("latin-1")).encode(),
        lambda secret: secret.decode("latin-1").encode("utf-16-le"),
    ],
)
@pytest.mark.parametrize("secret", [b"seven quiet otters swim", bytes(range(64, 96))])
def test_a_secret_is_found_in_any_dress(dress: Callable[[bytes], bytes], secret: bytes) -> None:
    planted = Wire(sent=[b"before " + dress(secret) + b" after"])
    assert planted.carries(secret)
    assert not planted.carries(b"another secret altogether, as long")
    assert len(forms(secret)) > 6


def test_what_a_page_or_its_worker_sends_is_heard(page: Page, portal: str) -> None:
    wire = Wire()
    wire.listen(page)
    page.goto(f"{portal}/pricing")
    page.evaluate("fetch('/api/v1/login/start', {method: 'POST', body: 'seven quiet otters swim'})")
    page.wait_for_timeout(200)
    assert wire.carries(b"seven quiet otters swim")
