"""One line of the benchmark: a value, and the yardstick taken in the same run."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Line:
    """`value` and `yardstick_value` share `unit`, so that their ratio travels to other machines."""

    name: str
    value: float
    unit: str
    yardstick: str
    yardstick_value: float

    @property
    def ratio(self) -> float:
        return self.value / self.yardstick_value
