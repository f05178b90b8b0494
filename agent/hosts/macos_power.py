"""Heat, as the battery's own controller tells (macOS)."""

from typing import Any

from agent.hosts.asked import Ask, ask, property_list


def temperatures(asked: Ask = ask) -> list[float]:
    """The battery's, in degrees Celsius: the others are shown to no program."""
    hundredths = _battery(asked).get("Temperature")
    return [hundredths / 100] if type(hundredths) is int else []


def _battery(asked: Ask) -> dict[str, Any]:
    return property_list(asked(["/usr/sbin/ioreg", "-r", "-n", "AppleSmartBattery", "-a"]))
