"""What a command comes to, and what commands may reach."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum


class Result(StrEnum):
    DONE = "done"
    REFUSED = "refused"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Outcome:
    """`detail` is a stable word or empty. `settled`: the command was the owner's next one, and need
    not come again. `leaving`: nothing may happen afterwards but to go.
    """

    result: Result
    detail: str = ""
    settled: bool = True
    leaving: bool = False


@dataclass(frozen=True, slots=True)
class Hands:
    """All that commands may do to the laptop; `report` looks under the plan of the moment."""

    report: Callable[[], None]
