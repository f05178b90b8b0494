"""Whether a look is due. Counted on the clock that includes sleep, never on the one people set.

Kept on disk before looking: a look that hangs or dies is not repeated at once, so no failure keeps
a camera open.
"""

from datetime import timedelta
from pathlib import Path

from agent import durable
from agent.errors import StateDamaged
from agent.moment import Moment
from agent.plan import Plan

NAME = "looked.json"
# How often a new network or waking up may bring a look forward, as a part of the interval.
EXTRA = 12


class Schedule:
    def __init__(self, folder: Path) -> None:
        self._path = folder / NAME
        self._looked: tuple[str, float, str] | None = None  # boot, boottime, for which plan

    def load(self) -> None:
        """Raises StateDamaged."""
        try:
            if data := durable.read_json(self._path):
                self._looked = (str(data["boot"]), float(data["boottime"]), str(data["plan"]))
        except (KeyError, TypeError, ValueError) as error:
            raise StateDamaged(NAME) from error

    def note(self, moment: Moment, plan: Plan) -> None:
        looked = (moment.boot_id, moment.boottime, plan.why)
        data = dict(zip(("boot", "boottime", "plan"), looked, strict=True))
        durable.write_json(self._path, data)
        self._looked = looked

    def left(self, moment: Moment, plan: Plan) -> timedelta:
        """Until the next look: nothing after a boot, or when the standing has changed."""
        if self._looked is None:
            return timedelta(0)
        boot, boottime, why = self._looked
        if (boot, why) != (moment.boot_id, plan.why):
            return timedelta(0)
        passed = timedelta(seconds=moment.boottime - boottime)
        return max(timedelta(0), plan.wait - passed)

    def is_due(self, moment: Moment, plan: Plan, *, news: bool = False) -> bool:
        """`news`: the laptop has woken up, or stands in another network."""
        left = self.left(moment, plan)
        return not left or (news and plan.wait - left >= plan.wait / EXTRA)
