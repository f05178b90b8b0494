"""The chain of sources, best first: system, Wi-Fi, settings; and who is asked what."""

import json
import os
import subprocess
import sys

import pytest

from agent.children.positioning import ask, understand
from agent.plan import SENSORS
from agent.sensors import heard_place
from shared.encoding import b64
from shared.readings import AccessPoint, Fix, Reason, Unread
from tests.agent.bus import bus_with, needs_dbus
from tests.agent.ichnaea import PLACE, Ichnaea, served
from tests.agent.network_manager import NetworkManager, said
from tests.agent.test_place import Variant, geoclue, spot

LOOK = """
import json, sys
from datetime import timedelta
from pathlib import Path
from agent.plan import Plan
from agent.sensors import look
from agent.settings import parse
from shared.readings import plain
work, names, changes = json.loads(sys.argv[1])
usual = {"portal": "http://127.0.0.1:1", "state_dir": "/nowhere"}
seen = look(Plan(tuple(names), "hourly", timedelta(hours=1)), parse(usual | changes), Path(work))
print(json.dumps({name: plain(reading) for name, reading in seen.readings.items()}))
"""
HOME = {"latitude": 48.0, "longitude": 11.0, "accuracy_m": 50.0}
AROUND = [
    said("02:00:00:00:00:01", b"Home", 90),
    said("02:00:00:00:00:02", b"Next door", 40, 5180),
    said("02:00:00:00:00:03", b"Bus_nomap", 80),
    said("02:00:00:00:00:04", b"", 70),
]


def location(folder, *services, names=("wifi", "location"), **changes):
    """What `look` says, in a process whose system bus has these services on it."""
    work = folder / "work"
    work.mkdir(exist_ok=True)
    with bus_with(*services) as address:
        done = subprocess.run(
            [sys.executable, "-c", LOOK, json.dumps([str(work), names, changes])],
            env=os.environ | {"DBUS_SYSTEM_BUS_ADDRESS": address},
            capture_output=True, text=True,
        )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)["location"]


def around(points=AROUND):
    return NetworkManager(around=points).service


@needs_dbus
def test_the_systems_own_service_comes_first_and_nobody_else_is_asked(tmp_path):
    with served(Ichnaea()) as service:
        fix = location(tmp_path, geoclue(spot()), around(), wifi_positioning=service.url,
                       fixed_location=HOME)  # fmt: skip
    assert (fix["source"], fix["latitude"], fix["accuracy_m"]) == ("os", 52.52, 40.0)
    assert service.asked == []


@needs_dbus
def test_the_more_exact_of_two_measured_places_is_told(tmp_path):
    vague = geoclue(spot(Accuracy=Variant("d", 25_000.0)))
    with served(Ichnaea()) as service:
        fix = location(tmp_path, vague, around(), wifi_positioning=service.url)
    assert (fix["source"], fix["accuracy_m"]) == ("wifi", 38.5)


@needs_dbus
def test_a_measured_place_however_vague_beats_what_the_settings_say(tmp_path):
    vague = geoclue(spot(Accuracy=Variant("d", 25_000.0)))
    assert location(tmp_path, vague, fixed_location=HOME)["source"] == "os"


@needs_dbus
def test_the_service_hears_of_access_points_that_allow_it_and_of_nothing_else(tmp_path):
    with served(Ichnaea()) as service:
        fix = location(tmp_path, around(), wifi_positioning=service.url)
    ((path, headers, told),) = service.asked
    assert path == "/v1/geolocate?key=test"
    assert headers["User-Agent"] == "homeward-agent"
    assert not {"Cookie", "Authorization"} & set(headers)
    assert told == {
        "considerIp": False,
        "wifiAccessPoints": [
            {"macAddress": "02:00:00:00:00:01", "signalStrength": -55, "frequency": 2412},
            {"macAddress": "02:00:00:00:00:02", "signalStrength": -80, "frequency": 5180},
        ],
    }
    assert (fix["source"], fix["longitude"]) == ("wifi", 13.4)


@needs_dbus
def test_one_access_point_tells_no_place_and_nobody_is_asked(tmp_path):
    with served(Ichnaea()) as service:
        unread = location(tmp_path, around(AROUND[1:]), wifi_positioning=service.url)
    assert unread["unread"] == "failed"
    assert service.asked == []


@needs_dbus
def test_the_same_access_points_are_asked_about_once(tmp_path):
    with served(Ichnaea()) as service:
        first = location(tmp_path, around(), wifi_positioning=service.url)
        again = location(tmp_path, around(AROUND[::-1]), wifi_positioning=service.url)
        moved = said("02:00:00:00:00:09", b"Elsewhere")
        location(tmp_path, around([AROUND[0], moved]), wifi_positioning=service.url)
    assert len(service.asked) == 2
    assert again["latitude"] == first["latitude"]
    assert again["t"] > first["t"]


@needs_dbus
def test_without_the_setting_nobody_is_asked_and_the_settings_place_stands_in(tmp_path):
    assert location(tmp_path, around(), fixed_location=HOME)["source"] == "fixed"


@needs_dbus
def test_who_refused_wifi_is_not_placed_by_it_either(tmp_path):
    nm = around()
    with served(Ichnaea()) as service:
        unread = location(tmp_path, nm, names=["location"], wifi_positioning=service.url)
    assert unread["unread"] == "not-configured"
    assert (service.asked, nm.calls) == ([], [])
    assert "wifi" in SENSORS


@needs_dbus
def test_a_service_in_trouble_leaves_the_settings_place(tmp_path):
    with served(Ichnaea(status=500)) as service:
        fix = location(tmp_path, around(), wifi_positioning=service.url, fixed_location=HOME)
    assert fix["source"] == "fixed"


NOW = 1_800_000_000_000
POINTS = (AccessPoint("02:00:00:00:00:01", b64(b"a")), AccessPoint("02:00:00:00:00:02", b64(b"b")))
SOMEWHERE = Fix(52.52, 13.4, 38.5, "wifi", NOW)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, b"<!doctype html><title>Sign in to this network</title>"),
        (200, b""),
        (200, b"[]"),
        (200, b'{"location": 7, "accuracy": 1}'),
        (200, b'{"location": {"lat": NaN, "lng": 0}, "accuracy": 1}'),
        (200, b'{"location": {"lat": 1e999, "lng": 0}, "accuracy": 1}'),
        (200, b'{"location": {"lat": 91, "lng": 0}, "accuracy": 1}'),
        (200, b'{"location": {"lat": "52", "lng": 0}, "accuracy": 1}'),
        (200, b'{"location": {"lat": true, "lng": 0}, "accuracy": 1}'),
        (200, b'{"location": {"lat": 1, "lng": 1}, "accuracy": -1}'),
        (200, b'{"location": {"lat": 1, "lng": 1}}'),
        (302, PLACE),
        (404, b'{"error": {"code": 404}}'),
        (429, PLACE),
        (500, b"\xff"),
    ],
)
def test_whatever_else_a_service_answers_is_no_place(status, body):
    unread = understand(status, body, NOW)
    assert (type(unread), unread.reason) == (Unread, Reason.FAILED)


def test_a_service_is_not_followed_elsewhere():
    with served(Ichnaea()) as other:
        moved = Ichnaea(status=307, headers={"Location": other.url})
        with served(moved) as service:
            unread = ask(service.url, heard_place.question(POINTS), NOW)
    assert unread.reason is Reason.FAILED
    assert other.asked == []


def test_an_answer_without_end_is_no_place():
    endless = PLACE[:-1] + b" " * 10_000_000 + b"}"
    with served(Ichnaea(body=endless)) as service:
        assert ask(service.url, {}, NOW).reason is Reason.FAILED


def test_a_service_that_is_not_there_or_hangs_is_told(tmp_path):
    with served(Ichnaea(hangs=True)) as service:
        assert ask(service.url, {}, NOW, read_s=0.3).reason is Reason.TIMED_OUT
    assert ask(service.url, {}, NOW).reason is Reason.FAILED


def test_a_place_is_remembered_for_those_who_hear_the_same_and_for_a_week(tmp_path):
    heard_place.remember(tmp_path, POINTS, SOMEWHERE)
    assert heard_place.recall(tmp_path, POINTS[::-1], NOW + 60_000).t == NOW + 60_000
    assert heard_place.recall(tmp_path, POINTS[:1], NOW) is None
    assert heard_place.recall(tmp_path, POINTS, NOW + heard_place.KEPT_MS + 1) is None
    assert heard_place.recall(tmp_path, POINTS, NOW - 1) is None


def test_whoever_takes_the_disk_finds_no_place_on_it(tmp_path):
    heard_place.remember(tmp_path, POINTS, SOMEWHERE)
    (file,) = tmp_path.iterdir()
    assert file.stat().st_mode & 0o777 == 0o600
    for word in (b"52.52", b"13.4", b"02:00", b"place"):
        assert word not in file.read_bytes()


@pytest.mark.parametrize("damage", [b"", b"x", bytes(16), bytes(80)])
def test_a_damaged_memory_is_none(tmp_path, damage):
    (tmp_path / heard_place.NAME).write_bytes(damage)
    assert heard_place.recall(tmp_path, POINTS, NOW) is None
