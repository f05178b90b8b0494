"""The map and the style sheet on a made-up theft, as people see and touch them."""

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.browser.windows import watched


@pytest.fixture
def asked() -> list[str]:
    """Every address the page asked for anything."""
    return []


@pytest.fixture
def sample(browser: Browser, pages: str, asked: list[str]) -> Iterator[Page]:
    with watched(browser, viewport={"width": 1280, "height": 900}) as page:
        page.on("request", lambda request: asked.append(request.url))
        yield opened(page, pages)


def opened(page: Page, pages: str) -> Page:
    page.goto(f"{pages}/sample.html")
    page.locator("html[data-ready]").wait_for(state="attached")
    return page


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_nobody_is_shut_out(browser: Browser, pages: str, scheme: str, width: int) -> None:
    size = {"width": width, "height": 900}
    with watched(browser, color_scheme=scheme, viewport=size) as page:
        found = Axe().run(opened(page, pages))
        assert found.violations_count == 0, found.generate_report()


def test_nothing_is_asked_of_anybody_else(sample: Page, pages: str, asked: list[str]) -> None:
    sample.get_by_label("Show the chosen place").click()
    sample.get_by_label("Further away").click()
    assert {urlsplit(url).netloc for url in asked if not url.startswith("blob:")} == {
        urlsplit(pages).netloc
    }


def test_a_phone_needs_no_scrolling_sideways(browser: Browser, pages: str) -> None:
    with watched(browser, viewport={"width": 320, "height": 700}) as page:
        opened(page, pages)
        assert page.evaluate("document.documentElement.scrollWidth") == 320


def test_every_button_is_large_enough_for_a_thumb(sample: Page) -> None:
    boxes = [button.bounding_box() for button in sample.locator("button, .button").all()]
    assert all(box and box["width"] >= 40 and box["height"] >= 40 for box in boxes)


def test_the_map_draws_land_sea_and_the_way(sample: Page) -> None:
    """A blank canvas would have one color."""
    colors = sample.evaluate(
        """() => {
          const canvas = document.querySelector('.map-canvas canvas');
          const {width, height} = canvas;
          const {data} = canvas.getContext('2d').getImageData(0, 0, width, height);
          const seen = new Set();
          for (let i = 0; i < data.length; i += 4) seen.add(data.slice(i, i + 4).join());
          return seen.size;
        }"""
    )
    assert colors > 50


def test_a_click_on_a_place_chooses_its_report(sample: Page) -> None:
    sample.get_by_label("Show the chosen place").click()
    canvas = sample.locator(".map-canvas")
    box = canvas.bounding_box()
    assert box
    canvas.click(position={"x": box["width"] / 2, "y": box["height"] / 2})
    expect(sample.locator("html")).to_have_attribute("data-chosen", "719")


def test_the_scale_says_how_far_apart_things_are(sample: Page) -> None:
    scale = sample.locator(".map-scale")
    expect(scale).to_have_text("100 km")
    sample.get_by_label("Show the chosen place").click()
    expect(scale).to_have_text("500 m")


def test_the_map_can_be_moved_from_the_keyboard(sample: Page) -> None:
    scale = sample.locator(".map-scale")
    sample.get_by_role("application").focus()
    for _ in range(3):
        sample.keyboard.press("-")
    expect(scale).not_to_have_text("100 km")


def test_the_table_says_the_same_as_the_map(sample: Page) -> None:
    sample.get_by_text("The same as a table").click()
    rows = sample.locator("#fixes tr")
    expect(rows).to_have_count(5)
    expect(rows.first).to_contain_text("Warsaw")
    expect(rows.first).to_contain_text("± 38 m")
    expect(sample.locator("#hops > li")).to_have_count(7)


def test_places_are_named_by_the_nearest_large_city(sample: Page) -> None:
    named = {
        (52.2297, 21.0122): "Warsaw", (52.26, 20.97): "Warsaw, 4 km",
        (-33.86, 151.2): "Sydney, 1 km", (0.0, -30.0): "0.0000, -30.0000",
    }  # fmt: skip
    for (latitude, longitude), name in named.items():
        point = {"latitude": latitude, "longitude": longitude}
        assert sample.evaluate("point => places.place(point)", point) == name


def test_text_from_a_laptop_never_becomes_markup(sample: Page) -> None:
    with pytest.raises(Exception, match="no markup is made from text"):
        sample.evaluate("document.body.innerHTML = '<img>'")


def test_no_other_worker_can_be_started(sample: Page) -> None:
    with pytest.raises(Exception, match="not one of our workers"):
        sample.evaluate("new Worker('/sample.html')")
