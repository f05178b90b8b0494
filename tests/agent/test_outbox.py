import errno
import os
import subprocess

import pytest

from agent import durable
from agent.errors import NoRoom, StateDamaged
from agent.outbox import FRESH, LOOK_BACK_DAYS, Limits, Outbox, Sort
from shared import envelope
from shared.crypto import OpeningKey, SigningKey
from shared.envelope import Place

KEY = SigningKey.generate()
VAULT = OpeningKey.generate()
ROOMY = Limits(most=10**9, spare=0, least=10**9)


def sealed(seq, size=100):
    place = Place(bytes(16), 1, seq, bytes(32))
    return envelope.make(place, os.urandom(size), (), VAULT.public, KEY)


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "outbox"


def outbox(folder, limits=ROOMY):
    return Outbox(folder, KEY.public, limits)


def room(most):
    return Limits(most=most, spare=0, least=0)


def test_what_was_put_comes_out_oldest_first(folder):
    put = [sealed(seq) for seq in (11, 9, 10)]
    for one in put:
        outbox(folder).put(one, Sort.HOME)
    box = outbox(folder)
    assert [box.load(kept).wire for kept in box.records()] == [
        put[1].wire,
        put[2].wire,
        put[0].wire,
    ]


def test_files_are_named_and_shut(folder):
    outbox(folder).put(sealed(7), Sort.STOLEN, (b"picture",))
    record = folder / "00000000000000000007.stolen.hw"
    assert record.stat().st_mode & 0o777 == 0o600
    (picture,) = (folder / "media").iterdir()
    assert picture.name.startswith("00000000000000000007-0-")
    assert picture.stat().st_mode & 0o777 == 0o600


def test_only_what_was_received_is_dropped(folder):
    box = outbox(folder)
    for seq in range(5):
        box.put(sealed(seq), Sort.HOME)
    box.drop(2)
    assert [kept.seq for kept in box.records()] == [3, 4]


def test_what_a_kill_left_half_done_is_removed(folder):
    box = outbox(folder)
    box.put(sealed(1), Sort.STOLEN, (b"kept",))
    box.put(sealed(2), Sort.STOLEN, (b"without its record",))
    (folder / "00000000000000000002.stolen.hw").unlink()
    (folder / f".half.hw.99{durable.TEMPORARY}").write_bytes(b"half")
    (folder / "media" / f".half.hwm.99{durable.TEMPORARY}").write_bytes(b"half")
    box.tidy(next_seq=2)
    assert [picture.seq for picture in box.media()] == [1]
    assert list(folder.rglob(f".*{durable.TEMPORARY}")) == []


def test_a_changed_record_is_noticed(folder):
    box = outbox(folder)
    box.put(sealed(1), Sort.HOME)
    (kept,) = box.records()
    changed = bytearray(kept.path.read_bytes())
    changed[-1] ^= 1
    kept.path.write_bytes(changed)
    with pytest.raises(StateDamaged):
        box.load(kept)


def test_it_never_grows_past_its_bound(folder):
    limits = room(200_000)
    box = outbox(folder, limits)
    for seq in range(100):
        box.put(sealed(seq), Sort.STOLEN, (os.urandom(20_000),))
        assert box.size() <= 200_000


def test_every_record_stays_at_least_as_a_skeleton(folder):
    box = outbox(folder, room(100_000))
    for seq in range(200):
        box.put(sealed(seq, 2000), Sort.HOME)
    loaded = [box.load(kept) for kept in box.records()]
    assert [one.header.seq for one in loaded] == list(range(200))
    assert loaded[0].body is None
    assert loaded[-1].body is not None


def gone(box):
    """(pictures left, records whose body is left)"""
    records = [(kept.seq, box.load(kept).body is not None) for kept in box.records()]
    return [picture.seq for picture in box.media()], [seq for seq, whole in records if whole]


def test_pictures_go_first_but_the_first_and_the_last(folder):
    box = outbox(folder)
    for seq in range(6):
        box.put(sealed(seq), Sort.STOLEN, (os.urandom(10_000),))
    box.give_up(20_000)
    assert gone(box) == ([0, 3, 4, 5], [0, 1, 2, 3, 4, 5])
    box.give_up(20_000)
    assert gone(box) == ([0, 5], [0, 1, 2, 3, 4, 5])


def test_then_go_the_oldest_reports_from_home_and_last_what_was_said(folder):
    box = outbox(folder)
    sorts = (Sort.STOLEN, Sort.WORD, Sort.HOME, Sort.HOME, Sort.STOLEN)
    for seq, sort in enumerate(sorts):
        box.put(sealed(seq, 2000), sort)
    expected = [[0, 1, 3, 4], [0, 1, 4], [1, 4], [1]]
    for left in expected:
        box.give_up(1000)
        assert gone(box)[1] == left


def test_a_day_of_the_theft_outlives_what_is_older(folder):
    box = outbox(folder)
    for seq in range(FRESH + 2):
        box.put(sealed(seq), Sort.STOLEN, (b"first",) if seq == 0 else ())
    box.give_up(1)
    assert gone(box)[0] == [0]
    assert gone(box)[1][0] == 1


def test_thirty_days_before_the_theft_outlive_its_pictures(folder):
    hours = LOOK_BACK_DAYS * 24
    box = outbox(folder, room(hours * 1000 + 100_000))
    for seq in range(hours):
        box.put(sealed(seq, 10), Sort.HOME)
    assert box.size() < hours * 1000
    for seq in range(hours, hours + 30):
        box.put(sealed(seq), Sort.STOLEN, (os.urandom(57_000),))
    pictures, whole = gone(box)
    assert whole == list(range(hours + 30))
    assert len(pictures) < 10


def test_what_was_given_up_is_counted(folder):
    box = outbox(folder)
    for seq in range(4):
        box.put(sealed(seq, 1000), Sort.HOME, (os.urandom(5000),))
    box.give_up(20_500)
    assert outbox(folder).counters() == {"media_given_up": 4, "bodies_given_up": 1}


def test_when_nothing_is_left_to_give_up_it_says_so(folder):
    box = outbox(folder, room(2000))
    with pytest.raises(NoRoom):
        box.put(sealed(0, 5000), Sort.HOME)


def test_a_disk_short_of_room_is_not_made_shorter(folder):
    nearly_full = Limits(most=10**9, spare=2**62, least=20_000)
    box = outbox(folder, nearly_full)
    for seq in range(20):
        box.put(sealed(seq, 1000), Sort.HOME)
    assert box.size() <= 20_000
    assert len(box.records()) == 20


@pytest.fixture
def full_disk(tmp_path):
    """A file system of 256 KiB of its own; needs the right to mount."""
    place = tmp_path / "small"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(place)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("mounting a small disk is not allowed here")
    yield place
    subprocess.run(["/bin/umount", "--lazy", str(place)], check=True)


def test_a_full_disk_costs_pictures_and_not_the_record(full_disk):
    box = outbox(full_disk / "outbox")
    for seq in range(4):
        box.put(sealed(seq), Sort.STOLEN, (os.urandom(40_000),))
    (full_disk / "somebody else's").write_bytes(b"x" * 40_000)
    with pytest.raises(OSError, match=os.strerror(errno.ENOSPC)):
        (full_disk / "more").write_bytes(b"x" * 100_000)
    box.put(sealed(4), Sort.STOLEN, (os.urandom(20_000),))
    assert [kept.seq for kept in box.records()] == [0, 1, 2, 3, 4]
    assert box.counters()["media_given_up"] >= 1


def test_the_bound_is_the_published_one():
    assert Limits().most == 64 * 1024 * 1024
    assert Limits().spare == 200_000_000
