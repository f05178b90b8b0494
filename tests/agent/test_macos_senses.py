"""Wi-Fi, place and protection of a Mac: its frameworks' objects and its programs' answers are
written after Apple's manuals (see recorded/); nobody has seen these on a Mac.
"""

import plistlib
import time
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from agent.hosts.macos_place import LATE, UNALLOWED, UNASKED, settled
from agent.hosts.macos_posture import (
    disk_encrypted,
    firewall_on,
    screen_locked,
    secure_boot,
    updates_waiting,
)
from agent.hosts.macos_wifi import FAILED, NO_WIFI, OFF, REFUSED, heard
from shared.encoding import b64
from shared.readings import AccessPoint, Fix, Reason, Unread
from tests.agent.recorded import says

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC).timestamp()


def gives(**answers):
    """An object whose methods answer this, as those of Apple's frameworks do."""
    return SimpleNamespace(**{name: lambda *_, said=said: said for name, said in answers.items()})


def network(bssid, band=1, channel=6, dbm=-50, ssid=b"Alice"):
    at = gives(channelBand=band, channelNumber=channel)
    return gives(bssid=bssid, ssidData=ssid, rssiValue=dbm, wlanChannel=at)


def radio(*networks, on=True, bssid=None):
    found = (list(networks), None)
    return gives(powerOn=on, scanForNetworksWithName_error_=found, bssid=bssid)


def test_the_strongest_access_points_come_first_and_the_one_in_use_before_them():
    far = network("0:1a:2b:3c:4d:5e", band=2, channel=36, dbm=-80, ssid=b"\xff\x00")
    near = network("A4:91:B1:2:F:DE", dbm=-40)
    wifi = heard(radio(near, far, bssid="0:1a:2b:3c:4d:5e"))
    assert wifi.connected == "00:1a:2b:3c:4d:5e"
    assert wifi.access_points == (
        AccessPoint("00:1a:2b:3c:4d:5e", b64(b"\xff\x00"), -80, 5180),
        AccessPoint("a4:91:b1:02:0f:de", b64(b"Alice"), -40, 2437),
    )


@pytest.mark.parametrize(
    ("band", "channel", "mhz"),
    [(1, 14, 2484), (3, 1, 5955), (2, 0, None), (0, 6, None), (9, 1, None)],
)
def test_a_channel_is_told_as_its_frequency(band, channel, mhz):
    (point,) = heard(radio(network("0:1:2:3:4:5", band, channel, dbm=0))).access_points
    assert (point.frequency_mhz, point.signal_dbm) == (mhz, None)


def test_a_mac_that_keeps_addresses_to_itself_is_told_apart_from_silence():
    assert heard(radio(network(None))) == REFUSED
    assert "Location Services" in REFUSED.detail
    assert heard(radio()).access_points == ()
    assert heard(radio(on=False)) == OFF
    assert heard(None) == NO_WIFI
    deaf = gives(powerOn=True, scanForNetworksWithName_error_=(None, "busy"), bssid=None)
    assert heard(deaf) == FAILED


def location(latitude=48.1, longitude=11.5, accuracy=30.0, age_s=0.0):
    at = SimpleNamespace(latitude=latitude, longitude=longitude)
    seen = gives(timeIntervalSince1970=NOW - age_s)
    return gives(coordinate=at, horizontalAccuracy=accuracy, timestamp=seen)


class Manager:
    """A CLLocationManager that says one thing after the other, and then the last for ever."""

    def __init__(self, *told, status=3):
        self.told, self.status, self.started = list(told), status, False

    def authorizationStatus(self):  # noqa: N802  (Apple's name)
        return self.status

    def startUpdatingLocation(self):  # noqa: N802
        self.started = True

    def location(self):
        return self.told.pop(0) if len(self.told) > 1 else self.told[0]


def found(manager, patience_s=20.0):
    until = time.monotonic() + patience_s
    return settled(manager, until, lambda seconds: None, lambda: NOW)


def test_a_vague_place_may_become_an_exact_one():
    fix = found(Manager(None, location(accuracy=5000.0), location(accuracy=30.0)))
    assert fix == Fix(48.1, 11.5, 30.0, "os", round(NOW * 1000))


def test_a_place_says_when_it_was_seen_and_an_old_one_is_none():
    assert found(Manager(location(age_s=60))).t == round((NOW - 60) * 1000)
    assert found(Manager(location(age_s=-9999))).t == round(NOW * 1000)
    assert found(Manager(location(age_s=9999)), patience_s=0.05) == LATE


@pytest.mark.parametrize(
    "odd",
    [location(accuracy=-1.0), location(latitude=float("nan")), location(longitude=999.0),
     location(age_s=float("nan")), location(accuracy="near")],
)  # fmt: skip
def test_what_is_no_place_on_earth_is_none(odd):
    assert found(Manager(odd), patience_s=0.05) == LATE


def test_a_place_that_is_kept_from_homeward_is_not_asked_for():
    refused = Manager(location(), status=2)
    assert found(refused) == UNALLOWED
    assert not refused.started
    assert found(Manager(None, status=0), patience_s=0.05) == UNASKED


def saying(text):
    return lambda command: text


@pytest.mark.parametrize(
    ("said", "encrypted"),
    [("FileVault is On.\n", True), ("FileVault is Off.\n", False),
     ("FileVault is On.\nEncryption in progress: Percent completed = 41\n", False)],
)  # fmt: skip
def test_filevault(said, encrypted):
    assert disk_encrypted(saying(said)) is encrypted


@pytest.mark.parametrize(
    ("said", "on"),
    [("Firewall is enabled. (State = 1)\n", True), ("Firewall is disabled. (State = 0)\n", False),
     ("Firewall is blocking all non-essential incoming connections. (State = 2)", True)],
)  # fmt: skip
def test_the_firewall(said, on):
    assert firewall_on(saying(said)) is on


@pytest.mark.parametrize(
    ("said", "full"),
    [('    SecureBootLevel = full;\n', True), ('"SecureBootLevel" = "x"\nSecureBootLevel = "off";',
     False), ("SecureBootLevel = medium;", False)],
)  # fmt: skip
def test_how_the_mac_starts(said, full):
    assert secure_boot(saying(said)) is full


def test_a_screen_is_locked_when_everybodys_is():
    assert screen_locked(says({"Root": "macos-console.plist"})) is False
    nobody = plistlib.dumps({"IOConsoleUsers": []}).decode()
    assert screen_locked(saying(nobody)).reason is Reason.NOT_PRESENT


def updates(tmp_path, **settings):
    file = tmp_path / "updates.plist"
    file.write_bytes(plistlib.dumps(settings))
    return updates_waiting(file, NOW)


def test_updates_are_those_of_the_last_look_unless_that_is_long_ago(tmp_path):
    seen = datetime(2026, 11, 19, 12)  # noqa: DTZ001  (as a property list tells it)
    assert updates(tmp_path, LastSuccessfulDate=seen, LastUpdatesAvailable=2) == 2
    long_ago = seen - timedelta(days=20)
    told = updates(tmp_path, LastSuccessfulDate=long_ago, LastUpdatesAvailable=0)
    assert "two weeks" in told.detail
    assert updates(tmp_path, LastUpdatesAvailable=0).reason is Reason.FAILED
    odd = updates(tmp_path, LastSuccessfulDate=seen, LastUpdatesAvailable=-1)
    assert odd.reason is Reason.FAILED


NONSENSE = [
    "", "\ufffd\x00", "{", "<plist><date>x</date></plist>", "<plist><dict></dict></plist>",
    "<plist>" + "<array>" * 2000, "FileVault is", "(State = )", "SecureBootLevel = unheard of",
]  # fmt: skip


@pytest.mark.parametrize("said", NONSENSE)
def test_what_makes_no_sense_is_unread_with_its_reason(said, tmp_path):
    for read in (disk_encrypted, firewall_on, screen_locked, secure_boot):
        assert isinstance(read(saying(said)), Unread)
    file = tmp_path / "odd.plist"
    file.write_text(said, errors="surrogatepass")
    assert isinstance(updates_waiting(file, NOW), Unread)
    assert isinstance(updates_waiting(tmp_path / "missing", NOW), Unread)
