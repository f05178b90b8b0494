"""The sign in the panel and the notice of a theft: the real program, on buses of our own."""

import os
import subprocess

import pytest
from jeepney import DBusAddress, DBusErrorResponse

from agent.indicator.buses import NOTIFICATIONS
from agent.indicator.reminder import Reminder
from tests.agent.bus import Service, bus_with, needs_dbus, private_bus
from tests.agent.logind import Session
from tests.agent.logind import bus_with as logind_with
from tests.agent.panel import INDICATOR, REGISTER, indicator, panel, soon, tell_of_lock, watcher
from tests.agent.screen import hand, needs_screen, screen

pytestmark = needs_dbus
BUS = DBusAddress("/org/freedesktop/DBus", "org.freedesktop.DBus", "org.freedesktop.DBus")
NOTICE = "This laptop is reported stolen"


@pytest.fixture
def settings_file(laptop, tmp_path):
    chosen = laptop.settings
    file = tmp_path / "agent.toml"
    file.write_text(f'portal = "{chosen.portal}"\nstate_dir = "{chosen.state_dir}"\n')
    return file


@pytest.fixture
def display():
    with screen() as shown:
        yield shown


def windows(display, title):
    """How many windows before the person have this title."""
    try:
        found = hand(display, "search", "--onlyvisible", "--name", title)
    except subprocess.CalledProcessError:
        return 0  # none, says xdotool
    return len(found.splitlines())


def test_it_says_from_the_first_second_how_the_laptop_stands(laptop, alice, settings_file):
    laptop.beat()
    list_of_signs = watcher()
    with bus_with(list_of_signs) as bus, indicator(settings_file, bus), panel(bus) as asks:
        soon(lambda: REGISTER in list_of_signs.calls)
        assert asks.says("Title") == "Homeward: at home"
        assert asks.says("Status") == "Active"
        assert asks.menu()[1] == "Homeward: at home"
        laptop.give(alice.stolen())
        laptop.beat("wake")
        soon(lambda: asks.says("Title") == "Homeward: this laptop is reported STOLEN")
        assert asks.says("Status") == "NeedsAttention"
        assert asks.menu()[1] == asks.says("Title")


def test_the_panel_hears_that_the_standing_changed(laptop, alice, settings_file):
    laptop.beat()
    with bus_with(watcher()) as bus, indicator(settings_file, bus), panel(bus) as asks:
        soon(lambda: on_the_bus(asks))
        asks.says("Title")  # and so it has looked, too
        asks.listen("LayoutUpdated")
        laptop.give(alice.stolen())
        laptop.beat("wake")
        asks.hears("LayoutUpdated")


def test_before_anybody_agreed_it_says_that_it_does_nothing(settings_file, laptop):
    with bus_with(watcher()) as bus, indicator(settings_file, bus), panel(bus) as asks:
        soon(lambda: on_the_bus(asks))
        assert asks.says("Title") == "Homeward: not paired, it does nothing"
        assert asks.says("Status") == "Active"


def test_a_panel_that_comes_later_is_told(laptop, settings_file):
    with private_bus() as bus, indicator(settings_file, bus), panel(bus) as asks:
        soon(lambda: on_the_bus(asks))
        asks.ask(BUS, "RequestName", "su", "org.kde.StatusNotifierWatcher", 0)
        told = soon(lambda: asks.connection.receive(timeout=60).body == ("/StatusNotifierItem",))
        assert told


def test_where_one_ends_the_next_takes_its_place(laptop, settings_file):
    with (
        bus_with(watcher()) as bus,
        indicator(settings_file, bus) as first,
        panel(bus) as asks,
    ):
        soon(lambda: on_the_bus(asks))
        with indicator(settings_file, bus):
            soon(lambda: len(asks.ask(BUS, "ListQueuedOwners", "s", INDICATOR)[0]) == 2)
            first.kill()
            first.wait()
            soon(lambda: asks.says("Id") == "homeward")


def test_what_nobody_asks_so_is_refused_and_it_lives(laptop, settings_file):
    item = DBusAddress("/StatusNotifierItem", INDICATOR, "org.freedesktop.DBus.Properties")
    odd = DBusAddress("/Menu", INDICATOR, "com.canonical.dbusmenu")
    with bus_with(watcher()) as bus, indicator(settings_file, bus), panel(bus) as asks:
        soon(lambda: on_the_bus(asks))
        for place, method, *words in (
            (item, "Get", "ss", "x", "NoSuch"), (item, "Get"), (item, "Hide"), (odd, "Quit"),
            (odd, "GetLayout", "s", "0"), (odd, "Event"), (odd, "EventGroup", "s", "clicked"),
        ):  # fmt: skip
            with pytest.raises(DBusErrorResponse):
                asks.ask(place, method, *words)
        assert asks.says("Id") == "homeward"


@needs_screen
def test_the_menu_opens_what_a_terminal_tells(laptop, settings_file, display):
    laptop.beat()
    with (
        bus_with(watcher()) as bus,
        indicator(settings_file, bus, DISPLAY=display),
        panel(bus) as asks,
    ):
        soon(lambda: on_the_bus(asks))
        assert list(asks.menu().values())[1:] == [
            "What Homeward is doing", "What it has looked at and done", "What was agreed to",
            "Whom to ask",
        ]  # fmt: skip
        for page in list(asks.menu().values())[1:]:
            asks.click(page)
            assert soon(lambda page=page: windows(display, page))


@needs_screen
def test_after_a_day_the_screen_says_so_at_each_unlock(laptop, alice, settings_file, display):
    laptop.give(alice.stolen())
    laptop.beat()
    laptop.clock.passes(hours=23)
    laptop.beat()
    session = Session("1", uid=os.getuid(), locked=True)
    with (
        bus_with(watcher()) as bus,
        logind_with(session) as logind,
        indicator(settings_file, bus, DISPLAY=display, DBUS_SYSTEM_BUS_ADDRESS=logind.address),
        panel(bus) as asks,
    ):
        soon(lambda: on_the_bus(asks))
        unlock(session, logind, asks)
        assert not windows(display, NOTICE)  # too early
        lock(session, logind, asks)
        laptop.clock.passes(hours=2)
        laptop.beat()
        asks.says("Title")
        assert not windows(display, NOTICE)  # nobody is there to read it
        unlock(session, logind, asks)
        assert soon(lambda: windows(display, NOTICE))
        lock(session, logind, asks)
        assert soon(lambda: not windows(display, NOTICE))
        unlock(session, logind, asks)
        assert soon(lambda: windows(display, NOTICE))
        assert soon(lambda: read(display))


def read(display):
    """Whether the notice is gone, once Return was pressed."""
    hand(display, "key", "Return")
    return not windows(display, NOTICE)


@needs_screen
def test_each_account_is_told_when_it_first_signs_in_and_monthly(laptop, settings_file, display):
    laptop.beat()
    here, told = "Homeward is on this laptop", settings_file.parent / "own/homeward/told"
    path, notify = "/org/freedesktop/Notifications", "Notify"
    desktop = Service(NOTIFICATIONS, methods={(path, notify): lambda *said: ("u", [1])})
    with bus_with(watcher(), desktop) as bus:
        with indicator(settings_file, bus, DISPLAY=display):
            assert soon(lambda: windows(display, here))
            soon(told.exists)
        with indicator(settings_file, bus, DISPLAY=display), panel(bus) as asks:
            soon(lambda: on_the_bus(asks))
            asks.says("Title")
            soon(lambda: not windows(display, here))
            os.utime(told, (0, 0))
            laptop.beat("asked")
            soon(lambda: desktop.calls == [notify])
            soon(lambda: told.stat().st_mtime > 0)


@pytest.mark.parametrize(("days", "due"), [(0, ""), (29, ""), (30, "again"), (-31, "again")])
def test_a_month_later_it_is_due_again_once(days, due, tmp_path):
    now = [1_790_000_000.0]
    reminder = Reminder(tmp_path / "homeward" / "told", lambda: now[0])
    assert reminder.due() == "first"
    reminder.note()
    now[0] += days * 86_400
    assert reminder.due() == due
    reminder.note()
    assert reminder.due() == ""


def test_without_a_place_to_note_it_it_is_told_once_in_a_session(tmp_path):
    (tmp_path / "homeward").write_text("a file where a folder should be")
    reminder = Reminder(tmp_path / "homeward" / "told")
    assert reminder.due() == "first"
    reminder.note()
    assert reminder.due() == ""


def lock(session, logind, asks, locked=True):
    session.said["locked"] = locked
    tell_of_lock(logind.address, session.path)
    asks.says("Title")  # it has heard by now


def unlock(session, logind, asks):
    lock(session, logind, asks, locked=False)


def on_the_bus(asks):
    return asks.ask(BUS, "NameHasOwner", "s", INDICATOR)[0]
