"""The sign beside the clock of Windows, started in the session of whoever signs in.

It runs as that person, reads what any account of the laptop may read, and never uses the network.
"""

import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import pywintypes
import win32api
import win32con
import win32event
import win32gui

from agent import settings
from agent.errors import AgentError
from agent.hosts.session import own_session
from agent.hosts.windows_state import is_locked, own_number
from agent.indicator import words
from agent.indicator.reminder import Reminder
from agent.indicator.sitting import Sitting
from agent.session.window import Window

_GUI: Any = win32gui  # its types know half of what it takes
LOOKS_EVERY_MS = 20_000
_CLICKED = win32con.WM_USER + 1
_TIP = 127  # characters, shellapi.h
_FIRST = 1000  # number of the first page in the menu
_ASTERISK, _WARNING = 32516, 32515  # winuser.h: IDI_INFORMATION, IDI_EXCLAMATION


class Tray:
    """An icon with a menu. `hears` is called by Windows with each message to its window."""

    def __init__(self) -> None:
        self.sitting: Sitting | None = None
        self._said: words.Sign | None = None
        self._came_back = _GUI.RegisterWindowMessage("TaskbarCreated")  # Explorer began anew
        window = _GUI.WNDCLASS()
        window.lpszClassName = "HomewardSign"
        window.lpfnWndProc = self.hears
        _GUI.RegisterClass(window)
        where = (0, 0, 0, 0, 0, 0, 0, None)
        self._window = _GUI.CreateWindow("HomewardSign", "Homeward", *where)

    def hears(self, window: int, message: int, w: int, l: int) -> int:  # noqa: E741
        if message == self._came_back:
            self._said = None
        if message == _CLICKED and l in (win32con.WM_LBUTTONUP, win32con.WM_RBUTTONUP):
            self._menu()
        return int(_GUI.DefWindowProc(window, message, w, l))

    def look(self, sitting: Sitting) -> None:
        self.sitting = sitting
        sitting.tidy()
        sitting.step(not is_locked(own_number()))
        sign = sitting.sign()
        if sign != self._said:
            self._say(sign)
            self._said = sign

    def notify(self, window: Window) -> None:
        self._tell(_GUI.NIM_MODIFY, _GUI.NIF_INFO, window.title, window.lines[0])

    def gone(self) -> None:
        with suppress(pywintypes.error):
            _GUI.Shell_NotifyIcon(_GUI.NIM_DELETE, (self._window, 0))

    def _say(self, sign: words.Sign) -> None:
        usual = _GUI.NIF_ICON | _GUI.NIF_MESSAGE | _GUI.NIF_TIP
        try:
            self._tell(_GUI.NIM_MODIFY, usual, sign.title, "", sign.urgent)
        except pywintypes.error:  # it is not there yet
            with suppress(pywintypes.error):  # nor is the bar: the next look tries again
                self._tell(_GUI.NIM_ADD, usual, sign.title, "", sign.urgent)

    def _tell(self, how: int, what: int, title: str, text: str, urgent: bool = False) -> None:
        icon = _GUI.LoadIcon(0, _WARNING if urgent else _ASTERISK)
        tip = title[:_TIP]
        said = (self._window, 0, what, _CLICKED, icon, tip, text[:250], 0, title[:60])
        _GUI.Shell_NotifyIcon(how, said)

    def _menu(self) -> None:
        menu = _GUI.CreatePopupMenu()
        title = self._said.title if self._said else "Homeward"
        _GUI.AppendMenu(menu, win32con.MF_STRING | win32con.MF_GRAYED, 0, title)
        for number, page in enumerate(words.PAGES, _FIRST):
            _GUI.AppendMenu(menu, win32con.MF_STRING, number, page)
        _GUI.SetForegroundWindow(self._window)  # or the menu would not go away again
        flags = win32con.TPM_RETURNCMD | win32con.TPM_NONOTIFY
        x, y = win32api.GetCursorPos()
        chosen = int(_GUI.TrackPopupMenu(menu, flags, x, y, 0, self._window, None))
        _GUI.DestroyMenu(menu)
        if self.sitting and chosen >= _FIRST:
            self.sitting.show(words.PAGES[chosen - _FIRST])


def _own_file() -> Path:
    return Path(os.environ.get("LOCALAPPDATA", r"C:\nowhere"), "Homeward", "told")


def main() -> int:
    try:
        chosen = settings.load(settings.chosen(None))
    except AgentError as refusal:
        print(refusal, file=sys.stderr)
        return 1
    tray = Tray()
    sitting = Sitting(chosen, Reminder(_own_file()), own_session, tray.notify)
    try:
        while words.still_installed():
            tray.look(sitting)
            win32event.MsgWaitForMultipleObjects([], False, LOOKS_EVERY_MS, win32event.QS_ALLINPUT)
            if _GUI.PumpWaitingMessages():
                break  # the session is over
    finally:
        tray.gone()
    return 0


if __name__ == "__main__":
    sys.exit(main())
