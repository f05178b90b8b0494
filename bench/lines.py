"""One line of the benchmark: a value, and the yardstick taken in the same run."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Line:
    """`value` and `yardstick_value` share `unit`, so that their ratio travels to other machines.

    `steps` are the parts that `value` is made of, in `unit`, where they are known.
    """

    name: str
    value: float
    unit: str
    yardstick: str
    yardstick_value: float
    steps: dict[str, float] = field(default_factory=dict)

    @property
    def ratio(self) -> float:
        return self.value / self.yardstick_value
