"""Routers and name servers, as PowerShell's network commands tell (Windows)."""

import re

from agent.hosts.tracing import is_ip
from agent.hosts.windows_shell import Rows, rows
from shared.readings import Gateway

_ROUTES = (
    "Get-NetRoute -DestinationPrefix '0.0.0.0/0','::/0' | Sort-Object AddressFamily,RouteMetric"
    " | Select-Object NextHop,@{n='Mac';e={(Get-NetNeighbor -IPAddress $_.NextHop"
    " -InterfaceIndex $_.InterfaceIndex).LinkLayerAddress}}"
)
_SERVERS = "Get-DnsClientServerAddress | Select-Object ServerAddresses"
_NO_ROUTER = ("0.0.0.0", "::")  # noqa: S104  (what a link without a router says)
_MAC = re.compile("(?:[0-9A-F]{2}-){5}[0-9A-F]{2}")
_NO_MAC = "00-00-00-00-00-00"  # of a router that did not answer yet
_PLACEHOLDER = "fec0:0:0:ffff::"  # Windows names these where nobody names another


def gateways(asked: Rows = rows) -> tuple[Gateway, ...]:
    """The routers that lead everywhere, IPv4 first."""
    told = [(str(row.get("NextHop")), row.get("Mac")) for row in asked(_ROUTES)]
    found = {ip.partition("%")[0]: _mac(mac) for ip, mac in told if is_ip(ip)}
    return tuple(Gateway(ip, mac) for ip, mac in found.items() if ip not in _NO_ROUTER)


def _mac(told: object) -> str | None:
    if not isinstance(told, str) or not _MAC.fullmatch(told.upper()) or told == _NO_MAC:
        return None
    return told.lower().replace("-", ":")


def dns_servers(asked: Rows = rows) -> tuple[str, ...]:
    """The name servers in use, of every connection."""
    listed = [row.get("ServerAddresses") for row in asked(_SERVERS)]
    found = [str(ip) for ips in listed if isinstance(ips, list) for ip in ips]
    named = (ip for ip in found if is_ip(ip) and not ip.startswith(_PLACEHOLDER))
    return tuple(dict.fromkeys(named))
