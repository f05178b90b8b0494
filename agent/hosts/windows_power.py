"""Heat and wear, as the firmware tells Windows: often nothing."""

from typing import Any

from agent.hosts.windows_shell import Rows, rows

_ZONES = (
    "Get-CimInstance -Namespace root/wmi MSAcpi_ThermalZoneTemperature"
    " | Select-Object InstanceName,CurrentTemperature"
)
# All three tell of the same batteries, in the same order.
_BATTERY = (
    "[pscustomobject]@{"
    "Full=@(Get-CimInstance -Namespace root/wmi BatteryFullChargedCapacity)[0].FullChargedCapacity;"
    "New=@(Get-CimInstance -Namespace root/wmi BatteryStaticData)[0].DesignedCapacity;"
    "Cycles=@(Get-CimInstance -Namespace root/wmi BatteryCycleCount)[0].CycleCount}"
)


def temperatures(asked: Rows = rows) -> list[tuple[str, float]]:
    """What each thermal zone is called and says, in degrees Celsius; told in tenths of a Kelvin."""
    told = [(row.get("InstanceName"), _number(row, "CurrentTemperature")) for row in asked(_ZONES)]
    return [(_zone(name), round(tenths / 10 - 273.15, 2)) for name, tenths in told if tenths]


def _zone(name: object) -> str:
    """TZ00 of "ACPI/ThermalZone/TZ00_0", whose slashes lean the other way."""
    return str(name or "").rpartition("\\")[2].removesuffix("_0")


def battery_wear(asked: Rows = rows) -> tuple[float | None, int | None]:
    """What a full charge holds, in percent of when it was new; and how often it was charged."""
    battery = next(iter(asked(_BATTERY)), {})
    full, new = _number(battery, "Full"), _number(battery, "New")
    percent = round(100 * full / new, 1) if full and new else None
    return percent, _number(battery, "Cycles")


def _number(row: dict[str, Any], name: str) -> int | None:
    """Firmware that does not know says 0."""
    value = row.get(name)
    return value if type(value) is int and value > 0 else None
