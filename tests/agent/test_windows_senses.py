"""Wi-Fi, place and protection of Windows: structures and answers are written after Microsoft's
manuals (see recorded/); nobody has seen these on Windows.
"""

import struct
import time
from contextlib import contextmanager
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from agent.hosts.windows_place import fix_of
from agent.hosts.windows_posture import posture_of
from agent.hosts.windows_shell import understood
from agent.hosts.windows_wifi import points, wifi
from agent.hosts.windows_wlan import WlanError
from shared.encoding import b64
from shared.readings import AccessPoint, Fix, Posture, Reason, Unread

GUID = bytes(range(16))
HOME, CAFE = bytes.fromhex("a491b1020fde"), bytes.fromhex("001a2b3c4d5e")
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def bss(bssid, ssid=b"Alice", dbm=-50, khz=2_437_000, length=None):
    """WLAN_BSS_ENTRY of wlanapi.h, field by field."""
    name = struct.pack("<I32s", len(ssid) if length is None else length, ssid)
    radio = struct.pack("<I6sxxIIiI", 0, bssid, 1, 8, dbm, 70)
    beacon = struct.pack("<BxHxxxxQQHxxI", 1, 100, 123, 456, 0x411, khz)
    return name + radio + beacon + struct.pack("<I252sII", 8, b"", 360, 0)


def bss_list(*entries, count=None):
    body = b"".join(entries)
    return struct.pack("<II", 8 + len(body), len(entries) if count is None else count) + body


def interfaces(*guids):
    each = [struct.pack("<16s512sI", guid, "Wi-Fi".encode("utf-16-le"), 1) for guid in guids]
    return struct.pack("<II", len(guids), 0) + b"".join(each)


def connection(bssid):
    """WLAN_CONNECTION_ATTRIBUTES as far as the access point's address."""
    return struct.pack("<II512s36sI6s", 1, 0, b"", b"", 1, bssid) + bytes(60)


class Wlan:
    """Windows' Wi-Fi functions, as far as they are asked; a number is the error they give."""

    def __init__(self, radios, heard, connected=1168, scans=0):
        self._told = {"radios": radios, "heard": heard, "connected": connected, "scans": scans}

    def _say(self, what):
        if isinstance(told := self._told[what], int) and told:
            raise WlanError(told)
        return told

    def interfaces(self):
        return self._say("radios")

    def scan(self, guid):
        self._say("scans")

    def bss_list(self, guid):
        assert guid == GUID
        return self._say("heard")

    def connection(self, guid):
        return self._say("connected")


def heard(wlan):
    @contextmanager
    def opened():
        yield wlan

    return wifi(time.monotonic() + 20, opened, lambda seconds: None)


def test_an_entry_is_as_long_as_the_header_file_says():
    assert len(bss(HOME)) == 360


def test_the_strongest_access_points_come_first_and_the_one_in_use_before_them():
    far = bss(CAFE, b"\xff\x00", -80, 5_180_000)
    told = heard(Wlan(interfaces(GUID), bss_list(bss(HOME, dbm=-40), far), connection(CAFE)))
    assert told.connected == "00:1a:2b:3c:4d:5e"
    assert told.access_points == (
        AccessPoint("00:1a:2b:3c:4d:5e", b64(b"\xff\x00"), -80, 5180),
        AccessPoint("a4:91:b1:02:0f:de", b64(b"Alice"), -40, 2437),
    )


def test_a_scan_that_is_refused_leaves_what_is_known():
    told = heard(Wlan(interfaces(GUID), bss_list(bss(HOME)), scans=5))
    assert [point.bssid for point in told.access_points] == ["a4:91:b1:02:0f:de"]
    assert told.connected is None


@pytest.mark.parametrize(
    ("wlan", "reason", "word"),
    [(Wlan(interfaces(GUID), 5), Reason.REFUSED, "Location"),
     (Wlan(1062, b""), Reason.NOT_PRESENT, "service"),
     (Wlan(87, b""), Reason.FAILED, "listen"),
     (Wlan(interfaces(), b""), Reason.NOT_PRESENT, "no Wi-Fi"),
     (Wlan(b"", b""), Reason.NOT_PRESENT, "no Wi-Fi")],
)  # fmt: skip
def test_every_refusal_has_its_reason_and_a_sentence(wlan, reason, word):
    told = heard(wlan)
    assert told.reason is reason
    assert word in told.detail


def test_a_windows_without_wifi_functions_has_no_wifi():
    def opened():
        raise OSError

    assert wifi(0.0, opened).reason is Reason.NOT_PRESENT


def test_a_list_that_lies_about_its_length_is_read_as_far_as_it_goes():
    whole = bss_list(bss(HOME), bss(CAFE))
    assert len(list(points(bss_list(bss(HOME), count=2**32 - 1)))) == 1
    for cut in range(0, len(whole), 7):
        assert len(list(points(whole[:cut]))) == max(0, cut - 8) // 360


def test_odd_values_are_not_known():
    odd = bss(HOME, b"A" * 32, dbm=7, khz=2**32 - 1, length=2**31)
    (point,) = points(bss_list(odd, bss(bytes(6))))
    assert point == AccessPoint("a4:91:b1:02:0f:de", b64(b"A" * 32), None, None)


def coordinate(latitude=48.1, longitude=11.5, accuracy=30.0, seen=NOW):
    at = SimpleNamespace(latitude=latitude, longitude=longitude, altitude=0.0)
    return SimpleNamespace(point=SimpleNamespace(position=at), accuracy=accuracy, timestamp=seen)


def test_a_place_says_when_it_was_seen():
    now = NOW.timestamp() + 60
    assert fix_of(coordinate(), now) == Fix(48.1, 11.5, 30.0, "os", round(NOW.timestamp() * 1000))
    assert fix_of(coordinate(), NOW.timestamp() - 60).t == round((NOW.timestamp() - 60) * 1000)


@pytest.mark.parametrize(
    "odd",
    [coordinate(float("nan")), coordinate(accuracy=None), coordinate(longitude=181.0),
     coordinate(seen=None), SimpleNamespace(), None],
)  # fmt: skip
def test_what_is_no_place_on_earth_is_unread(odd):
    assert fix_of(odd, NOW.timestamp()).reason is Reason.FAILED


SAID = {
    "EncryptableVolume": '[{"ProtectionStatus":1}]',
    "FirewallProfile": '[{"Enabled":1},{"Enabled":1},{"Enabled":1}]',
    "SecureBoot": '[{"UEFISecureBootEnabled":1}]',
    "Update": '[{"Waiting":3,"Days":0.8125}]',
}


def told(**changes):
    answers = SAID | changes
    return posture_of(
        lambda script: next(understood(text) for word, text in answers.items() if word in script),
        True,
    )


def test_a_well_protected_laptop():
    assert told() == Posture(True, True, True, 3, True)


@pytest.mark.parametrize(
    ("word", "text", "name", "value"),
    [("EncryptableVolume", '[{"ProtectionStatus":0}]', "disk_encrypted", False),
     ("FirewallProfile", '[{"Enabled":1},{"Enabled":0}]', "firewall_on", False),
     ("SecureBoot", '[{"UEFISecureBootEnabled":0}]', "secure_boot", False),
     ("Update", '[{"Waiting":0,"Days":1}]', "updates_waiting", 0)],
)  # fmt: skip
def test_each_answer_stands_alone(word, text, name, value):
    posture = told(**{word: text})
    assert getattr(posture, name) == value
    assert type(getattr(posture, name)) is type(value)


def test_what_was_counted_weeks_ago_is_not_told_as_if_it_were_now():
    assert "two weeks" in told(Update='[{"Waiting":0,"Days":15}]').updates_waiting.detail


@pytest.mark.parametrize(
    "text",
    ["", "null", "[]", "[{}]", '[{"ProtectionStatus":2,"Enabled":2,"UEFISecureBootEnabled":"yes",'
     '"Waiting":-1,"Days":null}]', '{"ProtectionStatus":1}', "[" * 9000, "\0\ufffd"],
)  # fmt: skip
def test_what_makes_no_sense_is_unread_with_a_sentence(text):
    posture = told(**dict.fromkeys(SAID, text))
    assert posture.screen_locked is True
    for name in ("disk_encrypted", "firewall_on", "updates_waiting", "secure_boot"):
        assert isinstance(getattr(posture, name), Unread)
        assert getattr(posture, name).detail.endswith(".")
