"""What can reach another machine, and which modules may have it.

A portal speaks to its mail server, to whoever takes the money and, where it is told to, to VIES;
laptop and terminal to their portal. A crash is reported to nobody.
"""

import ast
import tomllib

import pytest

from tests.test_floors import ROOT, imported, sources

Reaches = dict[str, set[str]]

NOBODYS: Reaches = {
    name: set()
    for name in ("urllib.request", "http.client", "httpx", "aiohttp", "ftplib", "urllib3",
                 "websockets", "socketserver", "telnetlib")
}  # fmt: skip
OF_THE_PORTAL: Reaches = NOBODYS | {
    "smtplib": {"portal/mail/smtp.py", "portal/mail/sending.py"},
    "stripe": {"licensing/billing/stripe.py"},
    "requests": {"portal/billing/vies.py"},
    "subprocess": {"portal/geoip.py"},  # pip, when the operator asks for cities
    "socket": {"portal/cli.py"},  # whether the address to listen on is free
}
OF_THE_LAPTOP: Reaches = NOBODYS | {
    "smtplib": set(),
    "requests": {
        "agent/uplink.py", "agent/beat.py", "agent/cli.py",  # to the portal
        "agent/children/positioning.py",  # to the service that its owner chose
        "owner/client.py",  # to the portal
    },
    "_socket": {
        "agent/wake.py",  # to the portal
        "agent/kernel/linux.py", "agent/kernel/macos.py", "agent/kernel/posix.py",  # to the kernel
    },
    "socket": {
        "agent/wake.py", "agent/uplink.py",  # to the portal
        "agent/children/traceroute.py", "agent/hosts/linux_tracer.py",  # along the way to it
        "agent/action.py", "agent/hosts/macos_relay.py", "agent/hosts/posix_root.py",
        "agent/indicator/__main__.py", "agent/indicator/buses.py",  # to programs of the laptop
        "agent/hosts/linux_network.py", "agent/sensors/address.py",  # the kernel's own answers
    },
}  # fmt: skip
OPENS = {"open_connection", "create_connection", "open_unix_connection", "urlopen"}
# Libraries whose purpose is to tell somebody of a crash or of use.
TELL = ("sentry", "rollbar", "bugsnag", "honeybadger", "opentelemetry", "posthog", "segment")


@pytest.mark.parametrize(
    ("packages", "may"),
    [(("portal", "licensing"), OF_THE_PORTAL), (("agent", "owner", "shared"), OF_THE_LAPTOP)],
    ids=["portal", "laptop and terminal"],
)
def test_only_these_modules_can_reach_another_machine(
    packages: tuple[str, ...], may: Reaches
) -> None:
    found: Reaches = {name: set() for name in may}
    for path, tree, _ in sources(ROOT, *packages):
        for node in ast.walk(tree):
            assert not (isinstance(node, ast.Attribute) and node.attr in OPENS), path
        for name, _ in imported(path, ROOT, tree):
            if name in may:
                found[name].add(path.relative_to(ROOT).as_posix())
    assert found == may


def test_nothing_catches_what_crashes_to_tell_of_it() -> None:
    for path, tree, _ in sources(ROOT, "agent", "owner", "shared", "portal", "licensing"):
        for node in ast.walk(tree):
            name = node.attr if isinstance(node, ast.Attribute) else ""
            assert name not in {"excepthook", "unraisablehook"}, path


def test_no_library_is_there_whose_purpose_is_to_tell() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = project.get("optional-dependencies", {}).values()
    named = [*project["dependencies"], *(one for extra in extras for one in extra)]
    locked = (ROOT / "requirements.lock").read_text("utf-8").splitlines()
    assert len(named) > 5
    assert not [line for line in (*named, *locked) if line.lower().startswith(TELL)]
