"""`./dev package`: builds the wheel, tries it where nothing else of ours is installed, and makes
the laptop's Debian package of it.

Standard library only. It installs what a laptop gets, homeward[agent] with the versions of
requirements.lock, into a fresh environment, and looks at it from there.
"""

import json
import shutil
import subprocess
import sys
import tempfile
import venv
import zipfile
from pathlib import Path

import debian

ROOT = Path(__file__).resolve().parent.parent
DIST = ROOT / "dist"
NAMES = ("agent", "licensing", "owner", "portal", "shared")
LOOK = """
import importlib.util, json
specs = {name: importlib.util.find_spec(name) for name in %r}
print(json.dumps({name: spec and spec.origin for name, spec in specs.items()}))
"""


class Broken(Exception):
    """The wheel is not what it should be; the message says how."""


def main() -> int:
    try:
        wheel = build()
        check_names(wheel)
        with tempfile.TemporaryDirectory() as folder:
            brought = try_it(wheel, Path(folder))
        make_deb(wheel, brought)
    except Broken as problem:
        print(f"The package is not right: {problem}", file=sys.stderr)
        return 1
    print("The package works.")
    return 0


def build() -> Path:
    """Build the wheel into dist/ and return its path; what was built before goes."""
    for old in DIST.glob("homeward-*.whl"):
        old.unlink()
    # -P: the folder packaging/ must not stand before the library of that name.
    run(sys.executable, "-P", "-m", "hatchling", "build", "-t", "wheel", "-d", str(DIST))
    (wheel,) = DIST.glob("homeward-*.whl")
    size = wheel.stat().st_size / 1024
    print(f"Built {wheel.relative_to(ROOT)}, {size:.0f} KiB.")
    return wheel


def check_names(wheel: Path) -> None:
    """The wheel brings the five packages and no other top-level name."""
    with zipfile.ZipFile(wheel) as archive:
        brought = {name.split("/")[0] for name in archive.namelist()}
    ours = {name for name in brought if not name.endswith(".dist-info")}
    if ours != set(NAMES):
        raise Broken(f"it brings {sorted(ours)} instead of {sorted(NAMES)}")
    print(f"It brings {', '.join(NAMES)} and no other name.")


def try_it(wheel: Path, folder: Path) -> set[str]:
    """Install homeward[agent] alone and look at it from outside the source tree; what it brings."""
    print("Installing it with [agent] alone into a fresh environment…", flush=True)
    python = install(wheel, folder)
    found = json.loads(run(python, "-I", "-c", LOOK % ((*NAMES, "flask"),), cwd=folder))
    strangers = [name for name in NAMES if not str(found[name]).startswith(str(folder))]
    if strangers:
        raise Broken(f"{', '.join(strangers)} came from somewhere else")
    print("All five names come from the wheel.")
    if found["flask"]:
        raise Broken("the agent's dependencies bring Flask to the laptop")
    said = run(str(Path(python).parent / "homeward-agent"), "--help", cwd=folder)
    if "enroll" not in said:
        raise Broken("homeward-agent --help does not speak of enrolling")
    print("homeward-agent --help runs, without Flask installed.")
    listed = json.loads(run(python, "-m", "pip", "list", "--format=json"))
    return {str(each["name"]).lower().replace("_", "-") for each in listed}


def make_deb(wheel: Path, brought: set[str]) -> None:
    """The package for Debian 12, Ubuntu 22.04 and later, where this machine can make one."""
    if not shutil.which("dpkg-deb") or not shutil.which("apt-get"):
        print("No Debian package: that takes dpkg-deb and apt-get, on Debian 12.")
        return
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "-q")
    try:
        deb = debian.build(wheel, brought, pip)
    except subprocess.CalledProcessError as failed:
        raise Broken(f"{failed.cmd[0]} failed:\n{failed.stderr.strip()}") from failed
    size = deb.stat().st_size / 1024 / 1024
    print(f"Built {deb.relative_to(ROOT)}, {size:.1f} MiB.")


def install(wheel: Path, folder: Path) -> str:
    """A fresh environment's python, with the wheel and only what [agent] needs in it."""
    venv.create(folder / "venv", with_pip=True)
    bins = "Scripts" if sys.platform == "win32" else "bin"
    python = str(folder / "venv" / bins / "python")
    # Versions without hashes: pip demands hashes of all or none, and our wheel is minutes old.
    locked = (ROOT / "requirements.lock").read_text().splitlines()
    pins = [line.removesuffix("\\").strip() for line in locked if line[:1].isalpha()]
    (folder / "pins.txt").write_text("\n".join(pins) + "\n")
    pip = (python, "-m", "pip", "--disable-pip-version-check", "install", "-q")
    run(*pip, "-c", str(folder / "pins.txt"), f"homeward[agent] @ {wheel.as_uri()}")
    return python


def run(*command: str, cwd: Path = ROOT) -> str:
    """What the command printed; Broken with what it complained of when it failed."""
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True)
    if done.returncode:
        raise Broken(f"{Path(command[0]).name} {command[1]} failed:\n{done.stderr.strip()}")
    return done.stdout


if __name__ == "__main__":
    sys.exit(main())
