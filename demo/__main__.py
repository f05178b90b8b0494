"""`./dev demo`: portal, laptop and owner on one machine, a theft, and evidence only she can open.

Every step goes through the three programs people use; the demo only types for them.
"""

import json
import os
import shutil
import signal
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console

from demo.places import LATITUDE, LONGITUDE, write_city_database
from demo.processes import (
    DemoFailed,
    Part,
    ask,
    free_port,
    program,
    start,
    talk,
    wait_for_portal,
)

EMAIL = "alice@example.com"
PASSWORD = "demo: three gray herons"  # noqa: S105  (printed for everyone to try)
LAPTOP = "Demo laptop"
MARKER = ".homeward-demo"
FIRST_REPORT_S = 60

console = Console(stderr=True, highlight=False, soft_wrap=True)


@dataclass(frozen=True)
class Demo:
    """Where this run lives and how its programs are told so."""

    folder: Path
    url: str

    @property
    def portal_environment(self) -> dict[str, str]:
        return {
            "HOMEWARD_DATA_DIR": str(self.folder / "portal"),
            "HOMEWARD_PUBLIC_URL": self.url,
            "HOMEWARD_LISTEN": self.url.removeprefix("http://"),
            "HOMEWARD_CITY_DATABASE": str(self.folder / "places" / "demo-city.mmdb"),
        }

    @property
    def owner_environment(self) -> dict[str, str]:
        return {
            "HOMEWARD_HOME": str(self.folder / "owner"),
            "HOMEWARD_PORTAL": self.url,
            "HOMEWARD_PASSWORD_FILE": str(self.folder / "owner" / "password"),
        }

    @property
    def agent_settings(self) -> Path:
        return self.folder / "agent" / "agent.toml"


def main() -> int:
    leave_when_done = os.environ.get("HOMEWARD_DEMO_EXIT") == "1"
    folder = Path(os.environ.get("HOMEWARD_DEMO_DIR", ".demo")).resolve()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with ExitStack() as parts:
            verified = _run(_prepare(folder), parts)
            if not leave_when_done:
                _stay()
            return 0 if verified else 1
    except DemoFailed as failure:
        console.print(f"[red]The demo stopped.[/red] {failure}", markup=True)
        return 1
    except KeyboardInterrupt:
        console.print("\nStopped.")
        return 0


def _prepare(folder: Path) -> Demo:
    """An empty folder, or one an earlier demo made: nobody else's files are ever removed."""
    if folder.exists() and any(folder.iterdir()) and not (folder / MARKER).exists():
        raise DemoFailed(f"{folder} holds something else. Name an empty HOMEWARD_DEMO_DIR.")
    for name in ("portal", "agent", "owner", "places"):
        shutil.rmtree(folder / name, ignore_errors=True)
        (folder / name).mkdir(parents=True, mode=0o700)
    (folder / MARKER).write_text("Made by ./dev demo; everything in here is made up.\n")
    (folder / "owner" / "password").write_text(PASSWORD)
    return Demo(folder, f"http://127.0.0.1:{free_port()}")


def _run(demo: Demo, parts: ExitStack) -> bool:
    _say("1", "Starting the portal (SQLite, one process)")
    portal = _start_portal(demo, parts)
    _say("2", f"Registering the owner {EMAIL}")
    ask(_owner("register", EMAIL), demo.owner_environment)
    cameras = _find_cameras(demo, parts)
    _say("4", "Pairing the laptop: it shows a code, the owner types it")
    _pair(demo, cameras)
    _say("5", "Starting the agent; its first hourly report")
    agent = start("agent", _agent(demo, "run"), demo.folder / "agent" / "agent.log", {})
    parts.callback(agent.end)
    _wait_for_first_report(demo, (portal, agent))
    _say("6", "The drill: marked as stolen, evidence, recovered")
    summary = _drill(demo)
    print(json.dumps(summary), flush=True)
    _goodbye(demo)
    return bool(summary["verified"])


def _start_portal(demo: Demo, parts: ExitStack) -> Part:
    write_city_database(Path(demo.portal_environment["HOMEWARD_CITY_DATABASE"]))
    log = demo.folder / "portal" / "portal.log"
    portal = start("portal", [program("homeward-portal"), "run"], log, demo.portal_environment)
    parts.callback(portal.end)
    wait_for_portal(demo.url, portal)
    console.print(f"    {demo.url}")
    return portal


def _find_cameras(demo: Demo, parts: ExitStack) -> list[str]:
    """Nothing to add where the laptop has a camera; else a labelled test picture stream."""
    if any(Path("/dev").glob("video*")):
        _say("3", "Using this machine's camera")
        return []
    _say("3", "No camera on this machine: serving a labelled test picture on loopback")
    log = demo.folder / "agent" / "camera.log"
    camera = start("test picture", [sys.executable, "-m", "demo.camera", "--port", "0"], log, {})
    parts.callback(camera.end)
    return [str(_first_line(camera)["url"])]


def _first_line(part: Part) -> dict[str, Any]:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        part.must_live()
        for line in part.log.read_text().splitlines():
            if line.startswith("{"):
                return dict(json.loads(line))
        time.sleep(0.05)
    raise DemoFailed(f"The {part.name} did not start. What it said: {part.log}")


def _pair(demo: Demo, cameras: list[str]) -> None:
    here = f"latitude = {LATITUDE}, longitude = {LONGITUDE}, accuracy_m = 50.0"
    demo.agent_settings.write_text(
        f'portal = "{demo.url}"\n'
        f'state_dir = "{demo.folder / "agent" / "state"}"\n'
        f"cameras = {json.dumps(cameras)}\n"
        f"fixed_location = {{ {here} }}\n"
    )
    for said in talk(_agent(demo, "enroll", "--json"), {}, stdin="yes\n"):
        if "code" in said:
            console.print(f"    the laptop shows {said['code']}")
            pair = _owner("pair", str(said["code"]), "--name", LAPTOP, "--yes")
            paired = ask(pair, demo.owner_environment)
            console.print(f"    the owner's fingerprint is {paired['fingerprint']}")
        else:
            console.print(f"    the laptop shows the same: {said['fingerprint']}")


def _wait_for_first_report(demo: Demo, running: tuple[Part, ...]) -> None:
    deadline = time.monotonic() + FIRST_REPORT_S
    while time.monotonic() < deadline:
        for part in running:
            part.must_live()
        evidence = ask(_owner("evidence", LAPTOP), demo.owner_environment)
        if evidence["reports"]:
            console.print("    sealed on the laptop, opened by the owner")
            return
        time.sleep(0.3)
    raise DemoFailed(f"No report within {FIRST_REPORT_S} s. See {running[-1].log}")


def _drill(demo: Demo) -> dict[str, Any]:
    summary: dict[str, Any] = {}
    for said in talk(_owner("drill", LAPTOP), demo.owner_environment):
        if "verified" in said:
            summary = said
        else:
            console.print(f"    {said['after_s']:>6.2f} s  {said['what']}")
    if not summary:
        raise DemoFailed("The drill ended without its summary.")
    return summary


def _goodbye(demo: Demo) -> None:
    console.print(
        f"\nPortal    {demo.url}\nSign in   {EMAIL}   password: {PASSWORD}\n"
        f"Data      {demo.folder}  (the portal's half is in portal/; try to find a picture)\n"
    )


def _stay() -> None:
    console.print("The laptop goes on reporting. Ctrl-C ends the demo.")
    while True:
        time.sleep(3600)


def _owner(*words: str) -> list[str]:
    return [program("homeward"), *words, "--json"]


def _agent(demo: Demo, *words: str) -> list[str]:
    return [program("homeward-agent"), "--settings", str(demo.agent_settings), *words]


def _say(number: str, what: str) -> None:
    console.print(f"[bold]{number}[/bold]  {what}")


if __name__ == "__main__":
    sys.exit(main())
