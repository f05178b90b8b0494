"""The agent as a service of Windows.

Install, as administrator:  python -I -m agent.hosts.windows_service --startup auto install
"""

import sys
import winreg
from contextlib import suppress
from pathlib import Path

import servicemanager
import win32con
import win32service
import win32serviceutil

from agent import settings, supervisor
from agent.kernel.windows import ring
from agent.parts import make_folders

_AT_SIGN_IN = r"SOFTWARE\Microsoft\Windows\CurrentVersion\Run"
_SIGN = f'"{Path(sys.executable).with_name("pythonw.exe")}" -I -m agent.indicator.windows'


class Homeward(win32serviceutil.ServiceFramework):
    """What the service manager starts and stops; it is to be seen there by everybody."""

    _svc_name_ = "Homeward"
    _svc_display_name_ = "Homeward"
    _svc_description_ = "Brings this laptop home if it is stolen."
    _exe_name_ = sys.executable
    _exe_args_ = "-I -m agent.hosts.windows_service"

    def __init__(self, arguments: list[str]) -> None:
        super().__init__(arguments)
        self._file = settings.chosen(None)
        self._settings = settings.load(self._file)

    def SvcDoRun(self) -> None:  # noqa: N802  (pywin32's name)
        self.ReportServiceStatus(win32service.SERVICE_RUNNING)
        make_folders(self._settings)
        supervisor.serve(str(self._settings.private), str(self._file))

    def GetAcceptedControls(self) -> int:  # noqa: N802  (pywin32's name)
        usual: int = super().GetAcceptedControls()  # type: ignore[no-untyped-call]  # no types
        return usual | win32service.SERVICE_ACCEPT_POWEREVENT

    def SvcOtherEx(self, control: int, kind: int, data: object) -> None:  # noqa: N802
        """The laptop woke up: its bell does not count sleep, so it would notice late."""
        del data
        if (control, kind) == (
            win32service.SERVICE_CONTROL_POWEREVENT,
            win32con.PBT_APMRESUMEAUTOMATIC,
        ):
            ring("woke", str(self._settings.private))

    def SvcStop(self) -> None:  # noqa: N802  (pywin32's name)
        self.ReportServiceStatus(win32service.SERVICE_STOP_PENDING)
        ring("stop", str(self._settings.private))

    SvcShutdown = SvcStop


def main() -> None:
    if len(sys.argv) > 1:
        win32serviceutil.HandleCommandLine(Homeward)
        _mind_sign(sys.argv[-1])
        return
    servicemanager.Initialize()
    servicemanager.PrepareToHostSingle(Homeward)
    servicemanager.StartServiceCtrlDispatcher()  # type: ignore[no-untyped-call]  # no stub


def _mind_sign(done: str) -> None:
    """Whoever signs in sees beside the clock that Homeward is here: agent/indicator/windows.py."""
    if done not in ("install", "update", "remove"):
        return
    with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, _AT_SIGN_IN, 0, winreg.KEY_SET_VALUE) as key:
        if done != "remove":
            winreg.SetValueEx(key, Homeward._svc_name_, 0, winreg.REG_SZ, _SIGN)
            return
        with suppress(FileNotFoundError):
            winreg.DeleteValue(key, Homeward._svc_name_)


if __name__ == "__main__":
    main()
