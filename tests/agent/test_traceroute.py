import json
import socket
import time
from pathlib import Path

import pytest

from agent.hosts import host
from agent.hosts.tracing import Limits
from agent.sensors import traceroute
from agent.settings import Settings
from shared.readings import Reason, Unread
from tests.agent.netns import PORTAL, TRACE_HERE, WAY, Refused, World

FAMILIES = pytest.mark.parametrize("family", [4, 6])
SILENCE = "iif lo type blackhole"  # what the router itself would send goes nowhere
NO_UDP = "ipproto udp type blackhole"


@pytest.fixture(scope="module")
def world():
    try:
        small_internet = World()
    except Refused as why:
        pytest.skip(str(why))
    with small_internet:
        yield small_internet


def settings(target=None, portal="http://127.0.0.1:8000"):
    return Settings(portal, Path("/nowhere"), trace_target=target)


def trace(world, family, wait_s=1.0, silent_hops=5, seconds=20.0):
    arguments = (PORTAL[family], str(wait_s), str(silent_hops), str(seconds))
    said = json.loads(world.python("laptop", TRACE_HERE, *arguments))
    assert said["capabilities"] == 0
    return said["route"]


def ips(route):
    return tuple(hop["ip"] for hop in route["hops"])


@FAMILIES
def test_it_names_every_router_without_any_privilege(world, family):
    route = trace(world, family)
    assert ips(route) == WAY[family]
    assert route["reached"]
    assert [hop["ttl"] for hop in route["hops"]] == [1, 2, 3, 4]
    assert all(len(hop["rtt_ms"]) == 2 for hop in route["hops"][:3])
    assert (route["family"], route["target"]) == (family, "portal.example")


@FAMILIES
def test_a_router_that_says_nothing_is_a_gap_and_no_end(world, family):
    with world.rule("r2", SILENCE):
        route = trace(world, family, wait_s=0.3)
    first, _, *rest = WAY[family]
    assert ips(route) == (first, None, *rest)
    assert route["hops"][1]["rtt_ms"] == []
    assert route["reached"]


@FAMILIES
@pytest.mark.parametrize(
    ("kind", "note"),
    [("prohibit", {4: "!3/13", 6: "!1/1"}), ("unreachable", {4: "!3/1", 6: "!1/0"})],
)
def test_a_router_that_refuses_ends_the_trace_with_its_reason(world, family, kind, note):
    with world.dead_end("r2", kind):
        route = trace(world, family)
    assert ips(route) == WAY[family][:2]
    assert route["hops"][-1]["note"] == note[family]
    assert not route["reached"]


@FAMILIES
def test_silence_ends_after_a_few_hops(world, family):
    with world.dead_end("r2", "blackhole"):
        route = trace(world, family, wait_s=0.1, silent_hops=4)
    assert ips(route) == (WAY[family][0], None, None, None, None)
    assert not route["reached"]


@FAMILIES
def test_where_udp_is_dropped_and_pings_are_allowed_echo_requests_find_the_way(world, family):
    world.allow_pings()
    with world.rule("r2", NO_UDP):
        route = trace(world, family, wait_s=0.3, silent_hops=3)
    assert ips(route) == WAY[family]
    assert route["reached"]


def test_a_trace_out_of_time_tells_the_hops_it_has(world):
    with world.dead_end("r2", "blackhole"):
        route = trace(world, 4, wait_s=0.2, silent_hops=20, seconds=1.0)
    assert ips(route)[0] == WAY[4][0]
    assert 1 < len(route["hops"]) < 20


def test_both_ip_versions_are_traced_through_the_sensor_itself(world):
    for family in (4, 6):
        (route,) = traceroute.parse(read_inside(world, "laptop", PORTAL[family]))
        assert tuple(hop.ip for hop in route.hops) == WAY[family]
        assert (route.target, route.family, route.reached) == (PORTAL[family], family, True)


@pytest.mark.parametrize("target", ["192.0.2.1", "2001:db8::1"])
def test_a_laptop_without_a_way_out_says_so(world, target):
    unread = traceroute.parse(read_inside(world, "island", target))
    assert unread == Unread(Reason.FAILED, "No way leads out of this network.")


def test_a_name_that_leads_nowhere_is_told_without_the_name(world):
    unread = traceroute.parse(read_inside(world, "island", "portal.invalid"))
    assert unread.reason is Reason.FAILED
    assert "portal.invalid" not in unread.detail


def read_inside(world, name, target):
    """The sensor, child and all, in one namespace; in the words its child uses."""
    code = (
        "from pathlib import Path\n"
        "from agent.children.traceroute import to_answer\n"
        "from agent.sensors import traceroute\n"
        "from agent.settings import Settings\n"
        "from shared.encoding import to_json\n"
        f"settings = Settings('http://127.0.0.1', Path('/'), trace_target={target!r})\n"
        "print(to_json(to_answer(traceroute.read(settings, Path('/')))).decode())"
    )
    return world.python(name, "-c", code, powerless=False).encode()


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_on_loopback_the_only_hop_is_the_target(tmp_path, address):
    if ":" in address and not _has_ipv6():
        pytest.skip("this machine has no IPv6 loopback")
    (route,) = traceroute.read(settings(address), tmp_path)
    assert route.reached
    assert [(hop.ttl, hop.ip, hop.note) for hop in route.hops] == [(1, address, None)]


def _has_ipv6():
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as probe:
        return probe.connect_ex(("::1", 9)) == 0


def test_without_a_target_it_traces_the_way_to_the_portal(tmp_path):
    (route,) = traceroute.read(settings(portal="http://127.0.0.1:8000"), tmp_path)
    assert route.target == "127.0.0.1"


def test_every_probe_has_the_same_addresses_and_ports():
    """Or a load balancer would mix several paths into one."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listener:
        listener.bind(("127.0.0.1", 33434))
        limits = Limits(until=time.monotonic() + 20, wait_s=0.01)
        route = host.trace("portal.example", "127.0.0.1", limits)
        listener.setblocking(False)
        senders = [listener.recvfrom(512)[1] for _ in range(len(route.hops) * limits.probes)]
    assert len(senders) == 10
    assert len(set(senders)) == 1


def test_a_late_answer_is_no_word_of_this_laptops_own():
    """The kernel tells a late answer as an error of the next probe that leaves."""
    limits = Limits(until=time.monotonic() + 20, wait_s=0)
    route = host.trace("portal.example", "127.0.0.1", limits)
    assert [(hop.ip, hop.note) for hop in route.hops] == [(None, None)] * limits.silent_hops


def test_a_sensor_out_of_time_says_so(tmp_path):
    unread = traceroute.read(settings("127.0.0.1"), tmp_path, deadline_s=-1)
    assert unread.reason is Reason.TIMED_OUT
