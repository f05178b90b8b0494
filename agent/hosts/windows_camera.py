"""Which cameras the laptop has, and whether its privacy settings let programs see (Windows)."""

from agent.hosts.windows_shell import Rows, rows

CAMERA_BACKEND = "CAP_MSMF"
CAMERA_PATH = "camera:"  # Windows' paths for cameras mean nothing to OpenCV: they are numbers
_CAMERAS = (
    "Get-CimInstance Win32_PnPEntity -Filter \"PNPClass='Camera' OR PNPClass='Image'\""
    " | Where-Object Present | Sort-Object PNPClass | Select-Object Name,Service"
)
_CONSENT = (
    r"Get-ItemProperty 'HKLM:\SOFTWARE\Microsoft\Windows\CurrentVersion\CapabilityAccessManager"
    r"\ConsentStore\webcam' | Select-Object Value"
)
_VIDEO = "usbvideo"  # the driver of nearly every camera; scanners are images, too


def built_in_cameras(asked: Rows = rows) -> dict[str, str]:
    """Each camera's number and name. Windows does not say in which order OpenCV counts them."""
    names = [row.get("Name") for row in asked(_CAMERAS) if _is_camera(row.get("Service"))]
    return {str(n): str(name) for n, name in enumerate(names)}


def camera_is_refused(number: str, asked: Rows = rows) -> bool:
    """Whether the laptop's privacy settings keep every program from its cameras."""
    return any(row.get("Value") == "Deny" for row in asked(_CONSENT))


def _is_camera(service: object) -> bool:
    return isinstance(service, str) and service.lower() == _VIDEO
