"""The Wi-Fi around the laptop: it tells where it is long after the laptop has moved on."""

from pathlib import Path

from agent.sensors import child
from agent.settings import Settings
from shared.readings import AccessPoint, Unread, Wifi

NAME = "wifi"
DEADLINE_S = 15.0  # eight seconds to scan, and the answers


def read(settings: Settings, work_dir: Path, deadline_s: float = DEADLINE_S) -> Wifi | Unread:
    answer = child.ask_system("around", NAME, deadline_s, work_dir)
    if isinstance(answer, Unread):
        return answer
    heard = tuple(AccessPoint(**one) for one in answer["access_points"])
    return Wifi(heard, answer["connected"])
