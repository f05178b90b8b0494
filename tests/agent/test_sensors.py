import socket
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from agent.plan import AT_HOME, TEST_PICTURE, Plan
from agent.plan import SENSORS as PLANNED
from agent.sensors import SENSORS, look
from agent.settings import FixedLocation, Settings
from demo.camera import TestCamera
from shared.readings import (
    Circumstances,
    Disk,
    Fix,
    Heat,
    Network,
    Posture,
    Power,
    Reason,
    Snapshots,
    Traceroute,
    Unread,
    parse_record,
    report,
)

MOMENT = Circumstances(t=1, boottime=2.0, boot_id="boot", orders_serial=3)
HOME = FixedLocation(48.137, 11.575, 50.0)


def plan(*sensors):
    return Plan(sensors, "stolen", timedelta(minutes=5))


def settings(*cameras, location=HOME, target="127.0.0.1"):
    return Settings(
        "http://127.0.0.1:1",
        Path("/nowhere"),
        cameras=cameras,
        use_builtin_cameras=False,
        fixed_location=location,
        trace_target=target,
    )


def test_every_sensor_a_plan_may_name_exists():
    assert {sensor.NAME for sensor in SENSORS} == {*PLANNED, TEST_PICTURE}


def test_a_stolen_laptop_looks_at_everything(tmp_path):
    with TestCamera("ok") as stream:
        seen = look(plan(*PLANNED), settings(stream.url), tmp_path)
    assert tuple(seen.readings) == PLANNED
    kinds = {
        "address": Network, "location": Fix, "disk": Disk, "posture": Posture,
        "traceroute": tuple, "camera": Snapshots,
        # A machine that runs tests may have no battery, no thermometer and no Wi-Fi.
        "power": Power | Unread, "heat": Heat | Unread, "wifi": Unread,
    }  # fmt: skip
    for name, kind in kinds.items():
        assert isinstance(seen.readings[name], kind)
    assert isinstance(seen.readings["traceroute"][0], Traceroute)
    assert len(seen.pictures) == 1


def test_it_opens_no_camera_and_traces_nothing_at_home(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        seen = look(plan(*AT_HOME), settings(url), tmp_path)
        listener.setblocking(False)
        with pytest.raises(BlockingIOError):
            listener.accept()
    assert set(seen.readings) == set(AT_HOME)
    assert seen.pictures == ()


def test_a_plan_without_sensors_looks_at_nothing(tmp_path):
    seen = look(plan(), settings(), tmp_path)
    assert (seen.readings, seen.pictures) == ({}, ())


def test_a_camera_that_hangs_costs_the_report_nothing_else(tmp_path):
    with TestCamera("hang") as stream:
        seen = look(plan(*PLANNED), settings(stream.url), tmp_path)
    (camera,) = seen.readings.pop("camera").cameras
    assert camera.unread is Reason.TIMED_OUT
    there = {"address", "location", "disk", "posture", "traceroute"}
    assert not any(isinstance(seen.readings[name], Unread) for name in there)


def test_a_sensors_surprise_is_told_by_its_type_only(tmp_path):
    nonsense = settings(location="Marienplatz 1, Munich")
    seen = look(plan("location", "disk"), nonsense, tmp_path)
    assert seen.readings["location"] == Unread(Reason.FAILED, "AttributeError")
    assert isinstance(seen.readings["disk"], Disk)


def test_a_fixed_location_says_that_it_is_one(tmp_path):
    fix = look(plan("location"), settings(), tmp_path).readings["location"]
    assert (fix.latitude, fix.longitude, fix.accuracy_m) == (48.137, 11.575, 50.0)
    assert fix.source == "fixed"


def test_without_a_source_the_owner_is_told_where_the_city_stands(tmp_path):
    unread = look(plan("location"), settings(location=None), tmp_path).readings["location"]
    assert unread.reason is Reason.NOT_CONFIGURED
    assert "portal" in unread.detail


def test_what_was_seen_goes_into_a_record(tmp_path):
    with TestCamera("cut") as good, TestCamera("ok") as other:
        cameras = (good.url, "missing.avi", other.url)
        seen = look(plan(*PLANNED), settings(*cameras), tmp_path)
    record = parse_record(report("stolen", MOMENT, seen.readings))["readings"]
    assert list(record) == list(PLANNED)
    assert [one.get("index") for one in record["camera"]["cameras"]] == [0, None, 1]
    assert record["camera"]["cameras"][1]["unread"] == "failed"
    assert record["traceroute"][0]["hops"][0]["ip"] == "127.0.0.1"


def test_other_systems_are_refused_in_a_sentence():
    code = "import sys; sys.platform = 'plan9'; import agent.hosts"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert "Install it on a laptop with Linux, macOS or Windows." in done.stderr.splitlines()[-1]
