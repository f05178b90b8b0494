"""How well the laptop is protected: encrypted disk, firewall, locked screen, updates."""

from pathlib import Path
from typing import Any

from agent.sensors import child
from agent.settings import Settings
from shared.readings import Posture, Reason, Unread

NAME = "posture"
DEADLINE_S = 20.0


def read(settings: Settings, work_dir: Path, deadline_s: float = DEADLINE_S) -> Posture | Unread:
    answer = child.ask_system("system", NAME, deadline_s, work_dir)
    if isinstance(answer, Unread):
        return answer
    return Posture(**{name: _item(said) for name, said in answer.items()})


def _item(said: Any) -> Any:
    if isinstance(said, dict):
        return Unread(Reason(said["unread"]), said["detail"])
    return said
