import json
from pathlib import Path

import pytest

from agent.hosts.linux import dns_servers, gateways
from agent.sensors import address
from agent.settings import Settings
from shared.readings import Gateway
from tests.agent.netns import Refused, World

SETTINGS = Settings("http://127.0.0.1:1", Path("/nowhere"))

ROUTE = """\
Iface	Destination	Gateway 	Flags	RefCnt	Use	Metric	Mask		MTU	Window	IRTT
wlan0	00000000	0101A8C0	0003	0	0	600	00000000	0	0	0
wlan0	0001A8C0	00000000	0001	0	0	600	00FFFFFF	0	0	0
tun0	00000000	00000000	0001	0	0	50	00000000	0	0	0
tun0	00000000	0100080A	0003	0	0	50	00000080	0	0	0
"""
NONE = "0" * 32
ROUTER = "fe80000000000000021122fffe334455"
ROUTE_V6 = f"""\
{NONE} 00 {NONE} 00 {ROUTER} 00000064 00000001 00000000 00000003    wlan0
20010db8000000000000000000000000 40 {NONE} 00 {NONE} 00000064 00000001 00000000 00000001    wlan0
{NONE} 00 {NONE} 00 {NONE} ffffffff 00000001 00000000 00200200       lo
"""


def test_it_reads_this_laptop(tmp_path):
    network = address.read(SETTINGS, tmp_path)
    for interface in network.interfaces:
        assert interface.addresses
        assert not any(ip.startswith("127.") or ip == "::1" for ip in interface.addresses)


READ = (
    "import json, dataclasses\n"
    "from pathlib import Path\n"
    "from agent.sensors import address\n"
    "from tests.agent.test_address import SETTINGS\n"
    "print(json.dumps(dataclasses.asdict(address.read(SETTINGS, Path('/')))))\n"
)


@pytest.fixture(scope="module")
def world():
    try:
        small_internet = World()
    except Refused as why:
        pytest.skip(str(why))
    with small_internet:
        yield small_internet


def test_it_finds_addresses_and_routers_of_a_known_network(world):
    network = json.loads(world.python("laptop", "-c", READ))
    (interface,) = network["interfaces"]
    assert interface["name"] == "e1"
    assert {"10.99.1.1", "fd99:1::1"} < set(interface["addresses"])
    assert len(interface["mac"]) == 17
    assert [one["ip"] for one in network["gateways"]] == ["10.99.1.2", "fd99:1::2"]


ITS_MAC = """
import psutil
print(*(one.address for one in psutil.net_if_addrs()["w1"] if one.family == psutil.AF_LINK))
"""


def test_a_router_is_known_by_its_hardware_too(world):
    """Millions of routers are called 192.168.1.1."""
    mac = world.python("r1", "-c", ITS_MAC).strip()
    gateways = json.loads(world.python("laptop", "-c", READ))["gateways"]
    assert [one["mac"] for one in gateways] == [mac, mac]


def test_interfaces_that_lead_nowhere_do_not_crowd_out_the_one_that_does(world):
    """A machine with containers has hundreds of them."""
    for n in range(20):
        world.shell(f"ip -n island link add a{n} up type veth peer name b{n}")
        world.shell(f"ip -n island link set b{n} up")
    world.shell("ip -n island addr add 192.0.2.7/24 dev b19")
    interfaces = json.loads(world.python("island", "-c", READ))["interfaces"]
    assert len(interfaces) == 32
    assert "192.0.2.7" in interfaces[0]["addresses"]


def test_the_routers_are_those_that_lead_everywhere(tmp_path):
    (tmp_path / "route").write_text(ROUTE)
    (tmp_path / "ipv6_route").write_text(ROUTE_V6)
    assert gateways(tmp_path) == (
        Gateway("192.168.1.1"),
        Gateway("fe80::211:22ff:fe33:4455"),
    )


def test_a_laptop_without_network_has_no_routers(tmp_path):
    (tmp_path / "route").write_text(ROUTE.splitlines(keepends=True)[0])
    assert gateways(tmp_path) == ()


@pytest.fixture
def etc(tmp_path):
    def write(*servers):
        lines = ["# made by hand", *(f"nameserver {server}" for server in servers), "search lan"]
        (tmp_path / "resolv.conf").write_text("\n".join(lines))
        return tmp_path

    return write


def test_the_name_servers_are_those_in_use(etc, tmp_path):
    assert dns_servers(etc("192.0.2.53", "2001:db8::53"), tmp_path) == (
        "192.0.2.53",
        "2001:db8::53",
    )


def test_the_name_servers_behind_the_resolver_of_systemd_are_found(etc, tmp_path):
    behind = tmp_path / "systemd/resolve/resolv.conf"
    behind.parent.mkdir(parents=True)
    behind.write_text("nameserver 192.0.2.53\n")
    assert dns_servers(etc("127.0.0.53"), tmp_path) == ("192.0.2.53",)


def test_the_resolver_itself_is_told_where_nothing_else_is_known(etc, tmp_path):
    assert dns_servers(etc("127.0.0.53"), tmp_path) == ("127.0.0.53",)


def test_a_laptop_without_name_servers_has_none(tmp_path):
    assert dns_servers(tmp_path, tmp_path) == ()
