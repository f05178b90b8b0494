"""A Python of the agent's own, in a folder that may lie anywhere: the interpreter from Debian's
packages, the agent from our wheel, what it stands on from requirements.lock, by hash.

Standard library only. A laptop's own Python may come, change and go without touching the agent.
"""

import os
import shutil
import subprocess
import zipfile
from pathlib import Path

VERSION = "3.11"
DEBS = (f"python{VERSION}-minimal", f"libpython{VERSION}-minimal", f"libpython{VERSION}-stdlib")
OURS = ("agent", "shared")
# Of the rules of licenses the agent needs those of its own lease alone.
LENT = tuple(f"licensing/{name}.py" for name in ("__init__", "errors", "lease", "roots"))
ELSEWHERE = ("macos", "windows")  # how the modules that only another system loads are called
STARTER = """\
#!/opt/homeward/bin/python{version} -I
import sys

from agent.cli import main

sys.exit(main())
"""
# Parts of the standard library that nothing here imports: they are large, or want libraries that a
# laptop may not have.
UNUSED = (
    "ensurepip", "idlelib", "lib2to3", "pydoc_data", "test", "tkinter", "turtle*", "unittest",
    "sitecustomize.py", "dbm", "sqlite3", "curses", "config-*", "EXTERNALLY-MANAGED",
    *(f"lib-dynload/{name}.*" for name in (
        "_ctypes_test", "_curses", "_curses_panel", "_dbm", "_sqlite3", "_test*", "_crypt", "_uuid",
        "_xx*", "nis", "ossaudiodev", "readline", "xx*",
    )),
)  # fmt: skip
# Of what pip installs: tests and headers, which are half of NumPy, and pictures of faces.
NEEDLESS = ("numpy/**/tests", "numpy/_core/include", "numpy/f2py", "cv2/data/*.xml", "bin")
LOOK = """
import importlib, pkgutil
import cv2, agent.cli
for module in pkgutil.walk_packages(agent.__path__, "agent."):
    if not module.name.endswith(".tk_window"):  # that one runs in the person's own Python
        importlib.import_module(module.name)
"""


def run(*command: str, cwd: Path | None = None, **variables: str) -> str:
    """What the command printed; raises CalledProcessError."""
    environment = os.environ | variables
    return subprocess.run(
        command, cwd=cwd, env=environment, check=True, capture_output=True, text=True
    ).stdout


def interpreter(home: Path, aside: Path) -> None:
    """Python and its standard library, signed for by Debian, as `home`/bin and `home`/lib."""
    aside.mkdir()
    run("apt-get", "download", "-q", *DEBS, cwd=aside)
    for deb in sorted(aside.glob("*.deb")):
        run("dpkg-deb", "-x", str(deb), str(aside / "root"))
    (home / "bin").mkdir(parents=True)
    python = aside / "root/usr/bin" / f"python{VERSION}"
    shutil.move(python, home / "bin")
    shutil.move(aside / f"root/usr/lib/python{VERSION}", home / f"lib/python{VERSION}")
    _remove(home / f"lib/python{VERSION}", UNUSED)
    notices = home / "share/doc"
    notices.mkdir(parents=True)
    shutil.copy(aside / f"root/usr/share/doc/libpython{VERSION}-minimal/copyright", notices)


def libraries(home: Path, lock: Path, names: set[str], pip: tuple[str, ...]) -> None:
    """What the agent stands on, and nothing that only the portal or an owner needs."""
    only = home.parent / "agent.lock"
    only.write_text("".join(block for name, block in _blocks(lock) if name in names))
    run(*pip, "--require-hashes", "--no-deps", "--only-binary=:all:", "--no-compile",
        f"--python-version={VERSION}", f"--target={_packages(home)}", "-r", str(only))  # fmt: skip
    only.unlink()
    _remove(_packages(home), NEEDLESS)


def _blocks(lock: Path) -> list[tuple[str, str]]:
    """Each pinned name with its lines of hashes."""
    blocks: list[tuple[str, str]] = []
    for line in lock.read_text().splitlines(keepends=True):
        if line[:1].isalnum():
            blocks.append((line.partition("==")[0].partition("[")[0], line))
        elif blocks and line[:1].isspace():
            blocks[-1] = (blocks[-1][0], blocks[-1][1] + line)
    return blocks


def agent(home: Path, wheel: Path) -> None:
    """Of our wheel the agent and what it shares with the others; and the word that starts it."""
    with zipfile.ZipFile(wheel) as archive:
        names = [name for name in archive.namelist() if _belongs(name)]
        archive.extractall(_packages(home), names)
    starter = home / "bin/homeward-agent"
    starter.write_text(STARTER.format(version=VERSION))
    starter.chmod(0o755)


def _belongs(name: str) -> bool:
    if name in LENT:
        return True
    folder, *_, file = name.split("/")
    return folder in OURS and not file.startswith(ELSEWHERE)


def finish(home: Path) -> None:
    """Compile everything: no account that runs the agent may write here. Then try it."""
    python = str(home / "bin" / f"python{VERSION}")
    for old in home.rglob("__pycache__"):
        shutil.rmtree(old)
    compiled = ("-m", "compileall", "-q", "-s", str(home), "-p", "/opt/homeward")
    run(python, "-I", *compiled, "--invalidation-mode", "unchecked-hash", str(home / "lib"))
    run(python, "-I", "-c", LOOK)


def _packages(home: Path) -> Path:
    return home / f"lib/python{VERSION}/dist-packages"


def _remove(folder: Path, patterns: tuple[str, ...]) -> None:
    for pattern in patterns:
        for path in [*folder.glob(pattern)]:
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)
