"""Routers and name servers, from route and scutil (macOS)."""

import re

from agent.hosts.asked import Ask, ask

_GATEWAY = re.compile(r"^\s*gateway: (\S+)$", re.MULTILINE)
_NAME_SERVER = re.compile(r"^\s*nameserver\[\d+\] : (\S+)$", re.MULTILINE)


def gateways(asked: Ask = ask) -> tuple[str, ...]:
    """The routers that lead everywhere, IPv4 first."""
    said = [asked(["/sbin/route", "-n", "get", kind, "default"]) for kind in ("-inet", "-inet6")]
    found = [ip.partition("%")[0] for text in said for ip in _GATEWAY.findall(text)]
    return tuple(dict.fromkeys(found))


def dns_servers(asked: Ask = ask) -> tuple[str, ...]:
    """The name servers in use; those of single connections come after and are the same again."""
    everywhere = asked(["/usr/sbin/scutil", "--dns"]).partition("(for scoped queries)")[0]
    return tuple(dict.fromkeys(_NAME_SERVER.findall(everywhere)))
