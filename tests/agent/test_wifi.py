"""What NetworkManager says, and what is made of it when it lies, hangs or is not there."""

import json
import os
import socket
import subprocess
import sys
import time

import pytest
from dbus_fast import Variant

from agent.hosts.airwaves import MOST
from agent.hosts.linux_wifi import wifi
from shared.encoding import b64
from shared.readings import AccessPoint, Reason, Unread
from tests.agent.bus import bus_with, needs_dbus, private_bus
from tests.agent.network_manager import (
    BUSY,
    FORBIDDEN,
    RADIO,
    ROOT,
    WIRE,
    NetworkManager,
    said,
)

pytestmark = needs_dbus
HOME, NEIGHBOR, CAFE = "02:00:00:00:00:01", "02:00:00:00:00:02", "02:00:00:00:00:03"


def heard(manager, seconds=20.0, **given):
    with bus_with(manager.service) as address:
        return wifi(time.monotonic() + seconds, address, **given)


def test_it_scans_and_tells_what_is_around_strongest_first():
    around = [said(NEIGHBOR, b"Next door", 31, 5180), said(HOME.upper(), b"Home", 88)]
    manager = NetworkManager(around=around, connected=1)
    reading = heard(manager)
    assert reading.access_points == (
        AccessPoint(HOME, b64(b"Home"), -56, 2412),
        AccessPoint(NEIGHBOR, b64(b"Next door"), -85, 5180),
    )
    assert reading.connected == HOME
    assert manager.service.calls.count("RequestScan") == 1


@pytest.mark.parametrize("refusal", [FORBIDDEN, "org.freedesktop.DBus.Error.AccessDenied"])
def test_where_a_scan_is_refused_what_is_known_is_told(refusal):
    manager = NetworkManager(known=[said(HOME)], around=[said(CAFE)], refusal=refusal)
    assert [one.bssid for one in heard(manager).access_points] == [HOME]


def test_a_scan_that_another_asked_for_is_waited_for():
    manager = NetworkManager(known=[said(HOME)], around=[said(CAFE)])
    scan = manager.service.methods[RADIO, "RequestScan"]
    manager.service.methods[RADIO, "RequestScan"] = lambda options: scan(options) and BUSY
    assert [one.bssid for one in heard(manager).access_points] == [CAFE]


def test_a_scan_that_never_ends_is_not_waited_for():
    manager = NetworkManager(known=[said(HOME)], refusal=BUSY)
    reading = heard(manager, scan_s=0.5)
    assert [one.bssid for one in reading.access_points] == [HOME]


def test_two_radios_listen_at_the_same_time():
    manager, second = NetworkManager(known=[said(HOME)]), f"{ROOT}/Devices/3"
    manager.radios = (RADIO, second)
    manager.service.properties[second] = dict(manager.radio)
    for radio in manager.radios:  # neither comes to an end
        manager.service.methods[radio, "RequestScan"] = lambda options: ("", [])
    heard(manager, scan_s=1)
    calls = manager.service.calls
    begun = [number for number, call in enumerate(calls) if call == "RequestScan"]
    assert calls[begun[0] : begun[1]] == ["RequestScan", "Get"]


def test_a_scan_a_moment_ago_is_good_enough():
    manager = NetworkManager(known=[said(HOME)])
    manager.radio["LastScan"] = Variant("x", 95_000)
    assert len(heard(manager, clock=lambda: 100.0).access_points) == 1
    assert "RequestScan" not in manager.service.calls


def test_a_name_is_bytes_and_stays_bytes():
    names = [b"\xff\xfe\x00", "caf\u202eé".encode(), b"", b"x" * 32]
    manager = NetworkManager(around=[said(f"02:00:00:00:00:0{n}", name) for n, name in
                                     enumerate(names, 1)])  # fmt: skip
    points = heard(manager).access_points
    assert {one.ssid for one in points} == {b64(name) for name in names}


def test_a_record_is_not_flooded_and_the_network_in_use_is_never_crowded_out():
    crowd = [said(f"02:00:00:00:01:{n:02x}", b"flood", 100) for n in range(150)]
    manager = NetworkManager(around=[*crowd, said(HOME, strength=1)], connected=150)
    reading = heard(manager)
    assert len(reading.access_points) == MOST
    assert reading.connected == reading.access_points[0].bssid == HOME


def test_what_two_radios_hear_is_told_once_as_the_better_one_hears_it():
    around = [said(HOME, strength=40), said(NEIGHBOR, strength=50), said(HOME, strength=60)]
    reading = heard(NetworkManager(around=around))
    assert [(one.bssid, one.signal_dbm) for one in reading.access_points] == [
        (HOME, -70), (NEIGHBOR, -75),
    ]  # fmt: skip


LIES = [
    {},
    {"HwAddress": Variant("s", "Alice's desk")},
    {"HwAddress": Variant("u", 7)},
    {"HwAddress": Variant("s", "00:00:00:00:00:00")},
]


@pytest.mark.parametrize("lie", LIES)
def test_an_access_point_without_address_is_none(lie):
    manager = NetworkManager(around=[lie, said(HOME)])
    assert [one.bssid for one in heard(manager).access_points] == [HOME]


@pytest.mark.parametrize(
    "lie",
    [
        {"Ssid": Variant("s", "text"), "Strength": Variant("i", -7), "Frequency": Variant("d", 1)},
        {"Ssid": Variant("ai", [1, 2]), "Strength": Variant("u", 2**31),
         "Frequency": Variant("t", 2**63)},
        {"Ssid": Variant("as", []), "Strength": Variant("b", True), "Frequency": Variant("s", "")},
    ],
)  # fmt: skip
def test_measures_of_other_types_and_sizes_are_left_out(lie):
    reading = heard(NetworkManager(around=[said(HOME) | lie]))
    assert reading.access_points == (AccessPoint(HOME, "", None, None),)


@pytest.mark.parametrize("lie", [Variant("s", "many"), Variant("as", ["", "x"]), Variant("i", -1)])
def test_lists_of_other_types_are_empty(lie):
    manager = NetworkManager(around=[said(HOME)])
    manager.refusal = FORBIDDEN
    manager.radio.update({"AccessPoints": lie, "ActiveAccessPoint": lie, "LastScan": lie})
    reading = heard(manager)
    assert (reading.access_points, reading.connected) == ((), None)


def test_an_access_point_that_went_away_meanwhile_costs_no_other():
    manager = NetworkManager(known=[said(HOME), said(CAFE)], refusal=FORBIDDEN)
    del manager.service.properties[f"{ROOT}/AccessPoint/0"]
    assert [one.bssid for one in heard(manager).access_points] == [CAFE]


def test_a_laptop_without_wifi_says_so():
    manager = NetworkManager(radios=(WIRE,))
    assert heard(manager) == Unread(Reason.NOT_PRESENT, "This laptop has no Wi-Fi.")


def test_without_network_manager_it_says_so():
    with private_bus() as address:
        unread = wifi(time.monotonic() + 20, address)
    assert unread.reason is Reason.NOT_PRESENT
    assert "NetworkManager" in unread.detail


def test_without_a_bus_it_says_so(tmp_path):
    unread = wifi(time.monotonic() + 20, f"unix:path={tmp_path}/none")
    assert unread.reason is Reason.NOT_PRESENT


def test_a_manager_that_refuses_to_tell_is_believed():
    manager = NetworkManager()
    manager.service.methods[ROOT, "GetDevices"] = lambda: FORBIDDEN
    assert heard(manager).reason is Reason.REFUSED


def test_a_manager_that_hangs_costs_no_more_than_its_time():
    manager = NetworkManager()
    manager.service.methods[ROOT, "GetDevices"] = lambda: None
    assert heard(manager, seconds=0.5).reason is Reason.TIMED_OUT


ASK = [sys.executable, "-I", "-m", "agent.children.around"]


def asked_on(address, seconds):
    """What the short-lived program says, as the sensor starts it."""
    request = json.dumps({"question": "wifi", "deadline_s": seconds})
    environ = os.environ | {"DBUS_SYSTEM_BUS_ADDRESS": address}
    return subprocess.run(ASK, input=request, env=environ, capture_output=True, text=True)


def test_the_program_of_its_own_tells_the_same_as_json():
    manager = NetworkManager(around=[said(HOME)], connected=0)
    with bus_with(manager.service) as address:
        told = json.loads(asked_on(address, 20).stdout)
    assert (told["connected"], len(told["access_points"])) == (HOME, 1)
    assert manager.service.properties[RADIO]["DeviceType"].value == 2


def test_a_bus_that_takes_the_call_and_says_nothing_cannot_hold_it(tmp_path):
    """jeepney itself would wait for ever: this is why the program is one of its own."""
    path = str(tmp_path / "bus")
    with socket.socket(socket.AF_UNIX) as mute:
        mute.bind(path)
        mute.listen()
        done = asked_on(f"unix:path={path}", 1)
    assert done.returncode or json.loads(done.stdout)["unread"] == "timed-out"
