"""A real portal whose disk fills up: it asks to come again, and goes on when there is room."""

import errno
import shutil
import subprocess
from collections.abc import Iterator
from io import FileIO
from pathlib import Path

import pytest

from shared import envelope
from shared.encoding import b64, unb64
from tests.cast import Owner
from tests.portal.live import LiveOwner, LivePortal, answer, check_in, now_ms, start_portal


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 4 MiB of its own; needs the right to mount."""
    place = tmp_path / "small"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(place)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("mounting a small disk is not allowed here")
    yield place
    subprocess.run(["/bin/umount", "--lazy", str(place)], check=True)


@pytest.fixture
def portal(migrated: Path, small_disk: Path) -> Iterator[LivePortal]:
    shutil.copytree(migrated, small_disk / "data")
    portal = start_portal(small_disk / "data")
    yield portal
    portal.stop()


def fill(disk: Path) -> Path:
    """Somebody else's file takes all that is left."""
    file = disk / "somebody else's"
    with file.open("wb", buffering=0) as filler:
        for size in (64 * 1024, 512):
            while _fits(filler, size):
                pass
    return file


def _fits(filler: FileIO, size: int) -> bool:
    try:
        return filler.write(bytes(size)) == size
    except OSError as error:
        assert error.errno == errno.ENOSPC  # noqa: PT017  (what else would end it is a mistake)
        return False


def test_it_asks_to_come_again_and_goes_on_when_there_is_room(
    portal: LivePortal, small_disk: Path, alice_keys: Owner
) -> None:
    alice = LiveOwner(portal, alice_keys)
    laptop = alice.adopt()
    answer(check_in(portal, laptop, laptop.seal().wire))
    somebody_elses = fill(small_disk)
    waiting = laptop.seal(bytes(20_000))
    for _ in range(3):
        refused = check_in(portal, laptop, waiting.wire)
        assert (refused.status_code, refused.json()["code"]) == (503, "try-again")
        assert int(refused.headers["Retry-After"]) > 0
    stolen = {"orders": b64(alice.keys.stolen(laptop, now_ms()).raw)}
    url = f"{portal.url}/devices/{laptop.id.hex()}/theft"
    assert alice.http.post(url, json=stolen, timeout=30).status_code in (201, 503)
    assert alice.get("/devices")["devices"]
    somebody_elses.unlink()
    said = answer(check_in(portal, laptop, waiting.wire))
    assert said.head is not None
    assert said.head.chain_hash == waiting.chain_hash
    kept = [envelope.parse(unb64(one["envelope"])) for one in alice.evidence(laptop)]
    assert [one.header.seq for one in kept] == [0, 1]
    assert alice.http.post(url, json=stolen, timeout=30).status_code in (200, 201)
    assert "Traceback" not in portal.log
