"""How well the laptop is protected: each answer alone, from files and services made to order."""

import os
import shutil
import subprocess
import time

import pytest
from dbus_fast import Variant

from agent.hosts.linux_posture import (
    REMEMBERED,
    STALE_S,
    disk_encrypted,
    firewall_on,
    posture,
    screen_locked,
    secure_boot,
    updates_waiting,
)
from agent.sensors import posture as sensor
from agent.settings import Settings
from shared.readings import Posture, Reason, Unread
from tests.agent import logind
from tests.agent.bus import Service, bus_with, needs_dbus
from tests.agent.logind import Session

NOWHERE = "unix:path=/nowhere"
SYSTEMD = "org.freedesktop.systemd1"


def soon():
    return time.monotonic() + 20


def lay(root, files):
    for name, content in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(content if isinstance(content, bytes) else content.encode())


def mounted(root, numbers, source, kind="ext4"):
    rows = [
        f"30 1 {numbers} / / rw,relatime shared:1 - {kind} {source} rw",
        "31 30 0:5 / /proc rw shared:2 - proc proc rw",
    ]
    lay(root, {"proc/self/mountinfo": "\n".join(rows) + "\n"})


def block(root, name, numbers, uuid=None, below=()):
    """A device as the kernel shows it, on top of others."""
    device = root / "sys/devices" / name
    (device / "slaves").mkdir(parents=True)
    if uuid:
        lay(device, {"dm/uuid": f"{uuid}\n"})
    for other in below:
        (device / "slaves" / other).symlink_to(root / "sys/devices" / other)
    for way in ("sys/class/block/" + name, "sys/dev/block/" + numbers):
        (root / way).parent.mkdir(parents=True, exist_ok=True)
        (root / way).symlink_to(device)


def test_a_plain_disk_is_not_encrypted(tmp_path):
    block(tmp_path, "sda2", "8:2")
    mounted(tmp_path, "8:2", "/dev/sda2")
    assert disk_encrypted(tmp_path) is False


def test_luks_is_seen_also_below_logical_volumes(tmp_path):
    block(tmp_path, "sda3", "8:3")
    block(tmp_path, "dm-0", "254:0", "CRYPT-LUKS2-1f-cryptroot", ["sda3"])
    block(tmp_path, "dm-1", "254:1", "LVM-abc", ["dm-0"])
    for numbers in ("254:0", "254:1"):
        mounted(tmp_path, numbers, "/dev/mapper/root")
        assert disk_encrypted(tmp_path) is True


def test_one_disk_in_the_open_is_enough_to_say_no(tmp_path):
    block(tmp_path, "sda3", "8:3")
    block(tmp_path, "sdb1", "8:17")
    block(tmp_path, "dm-0", "254:0", "CRYPT-LUKS2-1f-x", ["sda3"])
    block(tmp_path, "dm-1", "254:1", "LVM-abc", ["dm-0", "sdb1"])
    mounted(tmp_path, "254:1", "/dev/mapper/root")
    assert disk_encrypted(tmp_path) is False


def test_btrfs_is_followed_by_its_source(tmp_path):
    block(tmp_path, "dm-0", "254:0", "CRYPT-PLAIN-x")
    (tmp_path / "dev/mapper").mkdir(parents=True)
    (tmp_path / "dev/dm-0").touch()
    (tmp_path / "dev/mapper/root").symlink_to("../dm-0")
    mounted(tmp_path, "0:29", "/dev/mapper/root", "btrfs")
    assert disk_encrypted(tmp_path) is True


@pytest.mark.parametrize(("source", "kind"), [("overlay", "overlay"), ("tank/root", "zfs")])
def test_what_cannot_be_known_of_a_disk_is_not_guessed(tmp_path, source, kind):
    mounted(tmp_path, "0:40", source, kind)
    assert disk_encrypted(tmp_path).reason is Reason.NOT_SUPPORTED
    assert disk_encrypted(tmp_path / "none").reason is Reason.NOT_SUPPORTED


VARIABLE = "sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c"


def test_secure_boot_is_the_byte_behind_four_others(tmp_path):
    assert secure_boot(tmp_path).reason is Reason.NOT_SUPPORTED
    (tmp_path / "sys/firmware/efi").mkdir(parents=True)
    assert secure_boot(tmp_path).reason is Reason.NOT_SUPPORTED
    for byte, said in ((0, False), (1, True)):
        lay(tmp_path, {VARIABLE: bytes([6, 0, 0, 0, byte])})
        assert secure_boot(tmp_path) is said


def systemd(**states):
    service = Service(SYSTEMD)

    def get_unit(name):
        unit = name.removesuffix(".service")
        return ("o", [f"/unit/{unit}"]) if unit in states else f"{SYSTEMD}.NoSuchUnit"

    service.methods["/org/freedesktop/systemd1", "GetUnit"] = get_unit
    service.properties = {
        f"/unit/{name}": {"ActiveState": Variant("s", state)} for name, state in states.items()
    }
    return service


@needs_dbus
@pytest.mark.parametrize(
    ("states", "said"),
    [
        ({"firewalld": "active"}, True),
        ({"firewalld": "inactive", "nftables": "active"}, True),
        ({"nftables": "failed"}, False),
        ({"ssh": "active"}, False),
        ({}, False),
    ],
)
def test_a_firewall_is_on_when_a_service_that_loads_one_is(tmp_path, states, said):
    with bus_with(systemd(**states)) as address:
        assert firewall_on(tmp_path, soon(), address) is said


def test_ufw_says_itself_whether_it_is_on(tmp_path):
    lay(tmp_path, {"etc/ufw/ufw.conf": "# comment\nENABLED=yes\nLOGLEVEL=low\n"})
    assert firewall_on(tmp_path, soon(), NOWHERE) is True


def person(name, **said):
    return Session(name, leader=0, **said)


@needs_dbus
@pytest.mark.parametrize(
    ("signed_in", "said"),
    [
        ([{"locked": True}], True),
        ([{"locked": False, "kind": "x11"}, {"locked": True, "class": "greeter"}], False),
        ([{"locked": True}, {"locked": False}], False),
        ([{"kind": "tty"}, {"class": "greeter"}], None),
    ],
)
def test_the_screen_is_locked_when_each_persons_is(signed_in, said):
    people = [person(f"c{n}", **one) for n, one in enumerate(signed_in)]
    with logind.bus_with(*people) as manager:
        found = screen_locked(manager.address)
    assert found is said or (said is None and found.reason is Reason.NOT_PRESENT)


@needs_dbus
@pytest.mark.parametrize("lie", [("s", ["none"]), ("i", [-1]), ("", []), ("as", [["a"]])])
def test_services_that_lie_cost_their_own_answer_at_most(tmp_path, lie):
    lay(tmp_path, {VARIABLE: bytes([6, 0, 0, 0, 1])})
    liars = [systemd(), Service("org.freedesktop.login1")]
    liars[0].methods["/org/freedesktop/systemd1", "GetUnit"] = lambda name: lie
    liars[1].methods["/org/freedesktop/login1", "ListSessions"] = lambda: lie
    with bus_with(*liars) as address:
        found = posture(soon(), tmp_path, address, tmp_path)
    assert isinstance(found.screen_locked, Unread)
    assert found.firewall_on is False or isinstance(found.firewall_on, Unread)
    assert found.secure_boot is True


def test_without_a_bus_the_rest_is_still_told(tmp_path):
    lay(tmp_path, {VARIABLE: bytes([6, 0, 0, 0, 1])})
    found = posture(soon(), tmp_path, NOWHERE, tmp_path)
    assert found.secure_boot is True
    for item in (found.firewall_on, found.screen_locked):
        assert item.reason is Reason.NOT_SUPPORTED


def apt(root, asked=None):
    lists = root / "var/lib/apt/lists"
    lay(root, {"var/lib/dpkg/status": "", "var/lib/apt/lists/x_Packages": ""})
    if asked is not None:
        os.utime(lists, (asked, asked))
    return lists


def test_updates_that_nobody_asked_for_in_weeks_are_not_counted_as_none(tmp_path):
    apt(tmp_path, time.time() - STALE_S - 60)
    unread = updates_waiting(tmp_path, tmp_path, soon())
    assert (unread.reason, "two weeks" in unread.detail) == (Reason.FAILED, True)


def test_where_no_apt_is_updates_are_not_guessed(tmp_path):
    assert updates_waiting(tmp_path, tmp_path, soon()).reason is Reason.NOT_SUPPORTED


def test_updates_are_counted_again_only_when_something_changed(tmp_path):
    lists, counted = apt(tmp_path), []

    def count(root, until):
        counted.append(root)
        return 7

    for _ in range(2):
        assert updates_waiting(tmp_path, tmp_path, soon(), count=count) == 7
    assert len(counted) == 1
    os.utime(lists, (time.time() + 60, time.time() + 60))
    (tmp_path / REMEMBERED).with_name("other").touch()
    assert updates_waiting(tmp_path, tmp_path, soon(), count=count) == 7
    (tmp_path / REMEMBERED).write_text("{damaged")
    assert updates_waiting(tmp_path, tmp_path, soon(), count=count) == 7
    assert len(counted) == 3


APT_GET = shutil.which("apt-get")


@pytest.mark.skipif(APT_GET is None, reason="needs apt-get")
def test_apt_itself_counts(tmp_path):
    """One package behind, in a system of its own: an empty folder with apt's lists in it."""
    about = "Package: tea\nVersion: {}\nArchitecture: all\nMaintainer: x <x@example.com>\n"
    installed = about.format("1") + "Status: install ok installed\nDescription: tea\n\n"
    (tmp_path / "repo").mkdir()
    package = about.format("2") + "Filename: ./tea.deb\nSize: 1\nSHA256: {}\n\n"
    lay(tmp_path, {
        "var/lib/dpkg/status": installed,
        "repo/Packages": package.format("0" * 64),
        "etc/apt/sources.list": f"deb [trusted=yes] copy:{tmp_path}/repo ./\n",
    })  # fmt: skip
    for name in ("lib/apt/lists/partial", "cache/apt/archives/partial"):
        (tmp_path / "var" / name).mkdir(parents=True)
    words = ["-o", f"Dir={tmp_path}", "-o", "APT::Sandbox::User=root", "-qq", "update"]
    subprocess.run([APT_GET, *words], check=True, capture_output=True)
    assert updates_waiting(tmp_path, tmp_path, soon()) == 1


def test_through_the_program_of_its_own_every_answer_arrives(tmp_path):
    found = sensor.read(Settings("http://127.0.0.1:1", tmp_path), tmp_path)
    assert isinstance(found, Posture)
    for name in Posture.__slots__:
        assert isinstance(getattr(found, name), bool | int | Unread)
