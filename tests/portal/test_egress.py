"""A portal speaks to its mail server, to whoever takes the money and, where it is told to, to VIES;
and to nobody else.
"""

import ast
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask

import portal
from portal import jobs
from portal.context import services_of
from portal.mail import sending
from portal.settings import Settings
from tests.cast import Clock
from tests.fake_stripe import FakeStripe
from tests.portal.conftest import Caller
from tests.portal.mailboxes import Mailboxes, mail_server, post_of
from tests.portal.selling import ask_again, paid, selling

ROOT = Path(portal.__file__).parents[1]
# What can reach another machine, and which modules may have it.
REACHES = {
    "smtplib": {"portal/mail/smtp.py", "portal/mail/sending.py"},
    "stripe": {"licensing/billing/stripe.py"},
    "requests": {"portal/billing/vies.py"},
    "subprocess": {"portal/geoip.py"},  # pip, when the operator asks for cities
    "socket": {"portal/cli.py"},  # whether the address to listen on is free
    **{name: set() for name in ("urllib.request", "http.client", "httpx", "aiohttp",
                                "ftplib", "urllib3", "websockets", "socketserver", "telnetlib")},
}  # fmt: skip
OPENS = {"open_connection", "create_connection", "open_unix_connection", "urlopen"}

_seen: list[Any] | None = None


def _watch(event: str, details: tuple[Any, ...]) -> None:
    if _seen is not None and event == "socket.connect" and isinstance(details[1], tuple):
        _seen.append(details[1][:2])


sys.addaudithook(_watch)  # for good: Python has no way to take one away


@pytest.fixture
def settings(settings: Settings, provider: FakeStripe) -> Settings:
    return selling(settings, provider)


@contextmanager
def connections() -> Iterator[list[tuple[str, int]]]:
    """Each (host, port) that this process connects to meanwhile."""
    global _seen
    _seen = found = []
    yield found
    _seen = None


def sources() -> Iterator[tuple[str, ast.Module]]:
    for package in ("portal", "licensing"):
        for path in (ROOT / package).rglob("*.py"):
            yield path.relative_to(ROOT).as_posix(), ast.parse(path.read_text("utf-8"))


def test_only_these_modules_can_reach_another_machine() -> None:
    found: dict[str, set[str]] = {name: set() for name in REACHES}
    for path, tree in sources():
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute):
                assert node.attr not in OPENS, path
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                names = [node.module or "", *(f"{node.module}.{one.name}" for one in node.names)]
            for name in set(names) & set(REACHES):
                found[name].add(path)
    assert found == REACHES


def test_all_that_it_does_connects_to_these_two_alone(
    app: Flask, alice: Caller, clock: Clock, provided: FakeStripe
) -> None:
    """An owner pays, cancels and is written to; every job runs."""
    with connections() as seen:
        paid(alice, provided)
        assert alice.http.post("/payments/cancel").status_code == 303
        ask_again(app, clock)
        for job in jobs.of(services_of(app).settings):
            job.run(services_of(app).engine, clock.now)
        with mail_server(Mailboxes()) as port:
            assert sending.send_due(post_of(app, clock, port)) > 0
    assert set(seen) == {("127.0.0.1", port), ("127.0.0.1", urlsplit(provided.url).port)}
