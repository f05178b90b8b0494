"""A small internet of network namespaces: laptop - r1 - r2 - r3 - portal, and a cut-off island.

It lives inside one unshared mount namespace, so its names meet nobody else's, and it is gone when
the process that holds it ends: that process waits for this one's pipe to close, whatever happens.
Works as root and, where the kernel lets everybody make user namespaces, without.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

TRACE_HERE = str(Path(__file__).with_name("trace_here.py"))
NAMES = ("laptop", "r1", "r2", "r3", "portal")
PORTAL = {4: "10.99.4.2", 6: "fd99:4::2"}
WAY = {
    4: ("10.99.1.2", "10.99.2.2", "10.99.3.2", PORTAL[4]),
    6: ("fd99:1::2", "fd99:2::2", "fd99:3::2", PORTAL[6]),
}
_TOOLS = ("unshare", "nsenter", "setpriv", "ip")
_PATH = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"  # `ip` stands where only root looks
_HOLDER = (
    "mount -t tmpfs none /run && ip netns add island && ip link add name a type veth peer name b "
    "&& echo ready && exec cat"
)
# Without limits, or routers would stay silent for no reason of ours.
_SYSCTLS = {
    "ipv4/ip_forward": 1,
    "ipv6/conf/all/forwarding": 1,
    "ipv4/icmp_ratelimit": 0,
    "ipv6/icmp/ratelimit": 0,
}

# New links take a second to learn their neighbors; tests of silence must not meet that one.
_WARM_UP = """
import errno, socket, sys
for address in sys.argv[1:]:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    for attempt in range(100):
        with socket.socket(family) as probe:
            probe.settimeout(0.1)
            if probe.connect_ex((address, 9)) == errno.ECONNREFUSED:
                break
    else:
        sys.exit("no way to " + address)
"""


class Refused(Exception):
    """This machine makes no namespaces for us; the message says why."""


class World:
    def __init__(self) -> None:
        self.rootless = os.geteuid() != 0
        tools = {tool: shutil.which(tool, path=_PATH) for tool in _TOOLS}
        if missing := [tool for tool, path in tools.items() if path is None]:
            raise Refused(f"not installed: {', '.join(missing)}")
        user = ["--user", "--map-root-user"] if self.rootless else []
        self.holder = subprocess.Popen(
            [tools["unshare"], *user, "--mount", "--net", "sh", "-c", _HOLDER],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=os.environ | {"PATH": _PATH},
        )
        if self.holder.stdout.readline() != "ready\n":
            _, why = self.holder.communicate()
            raise Refused(f"network namespaces are refused: {why.strip()}")

    def __enter__(self) -> "World":
        try:
            self.shell("\n".join([*_namespaces(), *_links(), *_routes()]))
            self.python("laptop", "-c", _WARM_UP, *PORTAL.values())
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.holder.communicate()

    def shell(self, script: str) -> None:
        """Commands in the world, outside each of its namespaces."""
        done = subprocess.run(
            [*self._enter(), "sh", "-e"],
            input=script,
            capture_output=True,
            text=True,
            timeout=60,
            env=os.environ | {"PATH": _PATH},
        )
        assert done.returncode == 0, done.stderr

    def python(self, name: str, *arguments: str, powerless: bool = True) -> str:
        """What Python prints inside one namespace; powerless: without any capability."""
        drop = ["setpriv", "--bounding-set=-all", "--inh-caps=-all"] if self.rootless else []
        inside = [*self._enter(), "nsenter", f"--net=/run/netns/{name}"]
        command = [*inside, *(drop if powerless else []), sys.executable, *arguments]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        return done.stdout

    @contextmanager
    def rule(self, name: str, rule: str) -> Iterator[None]:
        """A routing rule for IPv4 and IPv6, for as long as the block lasts."""
        with self._both(name, "rule", f"pref 10 {rule}", f"pref 10 {rule}"):
            yield

    @contextmanager
    def dead_end(self, name: str, kind: str) -> Iterator[None]:
        """A router that says "unreachable", "prohibit" or nothing to what goes to the portal."""
        with self._both(name, "route", f"{kind} {PORTAL[4]}", f"{kind} {PORTAL[6]}"):
            yield

    @contextmanager
    def _both(self, name: str, what: str, v4: str, v6: str) -> Iterator[None]:
        def change(verb: str) -> str:
            return f"ip -n {name} {what} {verb} {v4}\nip -n {name} -6 {what} {verb} {v6}"

        self.shell(change("add"))
        try:
            yield
        finally:
            self.shell(change("del"))

    def allow_pings(self) -> None:
        """From now on; a kernel takes no group back that this world does not know."""
        group = 0 if self.rootless else 65534  # the one that `trace_here.py` runs in
        self.shell(_sysctl("laptop", "ipv4/ping_group_range", f"{group} {group}"))

    def _enter(self) -> list[str]:
        user = ["--user", "--preserve-credentials"] if self.rootless else []
        return ["nsenter", "--target", str(self.holder.pid), *user, "--mount", "--net"]


def _sysctl(name: str, key: str, value: object) -> str:
    return f"nsenter --net=/run/netns/{name} sh -c 'echo {value} > /proc/sys/net/{key}'"


def _namespaces() -> Iterator[str]:
    for name in NAMES:
        yield f"ip netns add {name}"
        yield f"ip -n {name} link set lo up"
        yield from (_sysctl(name, key, value) for key, value in _SYSCTLS.items())


def _links() -> Iterator[str]:
    """Link i joins the i-th and the next: .1 is the laptop's side, .2 the portal's."""
    for i, (left, right) in enumerate(pairwise(NAMES), start=1):
        yield f"ip link add name e{i} netns {left} type veth peer name w{i} netns {right}"
        for name, device, side in ((left, f"e{i}", 1), (right, f"w{i}", 2)):
            yield f"ip -n {name} addr add 10.99.{i}.{side}/24 dev {device}"
            yield f"ip -n {name} addr add fd99:{i}::{side}/64 dev {device} nodad"
            yield f"ip -n {name} link set {device} up"


def _routes() -> Iterator[str]:
    """East by default; back west, link by link."""
    for i, name in enumerate(NAMES, start=1):
        if name != "portal":
            yield f"ip -n {name} route add default via 10.99.{i}.2"
            yield f"ip -n {name} -6 route add default via fd99:{i}::2"
        for link in range(1, i - 1):
            yield f"ip -n {name} route add 10.99.{link}.0/24 via 10.99.{i - 1}.1"
            yield f"ip -n {name} -6 route add fd99:{link}::/64 via fd99:{i - 1}::1"
