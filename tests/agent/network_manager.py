"""NetworkManager as far as the agent asks it: radios, and what they hear."""

from dataclasses import dataclass, field
from typing import Any

from dbus_fast import Variant

from agent.hosts.linux_process import boottime
from tests.agent.bus import Reply, Service

NM = "org.freedesktop.NetworkManager"
ROOT = "/org/freedesktop/NetworkManager"
RADIO, WIRE = f"{ROOT}/Devices/1", f"{ROOT}/Devices/2"
BUSY = f"{NM}.Device.NotAllowed"
FORBIDDEN = f"{NM}.PermissionDenied"


def said(
    bssid: str, ssid: bytes = b"Home", strength: int = 60, frequency: int = 2412
) -> dict[str, Variant]:
    return {
        "HwAddress": Variant("s", bssid),
        "Ssid": Variant("ay", ssid),
        "Strength": Variant("y", strength),
        "Frequency": Variant("u", frequency),
    }


@dataclass
class NetworkManager:
    """`around` is heard after a scan; `refusal` is the error that every request for one meets."""

    known: list[dict[str, Variant]] = field(default_factory=list)
    around: list[dict[str, Variant]] = field(default_factory=list)
    connected: int | None = None
    refusal: str | None = None
    radios: tuple[str, ...] = (WIRE, RADIO)

    def __post_init__(self) -> None:
        self.service = Service(NM)
        self.service.methods = {
            (ROOT, "GetDevices"): lambda: ("ao", [list(self.radios)]),
            (RADIO, "RequestScan"): self._scan,
        }
        self.service.properties = {
            WIRE: {"DeviceType": Variant("u", 1)},
            RADIO: {"DeviceType": Variant("u", 2), "LastScan": Variant("x", -1)},
        }
        self._hear(self.known)

    @property
    def radio(self) -> dict[str, Variant]:
        return self.service.properties[RADIO]

    def _scan(self, options: dict[str, Any]) -> Reply:
        if self.refusal:
            return self.refusal
        self._hear(self.around)
        self.radio["LastScan"] = Variant("x", int(boottime() * 1000))
        return "", []

    def _hear(self, points: list[dict[str, Variant]]) -> None:
        paths = [f"{ROOT}/AccessPoint/{n}" for n in range(len(points))]
        self.service.properties |= dict(zip(paths, points, strict=True))
        self.radio["AccessPoints"] = Variant("ao", paths)
        active = "/" if self.connected is None else f"{ROOT}/AccessPoint/{self.connected}"
        self.radio["ActiveAccessPoint"] = Variant("o", active)
