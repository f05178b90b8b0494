import json
import socket
import subprocess
import sys
from base64 import urlsafe_b64decode
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
import psutil
import pytest

from agent.children.camera import develop, glance
from agent.hosts.linux import built_in_cameras
from agent.sensors import camera
from agent.settings import Settings
from demo.camera import TestCamera, frame, scene
from shared.readings import CameraUnread, Reason, Unread

NOON = 1_800_000_000.0
START_OF_IMAGE = b"\xff\xd8\xff"


def settings(*cameras, built_in=False):
    return Settings(
        "http://127.0.0.1:1", Path("/nowhere"), cameras=cameras, use_builtin_cameras=built_in
    )


def look_at(url, work_dir):
    """The one camera's snapshot and picture."""
    album = camera.read(settings(url), work_dir)
    (snapshot,) = album.snapshots.cameras
    return snapshot, album.pictures


def pixels_of(jpeg):
    return cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)


def thumbnail_of(snapshot):
    return urlsafe_b64decode(snapshot.thumbnail + "=" * (-len(snapshot.thumbnail) % 4))


@pytest.mark.parametrize("mode", ["ok", "warmup", "cut"])
def test_it_takes_a_still_from_a_stream(mode, tmp_path):
    with TestCamera(mode) as stream:
        snapshot, (picture,) = look_at(stream.url, tmp_path)
    assert (snapshot.picture, snapshot.width, snapshot.height) == ("ok", 960, 540)
    assert snapshot.index == 0
    assert pixels_of(picture).shape == (540, 960, 3)


def test_it_waits_until_the_exposure_has_settled(tmp_path):
    with TestCamera("warmup") as stream:
        _, (picture,) = look_at(stream.url, tmp_path)
    assert pixels_of(picture).mean() > 0.9 * scene(NOON).mean()


@pytest.mark.parametrize(("mode", "word"), [("black", "black"), ("cover", "covered")])
def test_a_lens_that_sees_nothing_is_told_and_shown_small(mode, word, tmp_path):
    with TestCamera(mode) as stream:
        snapshot, (picture,) = look_at(stream.url, tmp_path)
    assert snapshot.picture == word
    assert (snapshot.width, snapshot.height) == (640, 360)
    assert pixels_of(picture).shape == (360, 640, 3)


def test_it_takes_a_still_from_a_file(tmp_path):
    film = tmp_path / "film.avi"
    writer = cv2.VideoWriter(str(film), cv2.VideoWriter_fourcc(*"MJPG"), 15, (1280, 720))
    for number in range(6):
        writer.write(frame("ok", number, NOON))
    writer.release()
    snapshot, (picture,) = look_at(str(film), tmp_path)
    assert (snapshot.camera, snapshot.picture) == ("film.avi", "ok")
    assert picture.startswith(START_OF_IMAGE)


def test_a_stream_that_hangs_is_left_and_the_next_camera_still_looks(tmp_path):
    with TestCamera("hang") as silent, TestCamera("ok") as good:
        album = camera.read(settings(silent.url, good.url), tmp_path)
    hung, snapshot = album.snapshots.cameras
    assert isinstance(hung, CameraUnread)
    assert hung.unread is Reason.TIMED_OUT
    assert (snapshot.picture, snapshot.index) == ("ok", 0)
    assert len(album.pictures) == 1


def test_a_camera_beyond_its_deadline_is_ended(tmp_path):
    with TestCamera("hang") as silent, TestCamera("ok") as never_reached:
        album = camera.read(settings(silent.url, never_reached.url), tmp_path, deadline_s=1.0)
    assert [one.unread for one in album.snapshots.cameras] == [Reason.TIMED_OUT] * 2
    assert album.pictures == ()


def test_a_camera_that_is_not_there_says_so(tmp_path):
    unread, pictures = look_at(str(tmp_path / "missing.avi"), tmp_path)
    assert (unread.camera, unread.unread) == ("missing.avi", Reason.FAILED)
    assert "could not be opened" in unread.detail
    assert pictures == ()


def test_a_number_that_is_no_camera_says_so(tmp_path):
    unread, _ = look_at("63", tmp_path)
    assert (unread.camera, unread.unread) == ("Camera (63)", Reason.FAILED)


def test_no_plain_picture_touches_the_disk(tmp_path):
    with TestCamera("ok") as stream:
        _, pictures = look_at(stream.url, tmp_path)
    assert pictures
    assert list(tmp_path.iterdir()) == []


def test_a_picture_holds_pixels_and_nothing_else(tmp_path):
    with TestCamera("ok") as stream:
        snapshot, (picture,) = look_at(stream.url, tmp_path)
    for jpeg in (picture, thumbnail_of(snapshot)):
        assert jpeg.startswith(START_OF_IMAGE)
        assert b"Exif" not in jpeg


@pytest.mark.parametrize("size", [(1280, 720), (720, 1280), (64, 48), (4000, 100)])
def test_a_thumbnail_is_tiny_however_wild_the_picture(size):
    width, height = size
    noise = np.random.default_rng(7).integers(0, 256, (height, width, 3), dtype=np.uint8)
    facts, picture = develop(glance(noise))
    assert len(facts["thumbnail"]) <= 6000
    assert max(pixels_of(urlsafe_b64decode(facts["thumbnail"] + "==")).shape) <= 160
    assert facts["width"] <= 960
    assert pixels_of(picture).shape == (facts["height"], facts["width"], 3)


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"nonsense\n\xff\xd8\xff",
        b'{"picture": "ok", "surprise": 1}\n',
        b'{"unread": "bored", "detail": ""}\n',
        b'{"unread": "failed"}\n',
        b'{"picture": "ok", "width": 1, "height": 1, "thumbnail": "%s"}\n' % (b"A" * 9000),
    ],
)
def test_a_program_that_talks_nonsense_took_no_picture(said):
    unread, picture = camera.parse("Camera (0)", said, 0)
    assert (unread.camera, unread.unread, picture) == ("Camera (0)", Reason.FAILED, b"")


@pytest.mark.parametrize("secret", ["alice:secret@", "secret@"])
def test_a_label_shows_no_password(secret, tmp_path):
    with TestCamera("ok") as stream:
        url = stream.url.replace("http://", f"http://{secret}") + "?token=secret#secret"
        snapshot, _ = look_at(url, tmp_path)
        assert snapshot.camera == stream.url
    assert snapshot.picture == "ok"


def test_no_camera_is_told(tmp_path):
    unread = camera.read(settings(), tmp_path)
    assert unread == Unread(Reason.NOT_CONFIGURED, "The settings name no camera.")


@pytest.fixture
def classes(tmp_path):
    """The kernel's list of a laptop with two cameras, one of which has a second node."""
    for node, index, name in [
        ("video10", 0, "Desk Camera"),
        ("video2", 0, "Integrated Camera: I"),
        ("video3", 1, "Integrated Camera: I"),
    ]:
        (tmp_path / node).mkdir()
        (tmp_path / node / "index").write_text(f"{index}\n")
        (tmp_path / node / "name").write_text(f"{name}\n")
    return tmp_path


def test_each_camera_of_the_laptop_is_found_once(classes):
    found = built_in_cameras(classes)
    assert list(found.items()) == [("2", "Integrated Camera: I"), ("10", "Desk Camera")]


def test_a_laptop_without_cameras_has_none(tmp_path):
    assert built_in_cameras(tmp_path / "missing") == {}


def test_a_camera_named_twice_is_opened_once():
    found = camera.cameras(settings("2", "/dev/video2", "rtsp://bob:x@192.0.2.1/live", "2"))
    assert found == (
        camera.Camera("Camera (2)", "2"),
        camera.Camera("rtsp://192.0.2.1/live", "rtsp://bob:x@192.0.2.1/live"),
    )


@pytest.mark.parametrize(
    ("url", "label"),
    [
        ("rtsp://bob:x@192.0.2.1:554/live", "rtsp://192.0.2.1:554/live"),
        ("rtsp://bob:x/y@192.0.2.1/live", "rtsp://192.0.2.1/live"),
        ("http://[2001:db8::1]/still?key=x#x", "http://[2001:db8::1]/still"),
        ("http://[2001:db8::1/still", "http://[2001:db8::1/still"),
    ],
)
def test_no_address_is_too_odd_for_a_label(url, label):
    (found,) = camera.cameras(settings(url))
    assert (found.label, found.source) == (label, url)


def test_no_laptop_has_more_cameras_than_a_record_holds():
    found = camera.cameras(settings(*map(str, range(20))))
    assert [one.source for one in found] == ["0", "1", "2", "3", "4", "5"]


def test_a_password_stands_in_no_argument_list(tmp_path):
    """Every account of the laptop can read the arguments of every program."""
    with socket.create_server(("127.0.0.1", 0)) as listener, ThreadPoolExecutor() as pool:
        listener.settimeout(20)
        url = f"http://alice:secret@127.0.0.1:{listener.getsockname()[1]}/"
        looking = pool.submit(look_at, url, tmp_path)
        viewer, _ = listener.accept()
        with viewer:
            child_arguments = [one.cmdline() for one in psutil.Process().children()]
        looking.result()
    assert any("agent.children.camera" in line for line in child_arguments)
    assert "secret" not in str(child_arguments)


def test_the_memory_of_a_camera_program_is_printed(capsys):
    with TestCamera("ok") as stream:
        request = json.dumps({"source": stream.url, "deadline_s": 15})
        peak = subprocess.run(
            [sys.executable, "-c", MEASURE], input=request, capture_output=True, text=True
        ).stdout
    with capsys.disabled():
        print(f"\ncamera program, peak resident memory: {int(peak) // 1024} MiB (budget 100)")


# A program of its own: a child's peak begins with the size of whoever started it.
MEASURE = """
import resource, subprocess, sys
camera = [sys.executable, "-I", "-m", "agent.children.camera"]
subprocess.run(camera, stdin=sys.stdin, stdout=subprocess.DEVNULL, check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""
