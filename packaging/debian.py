"""Makes dist/homeward-agent_VERSION_ARCHITECTURE.deb: the agent with a Python of its own.

Standard library only; needs Debian 12, whose archive the interpreter comes from. The same sources
and archive give the same bytes.
"""

import os
import shutil
import sys
import tempfile
import tomllib
from collections.abc import Callable
from pathlib import Path

import runtime

ROOT = Path(__file__).resolve().parent.parent
HERE = ROOT / "packaging"
DIST = ROOT / "dist"
SCRIPTS = ("postinst", "prerm", "postrm")
# Where each file of packaging/ goes.
PLACES = {
    "deb/agent.toml": "etc/homeward",
    "deb/49-homeward.rules": "usr/share/polkit-1/rules.d",
    "desktop/homeward-indicator.desktop": "etc/xdg/autostart",
    "desktop/homeward-indicator.service": "usr/lib/systemd/user",
    "../LICENSE": "usr/share/doc/homeward-agent",
    "../README.md": "usr/share/doc/homeward-agent",
    "../CHANGELOG.md": "usr/share/doc/homeward-agent",
}


def build(wheel: Path, names: set[str], pip: tuple[str, ...]) -> Path:
    """`names` are the distributions that [agent] brings; `pip` the words that install them."""
    with tempfile.TemporaryDirectory(prefix="homeward-deb-") as folder:
        root, aside = Path(folder, "root"), Path(folder, "python")
        home = root / "opt/homeward"
        steps: dict[str, Callable[[], object]] = {
            "Python from Debian's archive": lambda: runtime.interpreter(home, aside),
            "libraries, by hash": lambda: runtime.libraries(
                home, ROOT / "requirements.lock", names, pip
            ),
            "the agent": lambda: runtime.agent(home, wheel),
            "compiling and trying it": lambda: runtime.finish(home),
            "settings, units, account": lambda: _lay(root),
            "packing": lambda: _pack(root),
        }
        for number, (what, step) in enumerate(steps.items()):
            _bar(number, len(steps), what)
            step()
        _bar(len(steps), len(steps), "done")
    return next(DIST.glob("homeward-agent_*.deb"))


def _bar(done: int, of: int, what: str) -> None:
    """One line that fills; a line each where nobody watches."""
    line = f"[{'#' * (4 * done)}{'.' * (4 * (of - done))}] {what}"
    start, end = ("\r\033[K", "" if done < of else "\n") if sys.stderr.isatty() else ("", "\n")
    print(start + line, end=end, file=sys.stderr, flush=True)


def _lay(root: Path) -> None:
    """Everything that does not belong to Python."""
    for name, place in PLACES.items():
        _put(HERE / name, root / place / Path(name).name)
    units = sorted((HERE / "systemd").iterdir())
    for unit in units:
        _put(unit, root / "usr/lib/systemd/system" / unit.name)
    _put(HERE / "deb/sysusers.conf", root / "usr/lib/sysusers.d/homeward.conf")
    session = root / "usr/lib/systemd/user/graphical-session.target.wants"
    session.mkdir()
    (session / "homeward-indicator.service").symlink_to("../homeward-indicator.service")
    (root / "usr/bin").mkdir(parents=True)
    (root / "usr/bin/homeward-agent").symlink_to("/opt/homeward/bin/homeward-agent")
    _control(root, " ".join(unit.name for unit in units if "[Install]" in unit.read_text()))


def _put(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)
    target.chmod(0o644)


def _control(root: Path, units: str) -> None:
    folder = root / "DEBIAN"
    folder.mkdir()
    size = sum(path.lstat().st_size for path in root.rglob("*") if path.is_file()) // 1024
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    facts = {
        "version": project["version"],
        "architecture": runtime.run("dpkg", "--print-architecture").strip(),
        "installed_size": str(size),
        "units": units,
    }
    for name in ("control", "conffiles", *SCRIPTS):
        text = (HERE / "deb" / name).read_text()
        for fact, value in facts.items():
            text = text.replace(f"{{{fact}}}", value)
        (folder / name).write_text(text)
        (folder / name).chmod(0o755 if name in SCRIPTS else 0o644)


def _pack(root: Path) -> None:
    for old in DIST.glob("homeward-agent_*.deb"):
        old.unlink()
    for path in root.rglob("*"):
        if not path.is_symlink():  # the same modes, whatever umask it was made under
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o111 else 0o644)
    moment = os.environ.get("SOURCE_DATE_EPOCH") or runtime.run(
        "git", "log", "-1", "--format=%ct", cwd=ROOT
    )
    options = ("--root-owner-group", "-Zxz", "--threads-max=2")
    runtime.run(
        "dpkg-deb", *options, "--build", str(root), str(DIST), SOURCE_DATE_EPOCH=moment.strip()
    )
