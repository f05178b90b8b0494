"""The whole way from no account to an evidence pack on a phone's width, by keyboard alone."""

from playwright.sync_api import Browser, Page, expect

from demo.stage import Stage
from tests.browser.front import PASSWORD, ready
from tests.browser.signed_in import PATIENCE_MS
from tests.browser.windows import watched
from tests.owner.http_laptop import HttpLaptop

PHONE = {"width": 390, "height": 844}
# The element with the focus: what it is called, and whether anybody can see that it has it.
AT = """
  () => {
    const at = document.activeElement;
    const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(at);
    const box = at.getBoundingClientRect();
    const outlined = outlineStyle !== 'none' && parseFloat(outlineWidth) >= 1;
    const high = box.bottom > 0 && box.top < innerHeight;
    const wide = box.width > 0 && box.right <= innerWidth + 1;
    const seen = (outlined || boxShadow !== 'none') && high && wide;
    return { name: (at.labels?.[0] ?? at).textContent.trim(), seen, is: at.tagName };
  }
"""


def test_from_no_account_to_an_evidence_pack_without_a_mouse(
    browser: Browser, here: Stage, http_laptop: HttpLaptop
) -> None:
    with watched(browser, viewport=PHONE) as page:
        page.goto(f"{here.url}/sign-up")
        ready(page)
        sign_up(page)
        add(page, http_laptop)
        http_laptop.report()
        ready(page)
        answer(page, "Mark as stolen", PASSWORD)
        expect(page.get_by_role("button", name="I have it back")).to_be_visible()
        http_laptop.live()
        expect(page.locator("#verdict")).to_contain_text("genuine", timeout=PATIENCE_MS)
        expect(page.locator("#shots button")).not_to_have_count(0, timeout=PATIENCE_MS)
        with page.expect_download() as coming:
            answer(page, "Download evidence pack", PASSWORD)
        assert coming.value.suggested_filename.startswith("homeward-evidence-")
        tab_to(page, "I have it back")
        page.keyboard.press("Enter")
        page.keyboard.press("Escape")
        expect(page.get_by_role("button", name="I have it back")).to_be_focused()
        page.keyboard.press("Shift+Tab")
        answer(page, "I have it back", PASSWORD)
        expect(page.get_by_role("button", name="Mark as stolen")).to_be_visible()


def sign_up(page: Page) -> None:
    write(page, "Email", "keys@example.org")
    write(page, "Password", PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Write down your recovery code")).to_be_visible()
    groups = page.locator("[data-group]").all_inner_texts()
    tab_to(page, "I have written it down")
    page.keyboard.press("Enter")
    for number, group in enumerate(groups, 1):
        if page.get_by_label(f"Group {number}", exact=True).is_visible():
            write(page, f"Group {number}", group)
    page.keyboard.press("Enter")
    page.wait_for_url("**/devices")
    ready(page)


def add(page: Page, laptop: HttpLaptop) -> None:
    tab_to(page, "Add a laptop")
    page.keyboard.press("Enter")
    page.wait_for_url("**/pair")
    ready(page)
    write(page, "Code from the laptop", laptop.code)
    page.keyboard.press("Enter")
    expect(page.get_by_label("Name")).to_be_focused()
    page.keyboard.type("Laptop without a mouse")
    write(page, "Password", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/devices/*")
    laptop.learn_owner()


def answer(page: Page, button: str, password: str) -> None:
    """Open this dialog and confirm it."""
    tab_to(page, button)
    page.keyboard.press("Enter")
    write(page, "Password", password)
    page.keyboard.press("Enter")


def write(page: Page, field: str, text: str) -> None:
    if page.evaluate(AT)["name"] != field:
        tab_to(page, field)
    page.keyboard.type(text)


def tab_to(page: Page, name: str) -> None:
    """Press Tab until what has this name has the focus; wherever that is, it can be seen."""
    for _ in range(60):
        page.keyboard.press("Tab")
        at = page.evaluate(AT)
        assert at["seen"] or at["is"] == "BODY", at
        if at["name"] == name:
            return
    raise AssertionError(f"{name} cannot be reached by keyboard")
