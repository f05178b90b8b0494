"""Linux: who sits at the laptop, says logind; how to start a program before their eyes, and how to
lock their screen.
"""

import os
import pwd
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

from jeepney import DBusAddress, DBusErrorResponse, new_method_call
from jeepney.io.blocking import DBusConnection, open_dbus_connection
from jeepney.wrappers import Properties, unwrap_msg

from agent.hosts.signed_in import NoSessionManager, Session

LOGIND = "org.freedesktop.login1"
ANSWER_S = 5.0
_GRAPHICAL = ("x11", "wayland", "mir")
_SHOWN_ON = ("DISPLAY", "WAYLAND_DISPLAY")
_TAKEN = (*_SHOWN_ON, "XAUTHORITY", "XDG_RUNTIME_DIR", "DBUS_SESSION_BUS_ADDRESS", "LANG")
_PATH = "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"


def sessions(bus: str = "SYSTEM", proc: Path = Path("/proc")) -> tuple[Session, ...]:
    """All who are signed in at the laptop itself, those before the screen first.

    Raises NoSessionManager.
    """
    with _asking(bus) as asked:
        found = [_session(properties, proc) for properties in _properties(asked)]
    return tuple(sorted(found, key=lambda one: (not one.graphical, not one.active)))


def own_session(environ: Mapping[str, str] = os.environ) -> Session | None:
    """Where no session manager runs: whoever started the agent, with a screen or without."""
    here = {name: environ[name] for name in _TAKEN if name in environ}
    graphical = any(name in here for name in _SHOWN_ON)
    return Session("own", os.geteuid(), graphical, True, False, here | _home(os.geteuid()))


def ourselves() -> Session:
    """Nobody's screen: where the agent itself runs."""
    return Session("agent", os.geteuid(), False, True, False)


def lock_sessions(bus: str = "SYSTEM", patience_s: float = ANSWER_S) -> tuple[Session, ...]:
    """Ask every session to lock, then read back what became of it. Raises NoSessionManager.

    That the call succeeds says nothing: a desktop without a locker ignores it.
    """
    until = time.monotonic() + patience_s
    with _asking(bus) as asked:
        _call(asked, "LockSessions")
        while True:
            told = tuple(_session(said, Path("/proc")) for said in _properties(asked))
            if all(one.locked for one in told) or time.monotonic() >= until:
                return told
            time.sleep(0.1)


def start_in(session: Session, command: list[str], **streams: Any) -> "subprocess.Popen[str]":
    """Start a program as the person in this session, before their eyes. Raises OSError.

    Its group is its own, so that it can be ended with whatever it starts.
    """
    if session.uid != os.geteuid():
        person = pwd.getpwuid(session.uid)
        groups = os.getgrouplist(person.pw_name, person.pw_gid)
        streams |= {"user": session.uid, "group": person.pw_gid, "extra_groups": groups}
    environment = {"PATH": _PATH, **session.environment}
    return subprocess.Popen(
        command, env=environment, cwd="/", process_group=0, text=True, **streams
    )


@contextmanager
def _asking(address: str) -> Iterator["_Bus"]:
    """Raises NoSessionManager, also for an answer that makes no sense."""
    with closing(_Bus(address)) as asked:
        try:
            yield asked
        except (LookupError, TypeError, ValueError, AttributeError) as nonsense:
            raise NoSessionManager("What the session manager says makes no sense.") from nonsense


class _Bus:
    """A connection that gives answers, or raises what went wrong as NoSessionManager."""

    def __init__(self, address: str) -> None:
        try:
            self._connection: DBusConnection = open_dbus_connection(address)
        except (OSError, KeyError, ValueError, DBusErrorResponse) as error:
            raise NoSessionManager("There is no system bus here.") from error

    def close(self) -> None:
        self._connection.close()

    def ask(self, message: Any) -> Any:
        try:
            return unwrap_msg(self._connection.send_and_get_reply(message, timeout=ANSWER_S))
        except DBusErrorResponse as refusal:
            raise NoSessionManager(refusal.name) from refusal
        except (OSError, TimeoutError) as silence:
            raise NoSessionManager("The session manager does not answer.") from silence


def _call(bus: _Bus, method: str) -> Any:
    manager = DBusAddress("/org/freedesktop/login1", LOGIND, f"{LOGIND}.Manager")
    return bus.ask(new_method_call(manager, method))


def _properties(bus: _Bus) -> Iterator[dict[str, Any]]:
    """Of each session of a person at the laptop; neither the greeter's nor those from afar."""
    for _, _, _, _, path in _call(bus, "ListSessions")[0]:
        session = Properties(DBusAddress(path, LOGIND, f"{LOGIND}.Session"))
        # A session may end between the two questions; then it is nobody's any more.
        with suppress(NoSessionManager):
            said = {name: value for name, (_, value) in bus.ask(session.get_all())[0].items()}
            if said["Class"] == "user" and not said["Remote"] and said["State"] != "closing":
                yield said


def _session(said: dict[str, Any], proc: Path) -> Session:
    uid, graphical = said["User"][0], said["Type"] in _GRAPHICAL
    return Session(
        id=said["Id"],
        uid=uid,
        graphical=graphical,
        active=said["Active"],
        locked=said["LockedHint"],
        environment=_environment(said, proc) if graphical else _home(uid),
        account=str(said["Name"]),
        began=said["Timestamp"] // 1000,
        automatic="autologin" in said["Service"],  # gdm-autologin, lightdm-autologin, …
    )


def _environment(said: dict[str, Any], proc: Path) -> dict[str, str]:
    """The session leader's, else that of any program of the same person that has a screen.

    With some sign-in programs the leader runs as root and knows no screen.
    """
    uid, runtime = said["User"][0], f"/run/user/{said['User'][0]}"
    usual = {
        "XDG_RUNTIME_DIR": runtime,
        "DBUS_SESSION_BUS_ADDRESS": f"unix:path={runtime}/bus",
        **({"DISPLAY": said["Display"]} if said.get("Display") else {}),
    }
    return {**_home(uid), **usual, **_seen_on_screen(said["Leader"], uid, proc)}


def _seen_on_screen(leader: int, uid: int, proc: Path) -> dict[str, str]:
    folders = [proc / str(leader), *(path for path in proc.iterdir() if path.name.isdecimal())]
    for folder in folders:
        with suppress(OSError):
            if folder.stat().st_uid != uid:
                continue
            pairs = (folder / "environ").read_bytes().decode(errors="replace").split("\0")
            found = dict(pair.split("=", 1) for pair in pairs if "=" in pair)
            if any(name in found for name in _SHOWN_ON):
                return {name: found[name] for name in _TAKEN if name in found}
    return {}


def _home(uid: int) -> dict[str, str]:
    try:
        person = pwd.getpwuid(uid)
    except KeyError:
        return {}
    return {"HOME": person.pw_dir, "USER": person.pw_name, "LOGNAME": person.pw_name}
