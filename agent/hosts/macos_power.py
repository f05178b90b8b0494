"""Heat and wear, as the battery's own controller tells (macOS)."""

from typing import Any

from agent.hosts.asked import Ask, ask, property_list


def temperatures(asked: Ask = ask) -> list[tuple[str, float]]:
    """The battery's, in degrees Celsius: the others are shown to no program."""
    hundredths = _battery(asked).get("Temperature")
    return [("battery", hundredths / 100)] if type(hundredths) is int else []


def battery_wear(asked: Ask = ask) -> tuple[float | None, int | None]:
    """What a full charge holds, in percent of when it was new; and how often it was charged."""
    battery = _battery(asked)
    full, new = battery.get("AppleRawMaxCapacity"), battery.get("DesignCapacity")
    known = type(full) is int and type(new) is int and full > 0 and new > 0
    cycles = battery.get("CycleCount")
    percent = round(100 * full / new, 1) if known and full and new else None
    return percent, cycles if type(cycles) is int and cycles > 0 else None


def _battery(asked: Ask) -> dict[str, Any]:
    return property_list(asked(["/usr/sbin/ioreg", "-r", "-n", "AppleSmartBattery", "-a"]).encode())
