"""Evidence packs across both clients: what one makes the other checks, word for word."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from owner import cli, verify
from owner import pack as owner_pack
from shared import pack, packcheck, zipped
from shared.encoding import b64, unb64
from shared.packerrors import BrokenPack
from tests.browser.windows import watched
from tests.owner.conftest import sit_down
from tests.owner.http_laptop import JPEG, HttpLaptop
from tests.pack_story import PackStory, forgeries, resigned, rezipped

PASSWORD = "seven quiet otters swim"
EMAIL = "alice@example.org"
NAME = "Kitchen laptop"


@pytest.fixture(scope="module")
def home(portal: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Alice's terminal, and the laptop of which she has a theft to show."""
    folder = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as environment:
        sit_down(environment, folder, portal)
        assert cli.main(["register", EMAIL]) == 0
        yield folder


@pytest.fixture(scope="module")
def laptop(home: Path, portal: str) -> HttpLaptop:
    laptop = HttpLaptop(portal)
    laptop.offer()
    assert cli.main(["pair", laptop.code, "--name", NAME, "--yes"]) == 0
    laptop.learn_owner()
    laptop.camera_name = "<script>alert(1)</script>"
    laptop.report()
    assert cli.main(["stolen", NAME]) == 0
    laptop.live()
    laptop.report()
    return laptop


@contextmanager
def opened(browser: Browser, url: str) -> Iterator[Page]:
    with watched(browser) as page:
        page.goto(url)
        page.locator("html[data-ready]").wait_for(state="attached")
        yield page


@pytest.fixture
def desk(browser: Browser, portal: str, laptop: HttpLaptop) -> Iterator[Page]:
    """Alice at a browser, signed in."""
    with opened(browser, f"{portal}/pack.html") as page:
        page.evaluate("([email, word]) => packs.signIn(email, word)", [EMAIL, PASSWORD])
        yield page


@pytest.fixture
def verifier(browser: Browser, tmp_path: Path) -> Iterator[Page]:
    """verify.html out of nowhere but a disk."""
    path = tmp_path / "verify.html"
    path.write_bytes(owner_pack.verifying_page())
    with opened(browser, path.as_uri()) as page:
        yield page


def judged(verifier: Page, path: Path) -> tuple[str, str]:
    """(verdict, what the page says) of a file somebody chose."""
    verifier.get_by_label("Evidence pack").set_input_files(path)
    verifier.locator("body[data-verdict=holds], body[data-verdict=broken]").wait_for()
    verdict = verifier.locator("body").get_attribute("data-verdict")
    return str(verdict), verifier.get_by_role("status").inner_text()


def violations(page: Page) -> list[str]:
    return [one["id"] for one in Axe().run(page).response["violations"]]


def made_in_browser(desk: Page, laptop: HttpLaptop, only: list[int] | None = None) -> Any:
    arguments = [laptop.core.id.hex(), PASSWORD, only]
    return desk.evaluate("([id, word, only]) => packs.pack(id, word, only)", arguments)


def test_a_pack_made_in_the_browser_holds_in_the_terminal(
    desk: Page, laptop: HttpLaptop, tmp_path: Path
) -> None:
    made = made_in_browser(desk, laptop)
    assert (made["shown"], made["type"], made["findings"]) == (2, "application/zip", [])
    path = tmp_path / "browser.zip"
    path.write_bytes(unb64(made["data"]))
    assert cli.main(["verify", str(path), "--json"]) == 0
    found = verify.verify(path)
    assert isinstance(found, packcheck.Checked)
    assert [one.seq for one in found.shown] == [1, 2]
    assert found.shown[0].sighting is not None
    assert zipped.read(path.read_bytes())["media/000001-0.jpg"] == JPEG
    assert zipped.write(zipped.read(path.read_bytes())) == path.read_bytes()


def test_both_clients_show_the_same_and_write_the_same_words(
    desk: Page, laptop: HttpLaptop, tmp_path: Path
) -> None:
    there = zipped.read(unb64(made_in_browser(desk, laptop, [0, 2])["data"]))
    path = tmp_path / "terminal.zip"
    assert cli.main(["pack", NAME, "--out", str(path), "--only", "0,2"]) == 0
    here = zipped.read(path.read_bytes())
    assert list(there) == list(here)
    differ = {name for name in here if here[name] != there[name]}
    assert differ <= {"README.txt", "report.html", "verify.html", pack.MANIFEST, pack.SIGNATURE}
    for page in (here["report.html"].decode(), there["report.html"].decode()):
        assert "<script" not in page
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
        assert "52.52000, 13.40000 ±25 m (wifi)" in page
        assert "192.0.2.1 → no answer → 192.0.2.3" in page


def test_a_pack_of_the_terminal_holds_in_a_page_opened_from_a_disk(
    laptop: HttpLaptop, verifier: Page, tmp_path: Path
) -> None:
    path = tmp_path / "terminal.zip"
    assert cli.main(["pack", NAME, "--out", str(path)]) == 0
    asked: list[str] = []
    verifier.on("request", lambda request: asked.append(request.url))
    verdict, said = judged(verifier, path)
    assert (verdict, "Everything in this pack holds" in said) == ("holds", True)
    assert NAME in said
    assert verifier.get_by_role("heading", name="Report 1").is_visible()
    assert verifier.get_by_text("not that the camera or the clock told the truth").is_visible()
    assert all(url.startswith("blob:") for url in asked)  # the pictures it shows, nothing else


def test_a_flipped_byte_is_named_alike_in_page_and_terminal(
    laptop: HttpLaptop, verifier: Page, tmp_path: Path
) -> None:
    path = tmp_path / "terminal.zip"
    assert cli.main(["pack", NAME, "--out", str(path)]) == 0
    whole = path.read_bytes()
    for file, at in (
        ("media/000001-0.jpg", whole.index(JPEG) + 7),
        ("chain.bin", whole.index(b"chain.binHWE1") + 9),
    ):
        changed = tmp_path / f"{at}.zip"
        changed.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        found = verify.verify(changed)
        assert isinstance(found, BrokenPack)
        assert found.file == file
        verdict, said = judged(verifier, changed)
        assert verdict == "broken"
        assert str(found) in said
        assert found.code in said
        assert not verifier.get_by_role("heading", name="Reports it shows").is_visible()


def test_the_portal_hands_out_the_same_page_to_keep(portal: str) -> None:
    answer = requests.get(f"{portal}/verify.html", timeout=10)
    assert answer.content == owner_pack.verifying_page()
    assert answer.headers["Content-Disposition"] == "attachment; filename=verify.html"


def test_a_file_chosen_again_is_read_again(
    laptop: HttpLaptop, verifier: Page, tmp_path: Path
) -> None:
    path = tmp_path / "terminal.zip"
    path.write_bytes(b"not yet")
    for verdict in ("broken", "holds"):
        with verifier.expect_file_chooser() as asked:
            verifier.get_by_label("Evidence pack").click()
        asked.value.set_files(path)
        verifier.locator(f"body[data-verdict={verdict}]").wait_for()
        path.unlink()
        if verdict == "broken":
            assert cli.main(["pack", NAME, "--out", str(path)]) == 0


def test_people_who_see_or_point_otherwise_can_check_a_pack(
    laptop: HttpLaptop, verifier: Page, tmp_path: Path
) -> None:
    path = tmp_path / "terminal.zip"
    assert cli.main(["pack", NAME, "--out", str(path)]) == 0
    for scheme in ("light", "dark"):
        verifier.emulate_media(color_scheme=scheme)
        verifier.set_viewport_size({"width": 390, "height": 844})
        assert judged(verifier, path)[0] == "holds"
        assert violations(verifier) == []


def test_both_verifiers_name_the_same_first_wrong_thing(browser: Browser, pages: str) -> None:
    """Everything Mallory or a dishonest owner may try, and every byte of the container."""
    story = PackStory()
    contents = story.contents()
    whole = pack.make(contents, story.owner)
    packs = [whole, b"", b"PK", whole[:-1], whole + b"x", b"x" + whole]
    packs += [pack.make(one.edit(contents), story.owner) for one in forgeries(story).values()]
    packs += [made for _, _, made in (*resigned(story, contents), *rezipped(whole))]
    packs += [
        whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :] for at in range(0, len(whole), 3)
    ]
    with opened(browser, f"{pages}/pack.html") as page:
        there = page.evaluate("packed => packs.verdicts(packed)", [b64(one) for one in packs])
    here = [verdict(one) for one in packs]
    assert here[0] is None
    assert None not in here[1:]
    assert there == here


def verdict(data: bytes) -> list[Any] | None:
    try:
        packcheck.check(data)
    except BrokenPack as error:
        return [error.code, error.file, error.seq, str(error)]
    return None
