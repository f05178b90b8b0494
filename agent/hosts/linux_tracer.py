"""The routers on the way to an address, asked without any privilege (Linux, IPv4 and IPv6).

Datagrams with a growing hop limit leave one connected socket. Routers on the way refuse them, and
the kernel hands those refusals over on the socket's error queue (ip(7), IP_RECVERR). Addresses and
ports never change, so a load balancer sends every probe along the same path.
"""

import errno
import select
import socket
import struct
import time
from dataclasses import dataclass, replace

from agent.hosts.tracing import Limits
from shared.readings import Hop, Traceroute

PORT = 33434  # the first of traceroute's customary ports: nobody listens there
_PADDING = b"homeward" * 3


@dataclass(frozen=True, slots=True)
class _Family:
    """The numbers of one IP version, from linux/in.h, linux/in6.h and the ICMP standards."""

    version: int
    family: int
    level: int
    hop_limit: int
    recverr: int
    icmp: int
    echo: int
    arrived: tuple[int, int]
    too_far: int


_V4 = _Family(4, socket.AF_INET, socket.IPPROTO_IP, socket.IP_TTL, 11, 1, 8, (3, 3), 11)
_V6 = _Family(
    6, socket.AF_INET6, socket.IPPROTO_IPV6, socket.IPV6_UNICAST_HOPS, 25, 58, 128, (1, 4), 3
)
_FROM_ROUTERS = (2, 3)  # SO_EE_ORIGIN_ICMP, SO_EE_ORIGIN_ICMP6


@dataclass(frozen=True, slots=True)
class _Reply:
    """What came back for one probe: from whom, after how long, and whether the trace ends here."""

    ip: str | None = None
    rtt_ms: float | None = None
    note: str | None = None
    arrived: bool = False
    last: bool = False


class _Probes:
    """One connected socket whose datagrams carry a number that every answer quotes."""

    def __init__(self, family: _Family, address: str, icmp: bool) -> None:
        self.family = family
        self.address = address
        protocol = family.icmp if icmp else socket.IPPROTO_UDP
        # A ping socket fills in identifier and checksum; the kernel numbers nothing for us.
        self.header = struct.pack("!BBHH", family.echo, 0, 0, 0) if icmp else b""
        self.socket = socket.socket(family.family, socket.SOCK_DGRAM, protocol)
        self.socket.setblocking(False)
        self.socket.setsockopt(family.level, family.recverr, 1)
        self.poll = select.poll()
        self.poll.register(self.socket, select.POLLIN)  # POLLERR is always reported

    def __enter__(self) -> "_Probes":
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def send(self, number: int, ttl: int) -> None:
        self.socket.setsockopt(self.family.level, self.family.hop_limit, ttl)
        self.socket.send(self.header + struct.pack("!H", number) + _PADDING)

    def quotes(self, data: bytes, number: int) -> bool:
        """False for a late answer to an earlier probe. Some routers quote nothing: believed."""
        quoted = data[len(self.header) :][:2]
        return len(quoted) < 2 or quoted == struct.pack("!H", number)


def trace(target: str, address: str, limits: Limits) -> Traceroute:
    """Follow the way to `address`; OSError where this network has no way out to it at all.

    A network that drops UDP looks like silence. Three silent hops at the end are worth one try
    with echo requests, where the system lets everybody send them.
    """
    by_udp = _trace(target, address, limits, icmp=False)
    if by_udp.reached or _silent_end(by_udp.hops) < 3:
        return by_udp
    try:
        by_icmp = _trace(target, address, limits, icmp=True)
    except PermissionError:  # net.ipv4.ping_group_range leaves this account out
        return by_udp
    return max(by_udp, by_icmp, key=lambda route: (route.reached, _known(route.hops)))


def _known(hops: tuple[Hop, ...]) -> int:
    return sum(hop.ip is not None for hop in hops)


def _silent_end(hops: tuple[Hop, ...]) -> int:
    last = max((i for i, hop in enumerate(hops) if hop.ip is not None), default=-1)
    return len(hops) - 1 - last


def _trace(target: str, address: str, limits: Limits, icmp: bool) -> Traceroute:
    family = _V6 if ":" in address else _V4
    hops: tuple[Hop, ...] = ()
    reply = _Reply()
    with _Probes(family, address, icmp) as probes:
        probes.socket.connect((address, PORT))
        while not reply.last and _worth_another(hops, limits):
            hop, reply = _hop(probes, len(hops) + 1, limits)
            hops = (*hops, hop)
    return Traceroute(target, family.version, hops, reply.arrived)


def _worth_another(hops: tuple[Hop, ...], limits: Limits) -> bool:
    return (
        len(hops) < limits.hops
        and _silent_end(hops) < limits.silent_hops
        and time.monotonic() < limits.until
    )


def _hop(probes: _Probes, ttl: int, limits: Limits) -> tuple[Hop, _Reply]:
    """The router at this distance, and the last reply about it."""
    hop, reply = Hop(ttl, None), _Reply()
    for attempt in range(limits.probes):
        reply = _probe(probes, ttl * limits.probes + attempt, ttl, limits)
        hop = _add(hop, reply)
        if reply.last:
            break
    return hop, reply


def _add(hop: Hop, reply: _Reply) -> Hop:
    if reply.ip is None or reply.rtt_ms is None:
        return replace(hop, note=reply.note or hop.note)
    return replace(hop, ip=reply.ip, rtt_ms=(*hop.rtt_ms, reply.rtt_ms), note=reply.note)


def _probe(probes: _Probes, number: int, ttl: int, limits: Limits) -> _Reply:
    start = time.monotonic()
    end = min(start + limits.wait_s, limits.until)
    if refusal := _send(probes, number, ttl):
        return _Reply(note=refusal)
    while (left := end - time.monotonic()) > 0:
        if probes.poll.poll(left * 1000) and (reply := _receive(probes, number)):
            return replace(reply, rtt_ms=round((time.monotonic() - start) * 1000, 2))
    return _Reply()


def _send(probes: _Probes, number: int, ttl: int) -> str | None:
    """None, or why this laptop's own firewall or routing table let nothing out.

    A late answer to an earlier probe also shows itself as an error of the next call, once.
    """
    refusal = None
    for _ in range(2):
        try:
            probes.send(number, ttl)
        except OSError as error:
            refusal = errno.errorcode.get(error.errno or 0, "error")
        else:
            return None
    return refusal


def _receive(probes: _Probes, number: int) -> _Reply | None:
    """The answer to this probe, or None for anything else that was waiting on the socket."""
    try:
        data, ancillary, _, _ = probes.socket.recvmsg(512, 512, socket.MSG_ERRQUEUE)
    except BlockingIOError:
        return _greeting(probes, number)
    wanted = (probes.family.level, probes.family.recverr)
    errors = [content for level, kind, content in ancillary if (level, kind) == wanted]
    if not errors or not probes.quotes(data, number):
        return None
    return _judge(probes, errors[0])


def _greeting(probes: _Probes, number: int) -> _Reply | None:
    """The target itself answered: an echo, or a program that listens on the port."""
    try:
        data = probes.socket.recv(512)
    except OSError:
        return None
    if probes.header and not probes.quotes(data, number):
        return None
    return _Reply(probes.address, arrived=True, last=True)


def _judge(probes: _Probes, error: bytes) -> _Reply:
    """One struct sock_extended_err and the address of whoever sent it."""
    family = probes.family
    number, origin, kind, code = struct.unpack_from("=IBBB", error)
    if origin not in _FROM_ROUTERS:
        return _Reply(note=errno.errorcode.get(number))
    start, size = (20, 4) if family is _V4 else (24, 16)
    ip = socket.inet_ntop(family.family, error[start : start + size])
    # A firewall on the way may say "port unreachable" too; only the target's own word counts.
    if (kind, code) == family.arrived and ip == probes.address.partition("%")[0]:
        return _Reply(ip, arrived=True, last=True)
    if kind == family.too_far:
        return _Reply(ip)
    return _Reply(ip, note=f"!{kind}/{code}", last=True)
