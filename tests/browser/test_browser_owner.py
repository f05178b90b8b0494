"""An owner in the browser, on a real portal, beside the client in the terminal."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from owner import cli
from shared.encoding import b64
from tests.browser.windows import watched
from tests.owner.conftest import sit_down
from tests.owner.http_laptop import JPEG, HttpLaptop

PASSWORD = "seven quiet otters swim"


@contextmanager
def sitting(browser: Browser, portal: str) -> Iterator[Page]:
    with watched(browser) as page:
        page.goto(f"{portal}/owner.html")
        page.locator("html[data-ready]").wait_for(state="attached")
        yield page


@pytest.fixture(scope="module")
def alice(browser: Browser, portal: str) -> dict[str, str]:
    """Alice's account, made once: each derivation takes half a second."""
    return registered(browser, portal, "alice@example.org")


def registered(browser: Browser, portal: str, email: str) -> dict[str, str]:
    who = {"email": email, "password": PASSWORD}
    with sitting(browser, portal) as page:
        return who | {"code": page.evaluate("who => owner.register(who)", who)}


@pytest.fixture
def desk(browser: Browser, portal: str, alice: dict[str, str]) -> Iterator[Page]:
    """Alice at a fresh browser, signed in."""
    with sitting(browser, portal) as page:
        page.evaluate("who => owner.signIn(who)", alice)
        yield page


def paired(desk: Page, portal: str, name: str = "") -> tuple[HttpLaptop, str]:
    laptop = HttpLaptop(portal)
    laptop.offer()
    arguments = [laptop.code.lower(), name or laptop.core.id.hex()[:8], PASSWORD]
    added = desk.evaluate("([code, name, word]) => owner.add(code, name, word)", arguments)
    assert laptop.learn_owner() == added["fingerprint"]
    assert laptop.core.id.hex() == added["id"]
    return laptop, added["id"]


def test_from_the_code_on_the_screen_to_evidence_and_home_again(desk: Page, portal: str) -> None:
    laptop, device = paired(desk, portal)
    laptop.report()
    assert desk.evaluate("([id, w]) => owner.mark(id, w, 'left in the train')", [device, PASSWORD])
    laptop.live()
    shown = desk.evaluate("id => owner.evidence(id)", device)
    assert shown == {
        "heard": ["fetched 2 of 2", "opened 2"], "high": 1, "verified": True, "findings": [],
        "why": ["hourly", "stolen"], "ips": ["127.0.0.1"] * 2, "latitudes": [52.52] * 2,
        "pictures": [{"camera": "../Front: camera", "data": b64(JPEG)}],
    }  # fmt: skip
    assert desk.evaluate("([id, w]) => owner.recovered(id, w)", [device, PASSWORD]) == 3
    laptop.live()
    assert laptop.standing.value == "home"


def test_the_last_reports_come_before_all_have_come(desk: Page, portal: str) -> None:
    laptop, device = paired(desk, portal)
    laptop.check_in(*[laptop.look() for _ in range(53)])
    heard = desk.evaluate("id => owner.evidence(id)", device)["heard"]
    assert heard == ["glanced 50", "fetched 53 of 53", "opened 53"]


def test_the_laptop_obeys_a_command_from_the_page(desk: Page, portal: str) -> None:
    laptop, device = paired(desk, portal)
    desk.evaluate("([id, w]) => owner.command(id, w)", [device, PASSWORD])
    laptop.check_in()
    assert [wish.value for wish in laptop.wanted] == ["report-now"]


def test_the_terminal_reads_what_the_page_began_and_the_page_goes_on(
    desk: Page, portal: str, alice: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    laptop, device = paired(desk, portal, "Kitchen laptop")
    laptop.report()
    sit_down(monkeypatch, tmp_path, portal)
    assert cli.main(["login", alice["email"]]) == 0
    assert cli.main(["stolen", "Kitchen laptop"]) == 0
    laptop.live()
    assert cli.main(["evidence", "Kitchen laptop"]) == 0
    shown = desk.evaluate("id => owner.evidence(id)", device)
    assert (shown["verified"], shown["findings"]) == (True, [])
    assert desk.evaluate("([id, w]) => owner.recovered(id, w)", [device, PASSWORD]) == 3
    assert cli.main(["devices"]) == 0


def test_nothing_is_signed_with_a_wrong_password(desk: Page, portal: str) -> None:
    laptop, device = paired(desk, portal)
    said = desk.evaluate("id => owner.refusedMark(id, 'seven quiet otters drown')", device)
    assert said == "This is not your password. Nothing was signed; try again."
    laptop.check_in()
    assert laptop.standing.value == "home"


def test_a_code_nobody_shows_adds_nothing(desk: Page, portal: str) -> None:
    arguments = [HttpLaptop(portal).code, PASSWORD]
    said = desk.evaluate("([code, w]) => owner.refusedAdd(code, 'x', w)", arguments)
    assert said.startswith("No laptop waits under this code.")


def test_a_password_that_would_be_guessed_opens_no_account(browser: Browser, portal: str) -> None:
    weak = {
        "short": "has 5 characters", "aaaaaaaaaaaaaaaa": "repeats itself",
        "qwertyuiop1234567890": "follows the keyboard", "passwordpassword1": "is a common one",
        "bob-bob-bob-lives": "contains your email address",
    }  # fmt: skip
    with sitting(browser, portal) as page:
        for word, said in weak.items():
            who = {"email": "bob@example.org", "password": word}
            assert said in page.evaluate("who => owner.refusal('register', who)", who)


def test_a_page_waits_until_the_portal_is_back(desk: Page, portal: str) -> None:
    laptop, device = paired(desk, portal)
    laptop.report()
    failures = iter([lambda route: route.abort(), lambda route: route.fulfill(status=503)])
    desk.route(
        f"**/api/v1/devices/{device}/orders",
        lambda route: next(failures, lambda route: route.continue_())(route),
    )
    assert desk.evaluate("id => owner.evidence(id)", device)["verified"]


def test_a_change_is_not_sent_twice_blindly(desk: Page, portal: str) -> None:
    laptop, device = paired(desk, portal)
    sent = []
    desk.route("**/theft", lambda route: (sent.append(route.request.url), route.abort()))
    said = desk.evaluate("([id, w]) => owner.refusedMark(id, w)", [device, PASSWORD])
    assert said.startswith("The portal cannot be reached just now.")
    assert len(sent) == 1
    laptop.check_in()
    assert laptop.standing.value == "home"


def test_no_key_of_a_reading_session_can_be_carried_away(desk: Page) -> None:
    assert desk.evaluate("() => owner.exportable()") == []


def test_an_idle_session_ends_and_activity_prolongs_it(desk: Page) -> None:
    minutes = 60_000
    assert desk.evaluate("later => owner.unlocked(later)", 29 * minutes)
    desk.evaluate("later => owner.touch(later)", 29 * minutes)
    assert desk.evaluate("later => owner.unlocked(later)", 58 * minutes)
    assert not desk.evaluate("later => owner.unlocked(later)", 60 * minutes)
    assert not desk.evaluate("() => owner.unlocked()")


def test_locking_one_window_locks_the_others(desk: Page, portal: str) -> None:
    other = desk.context.new_page()
    other.goto(f"{portal}/owner.html")
    other.locator("html[data-ready]").wait_for(state="attached")
    assert other.evaluate("() => owner.unlocked()")
    desk.evaluate("() => owner.lock()")
    assert not other.evaluate("() => owner.unlocked()")
    assert other.evaluate("() => owner.locks()") == 1


def test_a_shared_computer_keeps_nothing_on_its_disk(
    browser: Browser, portal: str, alice: dict[str, str]
) -> None:
    with sitting(browser, portal) as page:
        page.evaluate("who => owner.signIn(who, true)", alice)
        assert page.evaluate("() => owner.unlocked()")
        page.reload()
        page.locator("html[data-ready]").wait_for(state="attached")
        assert not page.evaluate("() => owner.unlocked()")


def test_the_code_on_paper_brings_the_account_back(browser: Browser, portal: str) -> None:
    bob, fresh = registered(browser, portal, "bob@example.org"), "four green lamps hum"
    with sitting(browser, portal) as page:
        arguments = [bob["email"], bob["code"].lower(), fresh]
        page.evaluate("([email, code, word]) => owner.restore(email, code, word)", arguments)
        assert page.evaluate("() => owner.unlocked()")
        said = page.evaluate("who => owner.refusal('signIn', who)", bob)
        assert said.startswith("This email and password do not go together.")
        page.evaluate("who => owner.signIn(who)", bob | {"password": fresh})
