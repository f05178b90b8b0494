"""The sign in the menu bar of a Mac, started by launchd in the session of whoever signs in.

It runs as that person, reads what any account of the laptop may read, and never uses the network.
"""

import os
import subprocess
import sys
from contextlib import suppress
from typing import Any

from AppKit import (
    NSApplication,
    NSApplicationActivationPolicyAccessory,
    NSMenu,
    NSMenuItem,
    NSStatusBar,
    NSVariableStatusItemLength,
)
from Foundation import NSObject, NSTimer

from agent import settings
from agent.errors import AgentError
from agent.hosts.macos_box import quoted
from agent.hosts.session import NoSessionManager, own_session, sessions
from agent.indicator import words
from agent.indicator.reminder import Reminder, own_file
from agent.indicator.sitting import Sitting
from agent.session.window import Window

LOOKS_EVERY_S = 20.0
HOUSE = "\u2302"


class _Desk(NSObject):  # type: ignore[misc]  # Apple's own, without types
    """What the menu bar and its clock call; the names are Objective-C's."""

    def sitBefore_(self, sitting: Sitting) -> None:  # noqa: N802
        self._sitting = sitting
        bar = NSStatusBar.systemStatusBar()
        self._item = bar.statusItemWithLength_(NSVariableStatusItemLength)
        self._said: words.Sign | None = None
        self.look_(None)

    def look_(self, timer: Any) -> None:
        del timer
        if not words.still_installed():
            NSApplication.sharedApplication().terminate_(None)
        self._sitting.tidy()
        self._sitting.step(_is_unlocked())
        sign = self._sitting.sign()
        if sign != self._said:
            self._said = sign
            self._item.button().setTitle_(f"{HOUSE} STOLEN" if sign.urgent else HOUSE)
            self._item.button().setToolTip_(f"{sign.title}\n{sign.detail}")
            self._item.setMenu_(self._menu(sign))

    def _menu(self, sign: words.Sign) -> Any:
        menu = NSMenu.alloc().init()
        menu.addItemWithTitle_action_keyEquivalent_(sign.title, None, "")
        menu.addItem_(NSMenuItem.separatorItem())
        for page in words.PAGES:
            entry = menu.addItemWithTitle_action_keyEquivalent_(page, "show:", "")
            entry.setTarget_(self)
        return menu

    def show_(self, entry: Any) -> None:
        self._sitting.show(str(entry.title()))


def _is_unlocked() -> bool:
    with suppress(NoSessionManager):
        mine = [one for one in sessions() if one.uid == os.geteuid()]
        return any(one.active and not one.locked for one in mine)
    return False


def _notify(window: Window) -> None:
    script = f"display notification {quoted(window.lines[0])} with title {quoted(window.title)}"
    with suppress(OSError):
        subprocess.run(["/usr/bin/osascript", "-"], input=script, text=True)


def main() -> int:
    try:
        chosen = settings.load(settings.chosen(None))
    except AgentError as refusal:
        print(refusal, file=sys.stderr)
        return 1
    application = NSApplication.sharedApplication()
    application.setActivationPolicy_(NSApplicationActivationPolicyAccessory)
    desk = _Desk.alloc().init()
    desk.sitBefore_(Sitting(chosen, Reminder(own_file()), own_session, _notify))
    NSTimer.scheduledTimerWithTimeInterval_target_selector_userInfo_repeats_(
        LOOKS_EVERY_S, desk, "look:", None, True
    )
    application.run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
