"""What a command comes to, and what commands may reach."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from shared.command import Command


class Result(StrEnum):
    BEGUN = "begun"  # more will follow
    DONE = "done"
    REFUSED = "refused"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Outcome:
    """`detail` is a stable word or empty, `said` what was counted and measured. `settled`: the
    command was the owner's next one, and need not come again. `leaving`: nothing may happen
    afterwards but to go.
    """

    result: Result
    detail: str = ""
    said: dict[str, Any] = field(default_factory=dict)
    settled: bool = True
    leaving: bool = False

    def to_json(self) -> dict[str, Any]:
        """For one program of the agent to another, and for the disk."""
        return {name: getattr(self, name) for name in ("result", "detail", "said", "leaving")}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Outcome":
        """Raises KeyError, ValueError, TypeError."""
        said, leaving = dict(data["said"]), bool(data["leaving"])
        return cls(Result(data["result"]), str(data["detail"]), said, leaving=leaving)


@dataclass(frozen=True, slots=True)
class Hands:
    """All that commands may do to the laptop; `report` looks under the plan of the moment, `drill`
    rehearses a theft that was asked for at that time (ms).

    `lock` asks every screen to lock and reads back what became of it. `errand` has a program of its
    own carry out what takes longer than a beat; `holds` tells of a command that one has already.
    """

    report: Callable[[], None]
    drill: Callable[[int], None]
    lock: Callable[[], Outcome]
    errand: Callable[[Command], None]
    holds: Callable[[bytes], bool]


# For a laptop that is being let go: it hears, and does nothing more.
RESTING = Hands(
    report=lambda: None,
    drill=lambda asked: None,
    lock=lambda: Outcome(Result.FAILED, "leaving"),
    errand=lambda order: None,
    holds=lambda command_id: False,
)
