"""What a drill has in the cameras' place: a picture that a program drew. No camera is opened."""

from pathlib import Path

from agent.plan import TEST_PICTURE
from agent.sensors import camera, child
from agent.sensors.camera import Album
from agent.settings import Settings
from shared.readings import Reason, Snapshots, Unread

NAME = TEST_PICTURE
LABEL = "test picture"
DEADLINE_S = 15


def read(settings: Settings, work_dir: Path) -> Album | Unread:
    try:
        said = child.ask(
            "agent.children.test_picture", {"deadline_s": DEADLINE_S}, DEADLINE_S, work_dir
        )
    except child.TimedOut:
        return Unread(Reason.TIMED_OUT, "The test picture was not drawn in time.")
    except child.Died:
        return Unread(Reason.FAILED, "The program that draws the test picture crashed.")
    shot, picture = camera.parse(LABEL, said, index=0)
    return Album(Snapshots((shot,)), (picture,) if picture else ())
