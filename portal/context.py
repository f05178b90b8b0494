"""What a request finds in the app: the outside world, handed in once by create_app."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from flask import Flask, current_app
from sqlalchemy import Engine

from portal.settings import Settings
from shared.crypto import SigningKey

Clock = Callable[[], int]  # Unix milliseconds
Wake = Callable[[int], None]  # takes a device's number
_NAME = "homeward"


def system_clock() -> int:
    return time.time_ns() // 1_000_000


def wake_nobody(_number: int) -> None:
    """Without the edge no laptop waits for a call; it hears at its next check-in."""


@dataclass(frozen=True, slots=True)
class Services:
    """`wake` is called after commit when a laptop has something new to hear."""

    settings: Settings
    engine: Engine
    clock: Clock
    receipt_key: SigningKey
    wake: Wake


def attach(app: Flask, services: Services) -> None:
    app.extensions[_NAME] = services


def services_of(app: Flask) -> Services:
    found = app.extensions[_NAME]
    assert isinstance(found, Services)  # noqa: S101  (a type for what Flask keeps as Any)
    return found


def services() -> Services:
    return services_of(current_app)


def now() -> int:
    """The moment of this request, Unix milliseconds."""
    return services().clock()
