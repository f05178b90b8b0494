"""Routers and name servers, from what the kernel and the distribution write down (Linux)."""

import socket
import struct
from collections.abc import Iterator
from pathlib import Path

from agent.hosts.linux_files import lines
from shared.readings import Gateway

_GATEWAY = 0x2  # RTF_GATEWAY of linux/route.h
_STUB = "127.0.0.53"  # systemd-resolved answers here; the servers it asks stand elsewhere

# linux/netlink.h, linux/rtnetlink.h, linux/neighbour.h
_HEADER, _NEIGHBOR, _ATTRIBUTE = "=IHHII", "=BxxxiHBB", "=HH"
_DUMP, _GET, _NEW = 0x301, 30, 28
_IP, _MAC = 1, 2
_PATIENCE_S = 2


def gateways(proc_net: Path = Path("/proc/net")) -> tuple[Gateway, ...]:
    """The routers that lead everywhere, IPv4 first."""
    found = _gateways_v4(lines(proc_net / "route")) + _gateways_v6(lines(proc_net / "ipv6_route"))
    macs = neighbors() if found else {}
    return tuple(Gateway(ip, macs.get(ip)) for ip in dict.fromkeys(found))


def _gateways_v4(table: list[str]) -> list[str]:
    rows = [line.split() for line in table[1:]]
    # The kernel prints the address as a number in the processor's own byte order.
    return [
        socket.inet_ntoa(struct.pack("=I", int(row[2], 16)))
        for row in rows
        if row[1] == row[7] == "00000000" and int(row[3], 16) & _GATEWAY
    ]


def _gateways_v6(table: list[str]) -> list[str]:
    rows = [line.split() for line in table]
    return [
        socket.inet_ntop(socket.AF_INET6, bytes.fromhex(row[4]))
        for row in rows
        if row[0] == "0" * 32 and row[1] == "00" and int(row[8], 16) & _GATEWAY
    ]


def neighbors() -> dict[str, str]:
    """The hardware address behind each address on the same wire, as far as the laptop knows it.

    Asked by netlink, since /proc/net/arp knows IPv4 alone. {} where this is refused.
    """
    question = struct.pack(_HEADER, 28, _GET, _DUMP, 1, 0) + struct.pack(_NEIGHBOR, 0, 0, 0, 0, 0)
    try:
        with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE) as kernel:
            kernel.settimeout(_PATIENCE_S)
            kernel.send(question)
            return dict(_neighbors(kernel))
    except OSError:
        return {}


def _neighbors(kernel: socket.socket) -> Iterator[tuple[str, str]]:
    while True:
        said = kernel.recv(65536)
        while said:
            length, kind = struct.unpack_from("=IH", said)
            if kind != _NEW:
                return  # the end of the list, or a refusal
            family = said[16]
            attributes = dict(_attributes(said[28:length]))
            if _IP in attributes and len(attributes.get(_MAC, b"")) == 6:
                yield socket.inet_ntop(family, attributes[_IP]), attributes[_MAC].hex(":")
            said = said[-(-length // 4) * 4 :]


def _attributes(data: bytes) -> Iterator[tuple[int, bytes]]:
    while len(data) >= 4:
        length, kind = struct.unpack_from(_ATTRIBUTE, data)
        yield kind, data[4:length]
        data = data[-(-max(length, 4) // 4) * 4 :]


def dns_servers(etc: Path = Path("/etc"), run: Path = Path("/run")) -> tuple[str, ...]:
    """The name servers in use, also those behind systemd-resolved's stub."""
    servers = _nameservers(etc / "resolv.conf")
    if _STUB in servers:
        servers = _nameservers(run / "systemd/resolve/resolv.conf") or servers
    return servers


def _nameservers(file: Path) -> tuple[str, ...]:
    words = [line.split() for line in lines(file)]
    return tuple(line[1] for line in words if len(line) > 1 and line[0] == "nameserver")
