"""Emptying a folder as macOS and Windows do it, on this system's own disk; and what each of them
never empties.
"""

import os
import stat
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given, settings

from agent.hosts import macos_tree, path_tree
from agent.hosts.path_tree import Grip
from agent.hosts.tally import Tally
from agent.hosts.windows_paths import is_allowed
from agent.wipe import NotAllowed, choose
from tests.agent.test_wipe import contents, plant, trees


@contextmanager
def held(folder):
    """As Windows does: what is no folder, or stands for one elsewhere, is refused."""
    os.close(os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW))
    yield


def overwritten(path):
    path.write_bytes(bytes(path.stat().st_size))
    return True


GRIP = Grip(held, overwritten, lambda is_: stat.S_ISLNK(is_.st_mode))


def nothing():
    """Nobody counts the steps."""


def by_path(tally, step=nothing):
    path_tree.empty(tally, step, GRIP)


def by_disk(tally, step=nothing):
    macos_tree.empty(tally, step)


WAYS = pytest.mark.parametrize("empty", [by_path, by_disk], ids=["windows", "macos"])


@pytest.fixture
def outside(tmp_path):
    folder = tmp_path / "outside"
    (folder / "deep").mkdir(parents=True)
    (folder / "deep" / "photo").write_bytes(b"stays too")
    return folder


@pytest.fixture
def chosen(tmp_path, outside):
    folder = tmp_path / "chosen"
    (folder / "a" / "b").mkdir(parents=True)
    (folder / "letter").write_bytes(b"goes" * 1024)
    (folder / "a" / "b" / "photo").write_bytes(b"goes too")
    (folder / "a" / "folder-link").symlink_to(outside)
    (folder / "a" / "hard").hardlink_to(outside / "deep" / "photo")
    return folder


@WAYS
def test_all_that_is_in_a_folder_goes_and_what_links_lead_to_stays(empty, chosen, outside):
    before, tally = contents(outside), Tally(str(chosen))
    empty(tally)
    assert list(chosen.iterdir()) == []
    assert contents(outside) == before
    assert (tally.files, tally.folders, tally.overwritten, tally.linked) == (4, 2, 2, 1)
    assert (tally.there, tally.kept) == (True, 0)


@pytest.mark.parametrize(
    ("count", "empty"),
    [(lambda tally: path_tree.count(tally, GRIP), by_path), (macos_tree.count, by_disk)],
    ids=["windows", "macos"],
)
def test_counting_says_the_same_and_removes_nothing(count, empty, chosen):
    before, counted, emptied = contents(chosen), Tally(str(chosen)), Tally(str(chosen))
    count(counted)
    assert contents(chosen) == before
    empty(emptied)
    assert counted == emptied


@WAYS
def test_a_path_through_a_link_leads_nowhere(empty, chosen, outside, tmp_path):
    before = contents(outside)
    for way in (chosen / "a" / "folder-link", chosen / "a" / "folder-link" / "deep"):
        tally = Tally(str(way))
        empty(tally)
        assert tally.there is False
    assert contents(outside) == before


def test_a_link_put_there_instead_of_a_folder_is_not_entered(chosen, outside):
    """Mallory is quicker: it was a folder when it was looked at, and is a link when it is held."""
    before = contents(outside)

    @contextmanager
    def too_late(folder):
        if folder == chosen / "a" and not folder.is_symlink():
            folder.rename(chosen.parent / "moved")
            folder.symlink_to(outside)
        with held(folder):
            yield

    tally = Tally(str(chosen))
    path_tree.empty(tally, nothing, Grip(too_late, overwritten, GRIP.leads_away))
    assert contents(outside) == before
    assert tally.kept == 1


def test_what_cannot_be_removed_is_counted_as_kept_and_the_rest_goes(chosen):
    @contextmanager
    def refused(folder):
        if folder.name == "b":
            raise PermissionError
        with held(folder):
            yield

    (chosen / "b").mkdir()
    tally = Tally(str(chosen))
    path_tree.empty(tally, nothing, Grip(refused, overwritten, GRIP.leads_away))
    assert tally.kept == 1
    assert [path.name for path in chosen.iterdir()] == ["b"]


@WAYS
@settings(max_examples=40, deadline=None)
@given(tree=trees)
def test_a_wipe_never_leaves_the_chosen_folder(empty, tmp_path_factory, tree):
    top = tmp_path_factory.mktemp("wipe")
    outside, chosen = top / "outside", top / "chosen"
    (outside / "folder").mkdir(parents=True)
    (outside / "file").write_bytes(b"stays")
    chosen.mkdir()
    for way, name, kind in tree:
        plant(chosen.joinpath(*way), name, kind, outside)
    before = contents(outside)
    empty(Tally(str(chosen)))
    assert list(chosen.iterdir()) == []
    assert contents(outside) == before
    assert {path.name for path in top.iterdir()} == {"outside", "chosen"}


@pytest.mark.parametrize(
    "folder",
    ["C:\\", "C:\\Users", "C:\\Windows\\System32", "c:\\WINDOWS\\Temp", "C:\\Program Files\\x",
     "C:\\PROGRA~1\\x", "C:\\ProgramData\\Homeward", "C:\\Users\\alice\\..\\..\\Windows",
     "\\\\server\\share\\x\\y", "Users\\alice", "C:Users\\alice", "\\Users\\alice",
     "C:\\Users\\alice\\x:hidden", "C:\\Users\\alice.", "C:\\Windows.\\x", "/home/alice", "",
     "\\\\?\\C:\\Users\\alice", "C:\\$Recycle.Bin\\x", "C:\\Users\\al*ce"],
)  # fmt: skip
def test_windows_itself_is_never_wiped(folder):
    assert not is_allowed(folder)


@pytest.mark.parametrize("folder", ["C:\\Users\\alice", "D:\\Photos\\2026", "c:\\users\\alice\\x"])
def test_folders_of_people_on_windows_may_be_chosen(folder):
    assert is_allowed(folder)


@pytest.mark.parametrize(
    "folder",
    ["/", "/Users", "/System/Library", "/system/x", "/Library/x", "/private/var/x", "/Volumes",
     "/Volumes/Macintosh HD", "/etc/x", "/Applications/Mail.app", "Users/alice", "/Users/../etc/x"],
)  # fmt: skip
def test_macos_itself_is_never_wiped(folder):
    assert not macos_tree.is_allowed(folder)


@pytest.mark.parametrize("folder", ["/Users/alice", "/Users/Shared/x", "/Volumes/Backup/alice"])
def test_folders_of_people_on_a_mac_may_be_chosen(folder):
    assert macos_tree.is_allowed(folder)


def test_another_disk_inside_is_another_device():
    """Which is all that macOS has to tell by."""
    here, there = os.open("/", os.O_RDONLY), os.open("/proc", os.O_RDONLY)
    try:
        assert macos_tree._disk_of(here) != macos_tree._disk_of(there)
    finally:
        os.close(here)
        os.close(there)


def test_one_folder_is_never_kept_by_one_name_and_wiped_by_another(tmp_path):
    (tmp_path / "state").mkdir()
    (tmp_path / "other").symlink_to(tmp_path / "state")
    with pytest.raises(NotAllowed):
        choose([str(tmp_path / "other")], [], [tmp_path / "state"])
    assert choose([str(tmp_path / "free")], [], [tmp_path / "state"]) == [Path(tmp_path / "free")]
