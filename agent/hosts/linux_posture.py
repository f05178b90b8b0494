"""How well the laptop is protected, as far as an account without privileges may know (Linux)."""

import json
import os
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

from jeepney import DBusAddress

from agent.hosts.linux_bus import SYSTEM, Bus, NoAnswer, object_path, open_bus
from agent.hosts.linux_files import lines
from agent.hosts.linux_session import sessions
from agent.hosts.signed_in import NoSessionManager
from shared.readings import Posture, Reason, Unread

STALE_S = 14 * 24 * 3600
REMEMBERED = "updates.json"
_SYSTEMD = "org.freedesktop.systemd1"
_MANAGER = DBusAddress("/org/freedesktop/systemd1", _SYSTEMD, f"{_SYSTEMD}.Manager")
_FIREWALLS = ("firewalld", "nftables", "netfilter-persistent", "iptables", "shorewall")
_SECURE_BOOT = "SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c"  # of EFI_GLOBAL_VARIABLE
_WHY_NOT = {
    Reason.REFUSED: "The system does not tell this account.",
    Reason.TIMED_OUT: "The service that knows did not answer in time.",
}
_UNKNOWABLE = Unread(Reason.NOT_SUPPORTED, "The service that knows does not run here.")

T = TypeVar("T")


def posture(until: float, work: Path, address: str = SYSTEM, root: Path = Path("/")) -> Posture:
    """Each answer for itself. What takes long to count is remembered in `work`."""
    return Posture(
        disk_encrypted=_or_why_not(lambda: disk_encrypted(root)),
        firewall_on=_or_why_not(lambda: firewall_on(root, until, address)),
        screen_locked=_or_why_not(lambda: screen_locked(address)),
        updates_waiting=_or_why_not(lambda: updates_waiting(root, work, until)),
        secure_boot=_or_why_not(lambda: secure_boot(root)),
    )


def _or_why_not(read: Callable[[], T | Unread]) -> T | Unread:
    try:
        return read()
    except NoAnswer as why:
        if why.reason is Reason.NOT_PRESENT:
            return _UNKNOWABLE
        return Unread(why.reason, _WHY_NOT.get(why.reason, "The service that knows failed."))
    except PermissionError:
        return Unread(Reason.REFUSED, _WHY_NOT[Reason.REFUSED])
    except (OSError, ValueError, TypeError, LookupError):  # whatever a service may answer
        return Unread(Reason.FAILED, "What the system says makes no sense.")


def disk_encrypted(root: Path) -> bool | Unread:
    """Whether every disk below the system's own file system is one that dm-crypt opens."""
    mounts = [line.split() for line in lines(root / "proc/self/mountinfo")]
    here = [fields for fields in mounts if fields[4] == "/"]
    device = _device(root, here[-1]) if here else None
    if device is None:
        return Unread(Reason.NOT_SUPPORTED, "The system does not lie on a disk of its own.")
    return _is_encrypted(device)


def _device(root: Path, mount: list[str]) -> Path | None:
    """The block device in /sys. Btrfs has numbers of its own, so its source is followed."""
    source = mount[mount.index("-") + 2]
    node = (root / source.lstrip("/")).resolve().name if source.startswith("/dev/") else "none"
    ways = (root / "sys/dev/block" / mount[2], root / "sys/class/block" / node)
    return next((way.resolve() for way in ways if way.exists()), None)


def _is_encrypted(device: Path) -> bool:
    if any(line.startswith("CRYPT-") for line in lines(device / "dm/uuid")):
        return True
    below = [*device.glob("slaves/*")]
    return bool(below) and all(_is_encrypted(one.resolve()) for one in below)


def firewall_on(root: Path, until: float, address: str) -> bool:
    """The rules themselves are for administrators to see; what loads them is not."""
    if "ENABLED=yes" in [line.strip() for line in lines(root / "etc/ufw/ufw.conf")]:
        return True
    with open_bus(until, address) as bus:
        return any(_is_active(bus, f"{name}.service") for name in _FIREWALLS)


def _is_active(bus: Bus, unit: str) -> bool:
    try:
        path = object_path(next(iter(bus.call(_MANAGER, "GetUnit", "s", unit)), None))
        unit_at = path and DBusAddress(path, _SYSTEMD, f"{_SYSTEMD}.Unit")
        return bool(unit_at and bus.get(unit_at, "ActiveState") == "active")
    except NoAnswer as why:
        if why.reason is not Reason.FAILED:  # which is how a unit that nobody loaded answers
            raise
        return False


def screen_locked(address: str) -> bool | Unread:
    """Just now. Whether it locks by itself is a setting in each person's own files."""
    try:
        found = [one for one in sessions(address) if one.graphical]
    except NoSessionManager:
        return _UNKNOWABLE
    if not found:
        return Unread(Reason.NOT_PRESENT, "Nobody is signed in at the screen.")
    return all(session.locked for session in found)


def count_updates(root: Path, until: float) -> int:
    """What apt-get would do, without doing it; raises NoAnswer, OSError."""
    command = ["apt-get", "-o", f"Dir={root}", "--simulate", "-qq", "dist-upgrade"]
    left = max(until - time.monotonic(), 0.1)
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=left, check=True,
            env=os.environ | {"LC_ALL": "C"},
        )  # fmt: skip
    except subprocess.TimeoutExpired as late:
        raise NoAnswer(Reason.TIMED_OUT) from late
    except subprocess.CalledProcessError as failed:
        raise NoAnswer(Reason.FAILED) from failed
    return sum(line.startswith("Inst ") for line in done.stdout.splitlines())


def updates_waiting(
    root: Path,
    work: Path,
    until: float,
    count: Callable[[Path, float], int] = count_updates,
) -> int | Unread:
    """What apt would bring up to date: counting takes seconds, so only when something changed."""
    seen = _apt_state(root)
    if seen is None:
        return Unread(Reason.NOT_SUPPORTED, "This system's updates cannot be counted.")
    if time.time() - seen[0] > STALE_S:
        return Unread(Reason.FAILED, "The laptop has not asked for updates for over two weeks.")
    if (remembered := _remembered(work / REMEMBERED, seen)) is not None:
        return remembered
    waiting = count(root, until)
    with suppress(OSError):  # on a full disk it is counted again
        (work / REMEMBERED).write_text(json.dumps({"seen": seen, "count": waiting}))
    return waiting


def _apt_state(root: Path) -> list[float] | None:
    """When updates were last asked for, and when a package last changed; None without apt."""
    lib = root / "var/lib"
    # Files that have not changed keep their dates, so the folders tell.
    asked = ("apt/lists", "apt/lists/partial", "apt/periodic/update-success-stamp")
    times = [(lib / name).stat().st_mtime for name in asked if (lib / name).exists()]
    status = lib / "dpkg/status"
    if not times or not status.exists() or not any((lib / "apt/lists").glob("*_Packages*")):
        return None
    return [max(times), status.stat().st_mtime]


def _remembered(file: Path, seen: list[float]) -> int | None:
    try:
        said: Any = json.loads(file.read_text())
        return int(said["count"]) if said["seen"] == seen else None
    except (OSError, ValueError, TypeError, KeyError):
        return None


def secure_boot(root: Path) -> bool | Unread:
    """Four bytes of attributes stand before the value."""
    firmware = root / "sys/firmware/efi"
    if not firmware.exists():
        return Unread(Reason.NOT_SUPPORTED, "This machine does not start by UEFI.")
    variable = firmware / "efivars" / _SECURE_BOOT
    if not variable.exists():
        return Unread(Reason.NOT_SUPPORTED, "This machine's firmware knows no Secure Boot.")
    return variable.read_bytes()[4] == 1
