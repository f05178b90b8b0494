"""The laptop's side of its connection: interfaces, routers, name servers."""

import socket
from pathlib import Path

import psutil

from agent.hosts import host
from agent.settings import Settings
from shared.readings import Interface, Network, Unread

NAME = "address"
MOST_INTERFACES = 32


def read(settings: Settings, work_dir: Path) -> Network | Unread:
    found = psutil.net_if_addrs()
    interfaces = [
        _interface(name, [(entry.family, entry.address) for entry in found[name]])
        for name in sorted(found)
    ]
    # A machine with containers has hundreds that lead nowhere; a record holds 64 KiB.
    interfaces.sort(key=_leads_nowhere)
    return Network(
        interfaces=tuple(one for one in interfaces if one.addresses)[:MOST_INTERFACES],
        gateways=host.gateways(),
        dns=host.dns_servers(),
    )


def _interface(name: str, known: list[tuple[int, str]]) -> Interface:
    macs = [address for family, address in known if family == psutil.AF_LINK]
    ips = [
        address.partition("%")[0]  # "fe80::1%eth0": the interface is named already
        for family, address in known
        if family in (socket.AF_INET, socket.AF_INET6)
    ]
    return Interface(name, _real(macs), tuple(ip for ip in ips if not _loopback(ip)))


def _leads_nowhere(interface: Interface) -> bool:
    return all(ip.startswith("fe80:") for ip in interface.addresses)


def _real(macs: list[str]) -> str | None:
    return next((mac for mac in macs if mac.strip("0:")), None)


def _loopback(ip: str) -> bool:
    return ip == "::1" or ip.startswith("127.")
