from collections import namedtuple
from pathlib import Path

import psutil
import pytest

from agent.hosts.linux_power import battery_wear, temperatures
from agent.sensors import disk, heat, power
from agent.settings import Settings
from shared.readings import Heat, Power, Reason, Unread

SETTINGS = Settings("http://127.0.0.1:1", Path("/nowhere"))
Battery = namedtuple("Battery", "percent secsleft power_plugged")  # the shape psutil returns
UNLIMITED, UNKNOWN = -2, -1


def lay(folder, files):
    for file, line in files.items():
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / file).write_text(f"{line}\n")


def test_it_reads_this_laptop(tmp_path):
    usage = disk.read(SETTINGS, tmp_path)
    assert 0 <= usage.free <= usage.total == psutil.disk_usage("/").total
    assert isinstance(power.read(SETTINGS, tmp_path), Power | Unread)
    assert isinstance(heat.read(SETTINGS, tmp_path), Heat | Unread)


def test_a_laptop_on_battery_says_how_long_it_lasts_and_how_worn_it_is():
    assert power.describe(Battery(61.94, 6240, False), 84.0, 213) == Power(
        battery_percent=61.9, plugged=False, seconds_left=6240, capacity_percent=84.0, cycles=213
    )


@pytest.mark.parametrize("seconds", [UNLIMITED, UNKNOWN])
def test_what_is_not_known_is_none_and_no_odd_number(seconds):
    assert power.describe(Battery(100, seconds, True), None, None).seconds_left is None


@pytest.mark.parametrize("kind", ["energy", "charge"])
def test_wear_is_what_a_full_charge_holds_of_what_it_held_when_new(tmp_path, kind):
    lay(tmp_path, {
        f"BAT0/{kind}_full": 42_000_000, f"BAT0/{kind}_full_design": 50_000_000,
        "BAT0/cycle_count": 213, "hidpp_battery_0/capacity": 7,
    })  # fmt: skip
    assert battery_wear(tmp_path) == (84.0, 213)


@pytest.mark.parametrize(
    "files",
    [
        {},
        {"BAT0/cycle_count": 0},
        {"BAT0/energy_full": 0, "BAT0/energy_full_design": 0},
        {"BAT0/energy_full": "broken", "BAT0/energy_full_design": 5},
        {"BAT0/energy_full": 5, "BAT0/energy_full_design": -5},
        {"BAT0/energy_full": 5},
    ],
)
def test_a_battery_that_does_not_count_says_nothing(tmp_path, files):
    lay(tmp_path, files)
    assert battery_wear(tmp_path) == (None, None)


def test_the_hottest_spot_is_told_by_its_name():
    assert heat.hottest([("lid", 41.0), ("cpu", 50.5), ("gone", -128.0)]) == Heat(50.5, "cpu")


@pytest.mark.parametrize("spots", [[], [("gone", 0.0), ("off", -128.0), ("broken", 4095.0)]])
def test_sensors_that_are_not_connected_say_nothing(spots):
    assert heat.hottest(spots).reason is Reason.NOT_PRESENT


def test_every_sensor_of_the_kernel_is_asked(tmp_path):
    lay(tmp_path, {
        "hwmon/hwmon0/name": "coretemp",
        "hwmon/hwmon0/temp1_input": "50500",
        "hwmon/hwmon0/temp1_label": "Core 0",
        "hwmon/hwmon0/temp2_input": "-5000",
        "hwmon/hwmon1/temp1_input": "not ready",
        "thermal/thermal_zone0/temp": "41000",
        "thermal/thermal_zone0/type": "acpitz",
    })  # fmt: skip
    found = sorted(temperatures(tmp_path))
    assert found == [("acpitz", 41.0), ("coretemp", -5.0), ("coretemp Core 0", 50.5)]


def test_a_machine_without_sensors_has_no_temperatures(tmp_path):
    assert temperatures(tmp_path / "missing") == []
