"""What the Debian package brings besides Python: units, scripts of its installation, settings."""

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from agent import settings
from agent.errors import BadSettings

ROOT = Path(__file__).resolve().parent.parent
UNITS = sorted((ROOT / "packaging" / "systemd").iterdir())
DEB = ROOT / "packaging" / "deb"
# Imports all that the package brings, where nothing else is found: see packaging/runtime.py.
BRINGS = """
import importlib, pkgutil, sys
import agent

class Elsewhere:
    def find_spec(name, path, target=None):
        if name.rpartition(".")[2].startswith(("macos", "windows")):
            raise ModuleNotFoundError(name)

sys.meta_path.insert(0, Elsewhere)
for module in pkgutil.walk_packages(agent.__path__, "agent."):
    last = module.name.rpartition(".")[2]
    if not last.startswith(("macos", "windows", "tk_window")):
        importlib.import_module(module.name)
"""
MOST_EXPOSED = 2.0  # of 10, by systemd-analyze's own count

needs_systemd = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="systemd is not on this machine"
)


@needs_systemd
def test_systemd_understands_every_unit(tmp_path: Path) -> None:
    """In a root of their own, where what they start exists."""
    place = tmp_path / "usr/lib/systemd/system"
    place.mkdir(parents=True)
    usual = Path("/usr/lib/systemd/system")
    for unit in (*UNITS, *usual.glob("*.target"), *usual.glob("*.slice")):
        shutil.copy(unit, place, follow_symlinks=False)
    program(tmp_path / "usr/bin/homeward-agent")
    program(tmp_path / "usr/bin/kill")
    program(tmp_path / "opt/homeward/bin/python3.11")
    (tmp_path / "bin").symlink_to("usr/bin")
    names = [unit.name for unit in UNITS]
    command = ["systemd-analyze", "verify", f"--root={tmp_path}", "--man=no", *names]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert [line for line in done.stderr.splitlines() if "homeward" in line] == []
    assert done.returncode == 0, done.stderr


def program(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)


@needs_systemd
def test_systemd_starts_the_sign_in_each_desktop(tmp_path: Path) -> None:
    place = tmp_path / "usr/lib/systemd/user"
    place.mkdir(parents=True)
    unit = ROOT / "packaging/desktop/homeward-indicator.service"
    for known in (unit, *Path("/usr/lib/systemd/user").glob("*.target")):
        shutil.copy(known, place, follow_symlinks=False)
    program(tmp_path / "opt/homeward/bin/python3.11")
    command = ["systemd-analyze", "verify", "--user", f"--root={tmp_path}", "--man=no", unit.name]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert [line for line in done.stderr.splitlines() if "homeward" in line] == []
    assert "Restart=always" in unit.read_text()


@needs_systemd
def test_the_service_is_shut_in(tmp_path: Path) -> None:
    threshold = str(round(MOST_EXPOSED * 10))
    unit = str(ROOT / "packaging" / "systemd" / "homeward.service")
    command = ["systemd-analyze", "security", "--offline=true", f"--threshold={threshold}", unit]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


@pytest.mark.skipif(sys.platform != "linux", reason="the package is Linux's")
def test_what_only_other_systems_load_is_not_missed() -> None:
    done = subprocess.run([sys.executable, "-c", BRINGS], capture_output=True, check=False)
    assert done.stderr == b""


@pytest.mark.parametrize("name", ["postinst", "prerm", "postrm"])
def test_the_shell_understands_what_an_installation_runs(name: str) -> None:
    done = subprocess.run(["/bin/sh", "-n", str(DEB / name)], capture_output=True, check=False)
    assert done.stderr == b""


def test_the_shipped_settings_name_no_portal_and_are_good_once_one_is_named() -> None:
    """Nothing can be paired before a person has written whom the laptop reports to."""
    shipped = DEB / "agent.toml"
    with pytest.raises(BadSettings, match="portal is missing"):
        settings.load(shipped)
    text = shipped.read_text().replace("# portal =", "portal =")
    named = settings.parse(tomllib.loads(text.replace("…", "portal.example")))
    assert named.portal == "https://portal.example"
    assert named.state_dir == Path("/var/lib/homeward")


def test_only_the_agents_account_reaches_what_acts_as_root() -> None:
    named = tomllib.loads((DEB / "agent.toml").read_text())
    socket = (ROOT / "packaging" / "systemd" / "homeward-action.socket").read_text().splitlines()
    assert {f"ListenStream={named['action_socket']}", "SocketMode=0600"} < set(socket)
    service = (ROOT / "packaging" / "systemd" / "homeward-action@.service").read_text()
    assert f"StateDirectory={Path(named['action_state']).name}\n" in service
