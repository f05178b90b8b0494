"""A private message bus, and services on it that say whatever a test has them say."""

import asyncio
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from dbus_fast import Message, MessageType, Variant
from dbus_fast.aio import MessageBus

needs_dbus = pytest.mark.skipif(
    shutil.which("dbus-daemon") is None, reason="needs dbus-daemon (Debian: apt install dbus)"
)
PROPERTIES = "org.freedesktop.DBus.Properties"
UNKNOWN = "org.freedesktop.DBus.Error.UnknownObject"
# A configuration of our own: what a desktop's session bus starts by itself is not wanted here.
CONFIG = """<busconfig><type>session</type><listen>unix:dir={folder}</listen><auth>EXTERNAL</auth>
<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/>
<allow own="*"/></policy></busconfig>"""

Reply = tuple[str, list[Any]] | str | None
Method = Callable[..., Reply]


@dataclass
class Service:
    """One name on the bus. `properties` by path and name, `methods` by path and name; an answer is
    a signature and a body, the name of an error, or None for silence. What was called stands in
    `calls`.
    """

    name: str
    properties: dict[str, dict[str, Variant]] = field(default_factory=dict)
    methods: dict[tuple[str, str], Method] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)

    def answer(self, asked: Message) -> Message | bool:
        if asked.message_type is not MessageType.METHOD_CALL or asked.path is None:
            return False
        self.calls.append(str(asked.member))
        said = self._properties(asked) if asked.interface == PROPERTIES else self._call(asked)
        if said is None:
            return True
        if isinstance(said, str):
            return Message.new_error(asked, said, "as the test has it")
        return Message.new_method_return(asked, *said)

    def _properties(self, asked: Message) -> Reply:
        own = self.properties.get(asked.path)
        if own is None:
            return UNKNOWN
        if asked.member == "GetAll":
            return "a{sv}", [own]
        if asked.member == "Set":
            own[asked.body[1]] = asked.body[2]
            return "", []
        return ("v", [own[asked.body[1]]]) if asked.body[1] in own else UNKNOWN

    def _call(self, asked: Message) -> Reply:
        method = self.methods.get((asked.path, asked.member))
        return method(*asked.body) if method else UNKNOWN


@contextmanager
def private_bus() -> Iterator[str]:
    """A bus with nobody on it: its address."""
    with tempfile.TemporaryDirectory(prefix="bus-") as folder:
        config = Path(folder, "bus.conf")
        config.write_text(CONFIG.format(folder=folder))
        with _daemon(config) as address:
            yield address


@contextmanager
def _daemon(config: Path) -> Iterator[str]:
    words = ["dbus-daemon", f"--config-file={config}", "--nofork", "--print-address=1"]
    daemon = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
    try:
        yield daemon.stdout.readline().strip()
    finally:
        daemon.terminate()
        daemon.wait()
        daemon.stdout.close()


@contextmanager
def bus_with(*services: Service) -> Iterator[str]:
    """A bus with these services on it: its address."""
    with private_bus() as address:
        loop = asyncio.new_event_loop()
        thread = threading.Thread(target=loop.run_forever)
        thread.start()
        try:
            buses = [
                asyncio.run_coroutine_threadsafe(_serve(address, one), loop).result(60)
                for one in services
            ]
            yield address
            for bus in buses:
                loop.call_soon_threadsafe(bus.disconnect)
                asyncio.run_coroutine_threadsafe(bus.wait_for_disconnect(), loop).result(60)
        finally:
            loop.call_soon_threadsafe(loop.stop)
            thread.join()
            loop.close()


async def _serve(address: str, service: Service) -> MessageBus:
    bus = await MessageBus(bus_address=address).connect()
    bus.add_message_handler(service.answer)
    await bus.request_name(service.name)
    return bus
