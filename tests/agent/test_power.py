from collections import namedtuple
from pathlib import Path

import pytest

from agent.hosts.linux import temperatures
from agent.sensors import power
from agent.settings import Settings
from shared.readings import Power

Battery = namedtuple("Battery", "percent secsleft power_plugged")  # the shape psutil returns
UNLIMITED, UNKNOWN = -2, -1


def test_it_reads_this_laptop(tmp_path):
    reading = power.read(Settings("http://127.0.0.1:1", Path("/nowhere")), tmp_path)
    assert 0 <= reading.disk_free_percent <= 100


def test_a_laptop_on_battery_says_how_long_it_lasts():
    assert power.describe(Battery(61.94, 6240, False), [41.0, 50.5], 0.4567) == Power(
        battery_percent=61.9,
        plugged=False,
        seconds_left=6240,
        temperature_c=50.5,
        disk_free_percent=45.7,
    )


@pytest.mark.parametrize("seconds", [UNLIMITED, UNKNOWN])
def test_what_is_not_known_is_none_and_no_odd_number(seconds):
    assert power.describe(Battery(100, seconds, True), [], 1).seconds_left is None


def test_a_machine_without_battery_and_sensors_tells_its_disk():
    assert power.describe(None, [], 0.5) == Power(disk_free_percent=50.0)


def test_sensors_that_are_not_connected_say_nothing():
    assert power.describe(None, [0.0, -128.0], 0.5).temperature_c is None


def test_every_sensor_of_the_kernel_is_asked(tmp_path):
    for file, line in {
        "hwmon/hwmon0/temp1_input": "50500",
        "hwmon/hwmon0/temp2_input": "-5000",
        "hwmon/hwmon0/temp1_label": "Core 0",
        "hwmon/hwmon1/temp1_input": "not ready",
        "thermal/thermal_zone0/temp": "41000",
    }.items():
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).write_text(f"{line}\n")
    assert sorted(temperatures(tmp_path)) == [-5.0, 41.0, 50.5]


def test_a_machine_without_sensors_has_no_temperatures(tmp_path):
    assert temperatures(tmp_path / "missing") == []
