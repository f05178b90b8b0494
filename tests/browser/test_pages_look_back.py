"""What a laptop kept while it was offline, on its owner's page: the hours before she marked it."""

import shutil
import subprocess
import sys

import pytest
from playwright.sync_api import Browser, expect

from demo import stage
from demo.processes import ask, talk
from demo.stage import Stage
from tests.browser.signed_in import PATIENCE_MS, ready, sitting
from tests.journeys.test_look_back import ALONE, live

NAME, HOURS = "Laptop without a network", 8


def test_the_page_shows_the_hours_before_the_mark(
    browser: Browser, here: Stage, laptop: Stage
) -> None:
    if not shutil.which("unshare") or subprocess.run([*ALONE, "true"], check=False).returncode:
        pytest.skip("this machine makes no network namespaces for us")
    device_id = paired(here, laptop)
    live(laptop, HOURS, *ALONE)
    ask(*here.owner("stolen", NAME, "--no-camera"))
    beat = [sys.executable, "-I", "-m", "agent.beat", "--settings", str(laptop.agent_settings)]
    subprocess.run([*beat, "network"], check=True, timeout=120)
    with sitting(browser, here) as (page, _):
        page.goto(f"{here.url}/devices/{device_id}")
        ready(page)
        expect(page.locator("#verdict")).to_contain_text("genuine", timeout=PATIENCE_MS)
        before = page.locator("#positions tr").filter(has_text="Before it was marked as stolen")
        expect(before).to_have_count(HOURS - 1)


def paired(here: Stage, laptop: Stage) -> str:
    """By the terminal; the device's id."""
    stage.write_settings(laptop, [], push=False)
    for said in talk(laptop.agent("enroll", "--json"), {}, stdin="yes\n"):
        if "code" in said:
            ask(*here.owner("pair", str(said["code"]), "--name", NAME, "--yes"))
        else:
            return str(said["device_id"])
    raise AssertionError("it was not paired")
