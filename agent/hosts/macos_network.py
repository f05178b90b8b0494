"""Routers and name servers, from route, arp and scutil (macOS)."""

import re

from agent.hosts.asked import Ask, ask
from shared.readings import Gateway

_GATEWAY = re.compile(r"^\s*gateway: (\S+)$", re.MULTILINE)
_PARTS = re.compile("[0-9a-f]{1,2}(?::[0-9a-f]{1,2}){5}")
_MAC = re.compile(rf" at ({_PARTS.pattern}) on ")
_NAME_SERVER = re.compile(r"^\s*nameserver\[\d+\] : (\S+)$", re.MULTILINE)


def gateways(asked: Ask = ask) -> tuple[Gateway, ...]:
    """The routers that lead everywhere, IPv4 first."""
    said = [asked(["/sbin/route", "-n", "get", kind, "default"]) for kind in ("-inet", "-inet6")]
    found = [ip.partition("%")[0] for text in said for ip in _GATEWAY.findall(text)]
    return tuple(Gateway(ip, _mac(ip, asked)) for ip in dict.fromkeys(found))


def _mac(ip: str, asked: Ask) -> str | None:
    found = None if ":" in ip else _MAC.search(asked(["/usr/sbin/arp", "-n", ip]))
    return full_mac(found[1]) if found else None


def full_mac(told: object) -> str | None:
    """A hardware address with the leading zeros that macOS leaves out; None for anything else."""
    if not isinstance(told, str) or not _PARTS.fullmatch(told.lower()):
        return None
    return ":".join(part.zfill(2) for part in told.lower().split(":"))


def dns_servers(asked: Ask = ask) -> tuple[str, ...]:
    """The name servers in use; those of single connections come after and are the same again."""
    everywhere = asked(["/usr/sbin/scutil", "--dns"]).partition("(for scoped queries)")[0]
    return tuple(dict.fromkeys(_NAME_SERVER.findall(everywhere)))
