"""The stage: a portal, an owner and a paired laptop in one folder, all real programs.

Used by `./dev demo`, by the journeys in tests/ and by the benchmarks.
"""

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from agent.hosts import host
from demo.places import LATITUDE, LONGITUDE, write_city_database
from demo.processes import DemoFailed, Part, ask, free_port, program, start, talk, wait_for_portal

EMAIL = "alice@example.com"
PASSWORD = "demo: three gray herons"  # noqa: S105  (printed for everyone to try)
LAPTOP = "Demo laptop"
MARKER = ".homeward-demo"
FIRST_REPORT_S = 60
CAMERA_S = 15


@dataclass(frozen=True)
class Stage:
    """Where the parts live, how they are told so, and whom to tell what happens."""

    folder: Path
    url: str
    parts: ExitStack
    say: Callable[[str], None] = field(default=lambda what: None)

    @property
    def portal_environment(self) -> dict[str, str]:
        return {
            "HOMEWARD_DATA_DIR": str(self.folder / "portal"),
            "HOMEWARD_PUBLIC_URL": self.url,
            "HOMEWARD_LISTEN": f"127.0.0.1:{urlsplit(self.url).port}",
            "HOMEWARD_CITY_DATABASE": str(self.folder / "places" / "demo-city.mmdb"),
        }

    @property
    def agent_settings(self) -> Path:
        return self.folder / "agent" / "agent.toml"

    def owner(self, *words: str) -> tuple[list[str], dict[str, str]]:
        """A command line of the owner's client, and the environment to run it in."""
        home = self.folder / "owner"
        environment = {
            "HOMEWARD_HOME": str(home),
            "HOMEWARD_PORTAL": self.url,
            "HOMEWARD_PASSWORD_FILE": str(home / "password"),
        }
        return [program("homeward"), *words, "--json"], environment

    def agent(self, *words: str) -> list[str]:
        """A command line of the agent."""
        return [program("homeward-agent"), "--settings", str(self.agent_settings), *words]


def prepare(folder: Path, parts: ExitStack, say: Callable[[str], None]) -> Stage:
    """An empty folder, or one an earlier demo made: nobody else's files are ever removed."""
    if folder.exists() and any(folder.iterdir()) and not (folder / MARKER).exists():
        raise DemoFailed(f"{folder} holds something else. Name an empty HOMEWARD_DEMO_DIR.")
    for name in ("portal", "agent", "owner", "places"):
        shutil.rmtree(folder / name, ignore_errors=True)
        (folder / name).mkdir(parents=True, mode=0o700)
    (folder / MARKER).write_text("Made by ./dev demo; everything in here is made up.\n")
    (folder / "owner" / "password").write_text(PASSWORD)
    return Stage(folder, f"http://localhost:{free_port()}", parts, say)


def start_portal(stage: Stage) -> Part:
    """The portal, answering, with its city database of one made-up city."""
    write_city_database(Path(stage.portal_environment["HOMEWARD_CITY_DATABASE"]))
    log = stage.folder / "portal" / "portal.log"
    portal = start("portal", [program("homeward-portal"), "run"], log, stage.portal_environment)
    stage.parts.callback(portal.end)
    wait_for_portal(stage.url, portal)
    return portal


def register(stage: Stage) -> None:
    """The demo's owner."""
    ask(*stage.owner("register", EMAIL))


def find_cameras(stage: Stage) -> list[str]:
    """Nothing to add where the laptop has a camera that works; else a labeled test picture."""
    if _camera_works():
        stage.say("this machine has a camera: it will be used")
        return []
    stage.say("no camera on this machine: a labeled test picture on loopback stands in")
    log = stage.folder / "agent" / "camera.log"
    camera = start("test picture", [sys.executable, "-m", "demo.camera", "--port", "0"], log, {})
    stage.parts.callback(camera.end)
    return [str(_first_line(camera)["url"])]


def _camera_works() -> bool:
    """Ask the agent's own camera program, which gives each device no longer than it may take."""
    for number in host.built_in_cameras():
        request = json.dumps({"source": number, "deadline_s": CAMERA_S}).encode()
        looked = subprocess.run(
            [sys.executable, "-m", "agent.children.camera"], input=request, capture_output=True,
            check=False,
        )  # fmt: skip
        if b'"picture"' in looked.stdout.partition(b"\n")[0]:
            return True
    return False


def _first_line(part: Part) -> dict[str, Any]:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        part.must_live()
        for line in part.log.read_text().splitlines():
            if line.startswith("{"):
                return dict(json.loads(line))
        time.sleep(0.05)
    raise DemoFailed(f"The {part.name} did not start. What it said: {part.log}")


def write_settings(stage: Stage, cameras: list[str], push: bool = True) -> None:
    """What the agent on this laptop is told before it is paired."""
    here = f"latitude = {LATITUDE}, longitude = {LONGITUDE}, accuracy_m = 50.0"
    stage.agent_settings.write_text(
        f'portal = "{stage.url}"\n'
        f'state_dir = "{stage.folder / "agent" / "state"}"\n'
        f"cameras = {json.dumps(cameras)}\n"
        f"push = {json.dumps(push)}\n"
        f"fixed_location = {{ {here} }}\n"
    )


def pair(stage: Stage, cameras: list[str], push: bool = True) -> None:
    """The laptop shows its code, the owner types it."""
    write_settings(stage, cameras, push)
    for said in talk(stage.agent("enroll", "--json"), {}, stdin="yes\n"):
        if "code" in said:
            stage.say(f"the laptop shows {said['code']}")
            paired = ask(*stage.owner("pair", str(said["code"]), "--name", LAPTOP, "--yes"))
            stage.say(f"the owner's client shows the fingerprint {paired['fingerprint']}")
        else:
            stage.say(f"the laptop shows the same one:           {said['fingerprint']}")


def start_agent(stage: Stage) -> Part:
    """The resident supervisor, which looks at once."""
    log = stage.folder / "agent" / "agent.log"
    agent = start("agent", stage.agent("run"), log, {})
    stage.parts.callback(agent.end)
    return agent


def wait_for_first_report(stage: Stage, *running: Part) -> None:
    """Until the owner has opened one; raises DemoFailed."""
    deadline = time.monotonic() + FIRST_REPORT_S
    while time.monotonic() < deadline:
        for part in running:
            part.must_live()
        if ask(*stage.owner("evidence", LAPTOP))["reports"]:
            return
        time.sleep(0.3)
    raise DemoFailed(f"No report within {FIRST_REPORT_S} s. See {stage.folder / 'agent'}")
