"""`./dev demo`: portal, laptop and owner on one machine, a theft, and evidence only she can open.

Every step goes through the three programs people use; the demo only types for them.
"""

import json
import os
import signal
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from rich.console import Console

from demo import stage
from demo.processes import DemoFailed, ask, talk

console = Console(stderr=True, highlight=False, soft_wrap=True)


def main() -> int:
    """0 when the evidence was verified."""
    leave_when_done = os.environ.get("HOMEWARD_DEMO_EXIT") == "1"
    folder = Path(os.environ.get("HOMEWARD_DEMO_DIR", ".demo")).resolve()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with ExitStack() as parts:
            verified = _run(stage.prepare(folder, parts, _say))
            if not leave_when_done:
                _stay()
            return 0 if verified else 1
    except DemoFailed as failure:
        console.print("The demo stopped.", style="red")
        console.print(str(failure), markup=False)
        return 1
    except KeyboardInterrupt:
        console.print("\nStopped.")
        return 0


def _run(here: stage.Stage) -> bool:
    _step(1, "Starting the portal (SQLite, one process)")
    portal = stage.start_portal(here)
    _say(here.url)
    _step(2, f"Registering the owner, {stage.EMAIL}")
    stage.register(here)
    _step(3, "Looking for a camera")
    cameras = stage.find_cameras(here)
    _step(4, "Pairing: the laptop shows a code, the owner types it")
    stage.pair(here, cameras)
    _step(5, "Starting the agent, and its first hourly report")
    agent = stage.start_agent(here)
    stage.wait_for_first_report(here, portal, agent)
    _say("sealed on the laptop, stored by the portal, opened by the owner")
    _step(6, "The drill: marked as stolen, evidence, recovered")
    summary = _drill(here) | _everything(here)
    print(json.dumps(summary), flush=True)
    _goodbye(here)
    return bool(summary["verified"])


def _drill(here: stage.Stage) -> dict[str, Any]:
    summary: dict[str, Any] = {}
    for said in talk(*here.owner("drill", stage.LAPTOP)):
        if "verified" in said:
            summary = said
        else:
            _say(f"{said['after_s']:6.2f} s  {said['what']}")
    if not summary.get("verified"):
        raise DemoFailed(f"The drill's evidence was not verified: {json.dumps(summary)}")
    return summary


def _everything(here: stage.Stage) -> dict[str, Any]:
    """All that arrived since pairing, fetched and checked once more from the first byte."""
    evidence = ask(*here.owner("evidence", stage.LAPTOP))
    return {"reports": len(evidence["reports"]), "verified": evidence["verified"]}


def _goodbye(here: stage.Stage) -> None:
    console.print(
        f"\nPortal    {here.url}\n"
        f"Sign in   {stage.EMAIL}   password: {stage.PASSWORD}\n"
        f"Data      {here.folder}   (portal/ holds all the portal knows; nothing there opens)"
    )


def _stay() -> None:
    console.print("\nThe laptop goes on reporting. Ctrl-C ends the demo.")
    while True:
        time.sleep(3600)


def _step(number: int, what: str) -> None:
    console.print(f"[bold]{number}[/bold]  {what}")


def _say(what: str) -> None:
    console.print(f"   {what}", markup=False)


if __name__ == "__main__":
    sys.exit(main())
