"""logind as far as the agent asks it, on a private bus: an outside part, made to order."""

import asyncio
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from dbus_fast import PropertyAccess
from dbus_fast.aio import MessageBus
from dbus_fast.service import ServiceInterface, dbus_property, method

from tests.agent.bus import private_bus

LOGIND, ROOT = "org.freedesktop.login1", "/org/freedesktop/login1"


class Session(ServiceInterface):
    """One sign-in. `locks` is False for a desktop without a locker."""

    def __init__(self, name: str, locks: bool = True, **said: object) -> None:
        super().__init__(f"{LOGIND}.Session")
        self.path, self.locks = f"{ROOT}/session/{name}", locks
        usual = {"uid": os.getuid(), "kind": "wayland", "leader": os.getpid(), "display": ""}
        more = {"locked": False, "active": True, "remote": False, "class": "user"}
        more |= {"account": "alice", "began": 1_790_000_000_000_000, "service": "gdm-password"}
        self.said = {"id": name, **usual, **more, **said}

    @dbus_property(access=PropertyAccess.READ)
    def Id(self) -> "s":  # noqa: N802, F821  (D-Bus names and signatures)
        return self.said["id"]

    @dbus_property(access=PropertyAccess.READ)
    def User(self) -> "(uo)":  # noqa: N802, F821
        return [self.said["uid"], f"{ROOT}/user/self"]

    @dbus_property(access=PropertyAccess.READ)
    def Name(self) -> "s":  # noqa: N802, F821
        return self.said["account"]

    @dbus_property(access=PropertyAccess.READ)
    def Timestamp(self) -> "t":  # noqa: N802, F821
        return self.said["began"]

    @dbus_property(access=PropertyAccess.READ)
    def Service(self) -> "s":  # noqa: N802, F821
        return self.said["service"]

    @dbus_property(access=PropertyAccess.READ)
    def Leader(self) -> "u":  # noqa: N802, F821
        return self.said["leader"]

    @dbus_property(access=PropertyAccess.READ)
    def Display(self) -> "s":  # noqa: N802, F821
        return self.said["display"]

    @dbus_property(access=PropertyAccess.READ)
    def Type(self) -> "s":  # noqa: N802, F821
        return self.said["kind"]

    @dbus_property(access=PropertyAccess.READ)
    def Class(self) -> "s":  # noqa: N802, F821
        return self.said["class"]

    @dbus_property(access=PropertyAccess.READ)
    def State(self) -> "s":  # noqa: N802, F821
        return "active" if self.said["active"] else "online"

    @dbus_property(access=PropertyAccess.READ)
    def Active(self) -> "b":  # noqa: N802, F821
        return self.said["active"]

    @dbus_property(access=PropertyAccess.READ)
    def Remote(self) -> "b":  # noqa: N802, F821
        return self.said["remote"]

    @dbus_property(access=PropertyAccess.READ)
    def LockedHint(self) -> "b":  # noqa: N802, F821
        return self.said["locked"]


class Manager(ServiceInterface):
    def __init__(self, sessions: list[Session]) -> None:
        super().__init__(f"{LOGIND}.Manager")
        self._sessions = sessions

    @method()
    def ListSessions(self) -> "a(susso)":  # noqa: N802, F821
        return [[s.said["id"], s.said["uid"], "alice", "seat0", s.path] for s in self._sessions]

    @method()
    def LockSessions(self) -> None:  # noqa: N802
        for session in self._sessions:
            session.said["locked"] = session.said["locked"] or session.locks


@dataclass
class Logind:
    """A bus with logind on it; `address` is what to connect to."""

    address: str
    sessions: list[Session] = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event)

    def serve(self, ready: threading.Event) -> None:
        asyncio.run(self._serve(ready))

    async def _serve(self, ready: threading.Event) -> None:
        bus = await MessageBus(bus_address=self.address).connect()
        bus.export(ROOT, Manager(self.sessions))
        for session in self.sessions:
            bus.export(session.path, session)
        await bus.request_name(LOGIND)
        ready.set()
        while not self.stop.is_set():
            await asyncio.sleep(0.05)
        bus.disconnect()


@contextmanager
def bus_with(*sessions: Session) -> Iterator[Logind]:
    """logind with these sessions, on a bus of its own."""
    with private_bus() as address:
        logind, ready = Logind(address, list(sessions)), threading.Event()
        served = threading.Thread(target=logind.serve, args=(ready,))
        served.start()
        try:
            assert ready.wait(60)
            yield logind
        finally:
            logind.stop.set()
            served.join(60)
