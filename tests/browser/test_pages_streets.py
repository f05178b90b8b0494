"""Street detail only by choice: from the operator's file, or from the owner's own."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.browser.city import write_city
from tests.browser.front import PASSWORD, add_laptop, fill, made_portal, open_portal, ready, sign_up
from tests.browser.signed_in import Traffic
from tests.browser.windows import watched
from tests.owner.http_laptop import HttpLaptop

BERLIN = 52.52, 13.40  # where every HttpLaptop says it is
ROAD = {"light": (205, 198, 180), "dark": (75, 88, 100)}
SHOWN = "Streets are shown where this map has them."


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_city(tmp_path_factory.mktemp("maps") / "area.pmtiles", *BERLIN)


@pytest.fixture(scope="module")
def portal(build: Path, city: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """One whose operator has a street map."""
    folder = tmp_path_factory.mktemp("streets")
    with made_portal(folder, build, TILES=str(city)) as app, open_portal(app) as url:
        yield url


@pytest.fixture(scope="module")
def alice(browser: Browser, portal: str) -> tuple[str, str]:
    """Her email, and the page of her laptop that reported from Berlin."""
    with watched(browser) as page:
        sign_up(page, portal, "alice@example.org")
        laptop = HttpLaptop(portal)
        laptop.offer()
        add_laptop(page, portal, laptop, "Kitchen laptop")
        laptop.report()
        return "alice@example.org", page.url


@contextmanager
def looking(
    browser: Browser, alice: tuple[str, str], scheme: str = "light"
) -> Iterator[tuple[Page, Traffic]]:
    """Alice before the map of her laptop, close to where it is, and what her browser asks for."""
    email, device = alice
    size = {"width": 1280, "height": 900}
    with watched(browser, viewport=size, color_scheme=scheme) as page:
        page.goto(device)
        fill(page, Email=email, Password=PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(device)
        ready(page)
        expect(page.locator("#chosen")).to_contain_text("Berlin")
        traffic = Traffic()
        page.on("request", traffic.hear)
        page.get_by_label("Show the chosen place").click()
        page.get_by_text("Show streets").click()
        yield page, traffic


def drawn(page: Page) -> set[tuple[int, ...]]:
    """The colors on the map."""
    found = page.evaluate(
        """() => {
          const canvas = document.querySelector('.map-canvas canvas');
          const {width, height} = canvas;
          const copy = new OffscreenCanvas(width, height).getContext('2d');
          copy.drawImage(canvas, 0, 0);
          const {data} = copy.getImageData(0, 0, width, height);
          const seen = new Set();
          for (let i = 0; i < data.length; i += 4) seen.add(data.slice(i, i + 3).join());
          return [...seen];
        }"""
    )
    return {tuple(int(part) for part in color.split(",")) for color in found}


def wait_for_roads(page: Page, color: tuple[int, ...]) -> None:
    for _ in range(200):
        if color in drawn(page):
            return
        page.wait_for_timeout(100)
    raise AssertionError("no road was drawn")


def maps(traffic: Traffic) -> list[str]:
    """What was asked for beside the laptop's own data."""
    paths = [urlsplit(url).path for url in traffic.asked if url.startswith("http")]
    return [path for path in paths if not path.startswith("/api/v1/devices")]


def test_nothing_is_asked_for_before_the_owner_chose(
    browser: Browser, alice: tuple[str, str]
) -> None:
    with looking(browser, alice) as (page, traffic):
        page.get_by_label("Closer").click()
        page.wait_for_timeout(500)
        assert maps(traffic) == []
        assert ROAD["light"] not in drawn(page)


def test_the_portals_streets_come_from_the_portal_alone_and_go_again(
    browser: Browser, alice: tuple[str, str], portal: str
) -> None:
    with looking(browser, alice) as (page, traffic):
        page.get_by_role("button", name="Streets from this portal").click()
        expect(page.get_by_text(SHOWN)).to_be_visible()
        wait_for_roads(page, ROAD["light"])
        expect(page.locator("figcaption")).to_contain_text("© OpenStreetMap contributors & nobody")
        assert traffic.hosts == {urlsplit(portal).netloc}
        assert "/api/v1/streets" in maps(traffic)
        page.get_by_role("button", name="Hide streets").click()
        expect(page.get_by_text(SHOWN)).to_be_hidden()
        expect(page.locator("figcaption")).not_to_contain_text("OpenStreetMap")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_file_of_the_owners_is_read_here_and_nothing_is_sent(
    browser: Browser, alice: tuple[str, str], city: Path, scheme: str
) -> None:
    with looking(browser, alice, scheme) as (page, traffic):
        page.get_by_label("A map file on this computer").set_input_files(city)
        expect(page.get_by_text(SHOWN)).to_be_visible()
        wait_for_roads(page, ROAD[scheme])
        assert [path for path in maps(traffic) if not path.startswith("/static/build/")] == []
        assert all(not one.split("\n")[-1] for one in traffic.sent)
        found = Axe().run(page)
        assert found.violations_count == 0, found.generate_report()


def test_what_is_no_street_map_gets_a_sentence_and_the_map_stays(
    browser: Browser, alice: tuple[str, str], city: Path, tmp_path: Path
) -> None:
    whole = city.read_bytes()
    bad = {
        "empty": b"", "garbage": bytes(range(256)) * 99, "head": whole[:100],
        "cut": whole[:-300], "zip": b"PK\3\4" + whole,
        "pictures": whole[:99] + b"\2" + whole[100:], "lies": whole[:127] + bytes(len(whole) - 127),
    }  # fmt: skip
    with looking(browser, alice) as (page, _):
        said = page.locator("[data-map=streets-said]")
        for name, content in bad.items():
            path = tmp_path / f"{name}.pmtiles"
            path.write_bytes(content)
            page.get_by_label("A map file on this computer").set_input_files(path)
            expect(said, name).to_contain_text("cannot be read as a street map")
            page.get_by_label("A map file on this computer").set_input_files(city)
            expect(said, name).to_contain_text(SHOWN)
        expect(page.locator("#chosen")).to_contain_text("Berlin")


def test_a_portal_that_is_away_meanwhile_gets_a_sentence(
    browser: Browser, alice: tuple[str, str]
) -> None:
    with looking(browser, alice) as (page, _):
        page.route("**/api/v1/streets", lambda route: route.abort())
        page.get_by_role("button", name="Streets from this portal").click()
        expect(page.locator("[data-map=streets-said]")).to_contain_text("Try again later")


def test_a_portal_without_a_map_offers_none(browser: Browser, front: str) -> None:
    with watched(browser) as page:
        sign_up(page, front, "streetless@example.org")
        laptop = HttpLaptop(front)
        laptop.offer()
        add_laptop(page, front, laptop, "Streetless laptop")
        page.get_by_text("Show streets").click()
        expect(page.get_by_label("A map file on this computer")).to_be_visible()
        expect(page.get_by_role("button", name="Streets from this portal")).to_have_count(0)
        assert page.request.get(f"{front}/api/v1/streets").status == 404
