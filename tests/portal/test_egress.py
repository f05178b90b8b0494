"""A portal speaks to its mail server, to whoever takes the money and, where it is told to, to VIES;
and to nobody else.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask

from portal import jobs
from portal.context import services_of
from portal.mail import sending
from portal.settings import Settings
from tests.cast import Clock
from tests.fake_stripe import FakeStripe
from tests.portal.conftest import Caller
from tests.portal.mailboxes import Mailboxes, mail_server, post_of
from tests.portal.selling import ask_again, paid, selling

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
