"""The agent's core as a process of its own, living through hours nobody has to wait for.

    python laptop_hours.py SETTINGS FIRST_MS HOURS

Each hour is a beat with the sensors' one observation: a place whose latitude tells the hour.
"""

import sys
from pathlib import Path

import requests

from agent import settings
from agent.beat import beat
from agent.moment import Moment
from agent.parts import World, locked, open_parts
from agent.plan import Plan
from agent.sensors import Look
from agent.uplink import Uplink
from shared.readings import Fix

HOUR_MS = 3_600_000


def main(path: str, first_ms: str, hours: str) -> None:
    chosen = settings.load(Path(path))
    for hour in range(int(hours)):
        now = Moment(int(first_ms) + hour * HOUR_MS, 1000.0 + hour * 3600, "one long boot")

        def look(plan: Plan, at: Moment = now, degrees: int = hour) -> Look:
            return Look({"location": Fix(degrees / 100, 13.4, 50.0, "wifi", at.t)}, ())

        with locked(chosen), requests.Session() as session:
            world = World(look, Uplink(chosen.portal, session))
            beat(open_parts(chosen, world, now), now, "due")


if __name__ == "__main__":
    main(*sys.argv[1:])
