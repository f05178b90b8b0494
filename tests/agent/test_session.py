"""Who sits at the laptop, and their screen's lock, asked of a logind on a private bus."""

import os
import pwd
from contextlib import suppress

import pytest
from dbus_fast import Variant

from agent.commands.outcome import Outcome, Result
from agent.hosts.session import NoSessionManager, lock_sessions, own_session, sessions
from agent.session.locking import lock
from agent.session.person import at_the_laptop
from tests.agent.bus import Service, needs_dbus, private_bus
from tests.agent.bus import bus_with as services
from tests.agent.logind import Session, bus_with
from tests.agent.other_end import NOW

pytestmark = needs_dbus
PATH = "/org/freedesktop/login1/session/_31"


def program(proc, pid, **environment):
    """A program as /proc shows it."""
    folder = proc / str(pid)
    folder.mkdir(parents=True)
    pairs = "\0".join(f"{name}={value}" for name, value in environment.items())
    (folder / "environ").write_text(pairs)
    return pid


@pytest.fixture
def proc(tmp_path):
    program(tmp_path, 10, DISPLAY=":7", XAUTHORITY="/x", SECRET="not ours")
    program(tmp_path, 20, LANG="es_ES.UTF-8")
    program(tmp_path, 30, WAYLAND_DISPLAY="wayland-0", LANG="es_ES.UTF-8")
    return tmp_path


def test_those_before_the_screen_come_first(proc):
    terminal, away = Session("1", kind="tty"), Session("2", active=False, leader=10)
    with bus_with(terminal, away, Session("3", leader=10)) as logind:
        found = sessions(logind.address, proc)
    assert [one.id for one in found] == ["3", "2", "1"]
    assert [one.graphical for one in found] == [True, True, False]


def test_neither_the_greeter_nor_anybody_from_afar_sits_at_the_laptop(proc):
    greeter, afar = Session("1", **{"class": "greeter"}), Session("2", remote=True)
    with bus_with(greeter, afar) as logind:
        assert sessions(logind.address, proc) == ()


def test_the_way_to_the_screen_is_the_leaders_and_takes_no_more_than_it_needs(proc):
    with bus_with(Session("1", leader=10)) as logind:
        (found,) = sessions(logind.address, proc)
    runtime, me = f"/run/user/{os.getuid()}", pwd.getpwuid(os.getuid())
    assert found.environment == {
        "DISPLAY": ":7", "XAUTHORITY": "/x", "XDG_RUNTIME_DIR": runtime,
        "DBUS_SESSION_BUS_ADDRESS": f"unix:path={runtime}/bus",
        "HOME": me.pw_dir, "USER": me.pw_name, "LOGNAME": me.pw_name,
    }  # fmt: skip


def test_a_leader_without_a_screen_leaves_it_to_another_program_of_that_person(proc):
    with bus_with(Session("1", leader=20)) as logind:
        (found,) = sessions(logind.address, proc)
    assert found.environment["WAYLAND_DISPLAY"] == "wayland-0"


def test_a_program_of_somebody_else_does_not_lead_to_the_screen(proc):
    with bus_with(Session("1", uid=os.getuid() + 1, leader=10)) as logind:
        (found,) = sessions(logind.address, proc)
    assert "DISPLAY" not in found.environment


def test_it_is_told_who_signed_in_when_and_whether_that_took_a_password():
    by_itself = Session("2", service="gdm-autologin", account="bob")
    with bus_with(Session("1"), by_itself) as logind:
        alice, bob = sessions(logind.address)
    assert (alice.account, alice.began, alice.automatic) == ("alice", NOW, False)
    assert (bob.account, bob.automatic) == ("bob", True)


@pytest.mark.parametrize(
    "lies",
    [{}, {"ListSessions": ("s", ["x"])}, {"ListSessions": ("a(susso)", [[["1", 0, "", "", PATH]]])},
     {"ListSessions": ("", [])}],
    ids=["no method", "a text", "a session that says nothing", "nothing"],
)  # fmt: skip
def test_a_session_manager_that_lies_tells_nothing_and_breaks_nothing(lies):
    methods = {("/org/freedesktop/login1", name): lambda said=said: said
               for name, said in lies.items()}  # fmt: skip
    liar = Service("org.freedesktop.login1", {PATH: {"Class": Variant("u", 7)}}, methods)
    with services(liar) as address, suppress(NoSessionManager):
        assert sessions(address) == ()


def test_locking_is_read_back():
    with bus_with(Session("1"), Session("2", locked=True)) as logind:
        assert [one.locked for one in lock_sessions(logind.address)] == [True, True]


def test_a_screen_that_stays_open_is_told():
    with bus_with(Session("1"), Session("2", locks=False)) as logind:
        told = lock_sessions(logind.address, patience_s=0.3)
    assert {one.id: one.locked for one in told} == {"1": True, "2": False}


def test_a_laptop_without_a_session_manager_says_so(tmp_path):
    with pytest.raises(NoSessionManager, match="no system bus"):
        sessions(f"unix:path={tmp_path}/nobody")


def test_a_bus_without_logind_says_so():
    with private_bus() as address, pytest.raises(NoSessionManager, match="ServiceUnknown"):
        lock_sessions(address)


def test_whoever_started_the_agent_has_a_screen_or_not():
    assert not own_session({"HOME": "/root"}).graphical
    assert own_session({"DISPLAY": ":9", "SECRET": "x"}).environment["DISPLAY"] == ":9"


def test_the_person_at_the_laptop_has_the_screen():
    terminal, away = Session("1", kind="tty"), Session("2", active=False)
    with bus_with(terminal, away, Session("3")) as logind:
        assert at_the_laptop(lambda: sessions(logind.address)).id == "3"
    with bus_with(terminal, away) as logind:
        assert at_the_laptop(lambda: sessions(logind.address)) is None


def test_a_lock_is_done_when_every_screen_is_locked():
    with bus_with(Session("1"), Session("2")) as logind:
        assert lock(lambda: lock_sessions(logind.address)) == Outcome(
            Result.DONE, "", {"sessions": 2, "locked": 2}
        )


def test_a_lock_that_a_desktop_ignores_has_failed():
    with bus_with(Session("1"), Session("2", locks=False)) as logind:
        told = lock(lambda: lock_sessions(logind.address, patience_s=0.3))
    assert told == Outcome(Result.FAILED, "stays-unlocked", {"sessions": 2, "locked": 1})


def test_a_lock_where_nobody_is_signed_in_is_done_and_says_so(tmp_path):
    with bus_with() as logind:
        assert lock(lambda: lock_sessions(logind.address)).detail == "nobody-signed-in"
    told = lock(lambda: lock_sessions(f"unix:path={tmp_path}/nobody"))
    assert (told.result, told.detail) == (Result.FAILED, "no-session-manager")
