"""What Windows says, understood: its answers are written after its manuals (see recorded/)."""

import struct
import sys

import pytest

from agent.hosts.windows_camera import built_in_cameras, camera_is_refused
from agent.hosts.windows_network import dns_servers, gateways
from agent.hosts.windows_power import battery_wear, temperatures
from agent.hosts.windows_shell import understood
from agent.hosts.windows_state import into, says_locked
from agent.hosts.windows_tracer import hops_of
from shared.readings import Gateway, Hop
from tests.agent.recorded import recorded


def shell(name):
    return lambda script: understood(recorded(name))


def test_routers_and_name_servers():
    router = Gateway("192.168.1.1", "a4:91:b1:02:0f:de")
    assert gateways(shell("windows-routes.json")) == (router, Gateway("fe80::1"))
    told = ("192.168.1.1", "9.9.9.9", "2001:db8::53")
    assert dns_servers(shell("windows-dns.json")) == told


def test_cameras_are_counted_without_scanners():
    cameras = built_in_cameras(shell("windows-cameras.json"))
    assert cameras == {"0": "Integrated Camera", "1": "USB Camera"}


def test_heat_is_told_in_tenths_of_a_kelvin():
    assert temperatures(shell("windows-heat.json")) == [("TZ00", 50.05), ("CPUZ", 28.05)]


def test_a_worn_battery_holds_less_than_a_new_one():
    assert battery_wear(shell("windows-battery.json")) == (85.9, 212)
    assert battery_wear(lambda script: [{"Full": 0, "New": 0, "Cycles": 0}]) == (None, None)


@pytest.mark.parametrize(("value", "refused"), [("Deny", True), ("Allow", False), (None, False)])
def test_cameras_may_be_shut_to_every_program(value, refused):
    assert camera_is_refused("0", lambda script: [{"Value": value}]) is refused


def test_the_way_to_the_portal():
    assert tuple(hops_of(recorded("windows-tracert.txt").splitlines())) == (
        Hop(1, "192.168.1.1", (1.0, 1.0, 1.0), None),
        Hop(2, None, (), None),
        Hop(3, "198.51.100.1", (11.0, 10.0, 12.0), None),
        Hop(4, "203.0.113.9", (14.0, 13.0), None),
    )


def test_the_way_is_understood_in_every_language():
    hops = list(hops_of(recorded("windows-tracert-de.txt").splitlines()))
    assert [hop.ip for hop in hops] == ["2001:db8:1::1", None, "198.51.100.1"]


def session_info(level, flags):
    return struct.pack("<I4xIii", level, 2, 0, flags) + bytes(200)


def test_a_screen_is_locked_only_where_windows_says_so():
    assert says_locked(session_info(1, 0))
    assert not says_locked(session_info(1, 1))
    assert not says_locked(session_info(1, -1))  # it does not know
    assert not says_locked(session_info(2, 0))  # some other structure
    assert not says_locked(b"")


def test_a_program_goes_into_the_session_of_its_person():
    camera = [sys.executable, "-m", "agent.children.camera"]
    assert into(2, 2, camera) == camera
    assert into(None, 0, camera) == camera  # nobody is signed in
    assert into(2, 0, camera)[-4:] == ["2", *camera]


@pytest.mark.parametrize(
    "said", ["", "null", "{", "3", '["x", null]', '[{"NextHop": 1}]', "[" * 9000, "\0\ufffd"]
)
def test_what_makes_no_sense_is_nothing_known(said):
    def asked(script):
        return understood(said)

    assert (gateways(asked), dns_servers(asked)) == ((), ())
    assert battery_wear(asked) == (None, None)
    assert (built_in_cameras(asked), temperatures(asked)) == ({}, [])
    assert list(hops_of(said.splitlines())) == []
