"""What on the laptop and in the terminal can reach another machine: their portal, and nobody else.

A crash is therefore reported to nobody: it is a line in the system's own log.
"""

import ast
import tomllib

from tests.test_floors import ROOT, imported, sources

# What can reach another machine, and which modules may have it.
REACHES = {
    "requests": {
        "agent/uplink.py", "agent/beat.py", "agent/cli.py",  # to the portal
        "agent/children/positioning.py",  # to the service that its owner chose
        "owner/client.py",  # to the portal
    },
    "_socket": {
        "agent/wake.py",  # to the portal
        "agent/kernel/linux.py", "agent/kernel/macos.py", "agent/kernel/posix.py",  # to the kernel
    },
    **{name: set() for name in ("urllib.request", "http.client", "httpx", "aiohttp", "smtplib",
                                "ftplib", "urllib3", "websockets", "telnetlib")},
}  # fmt: skip
# Libraries whose purpose is to tell somebody of a crash or of use.
TELL = ("sentry", "rollbar", "bugsnag", "honeybadger", "opentelemetry", "posthog", "segment")


def test_only_these_modules_of_laptop_and_terminal_can_reach_another_machine() -> None:
    found: dict[str, set[str]] = {name: set() for name in REACHES}
    for path, tree, _ in sources(ROOT, "agent", "owner", "shared"):
        for name, _ in imported(path, ROOT, tree):
            if name in REACHES:
                found[name].add(path.relative_to(ROOT).as_posix())
    assert found == REACHES


def test_nothing_catches_what_crashes_to_tell_of_it() -> None:
    for path, tree, _ in sources(ROOT, "agent", "owner", "shared", "portal", "licensing"):
        for node in ast.walk(tree):
            hooked = isinstance(node, ast.Attribute) and node.attr in {
                "excepthook",
                "unraisablehook",
            }
            assert not hooked, path


def test_no_library_is_there_whose_purpose_is_to_tell() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = project.get("optional-dependencies", {}).values()
    named = [*project["dependencies"], *(one for extra in extras for one in extra)]
    locked = (ROOT / "requirements.lock").read_text("utf-8").splitlines()
    assert len(named) > 5
    assert not [line for line in (*named, *locked) if line.lower().startswith(TELL)]
