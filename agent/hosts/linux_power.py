"""Heat, and how worn the battery is: what psutil does not say (Linux)."""

from pathlib import Path

from agent.hosts.linux_files import lines, number


def temperatures(classes: Path = Path("/sys/class")) -> list[tuple[str, float]]:
    """What each sensor of the laptop is called and says, in degrees Celsius."""
    chips = classes.glob("hwmon/hwmon*/temp*_input")
    zones = classes.glob("thermal/thermal_zone*/temp")
    found = [(_chip(file), number(file)) for file in chips]
    found += [(_name(file.with_name("type")), number(file)) for file in zones]
    return [(name, thousandths / 1000) for name, thousandths in found if thousandths is not None]


def _chip(file: Path) -> str:
    label = file.with_name(file.name.replace("_input", "_label"))
    return " ".join(filter(None, (_name(file.with_name("name")), _name(label))))


def _name(file: Path) -> str:
    return " ".join(lines(file))


def battery_wear(
    supplies: Path = Path("/sys/class/power_supply"),
) -> tuple[float | None, int | None]:
    """What a full charge holds, in percent of what it held when new; and how often it was charged.

    Some batteries count in energy, others in charge.
    """
    battery = _battery(supplies)
    full = next(filter(None, (number(battery / f"{kind}_full") for kind in _COUNTED_IN)), None)
    new = next(filter(None, (number(battery / f"{kind}_full_design") for kind in _COUNTED_IN)), 0)
    cycles = number(battery / "cycle_count")
    percent = round(100 * full / new, 1) if full and new and full > 0 and new > 0 else None
    return percent, cycles or None  # firmware that does not count says 0


_COUNTED_IN = ("energy", "charge")


def _battery(supplies: Path) -> Path:
    """The one psutil reads, too: batteries of mice and headsets have other names."""
    return min(supplies.glob("BAT*"), default=supplies / "none")
