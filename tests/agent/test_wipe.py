"""Emptying a real tree of folders, links, pipes and mounts; and what must never be touched."""

import os
import pwd
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.hosts.tally import Tally
from agent.wipe import NotAllowed, choose, count, empty

KIB = 1024


def nothing():
    """Nobody counts the steps."""


def emptied(folder, step=nothing):
    tally = Tally(str(folder))
    empty(tally, step)
    return tally


@pytest.fixture
def outside(tmp_path):
    """What is not chosen: it must be there afterwards, to the byte."""
    folder = tmp_path / "outside"
    (folder / "deep").mkdir(parents=True)
    (folder / "letter").write_bytes(b"stays" * KIB)
    (folder / "deep" / "photo").write_bytes(b"stays too")
    return folder


@pytest.fixture
def chosen(tmp_path, outside):
    folder = tmp_path / "chosen"
    (folder / "a" / "b").mkdir(parents=True)
    (folder / "letter").write_bytes(b"goes" * KIB)
    (folder / "a" / "b" / "photo").write_bytes(b"goes too")
    (folder / "a" / "empty").touch()
    (folder / "link").symlink_to(outside / "letter")
    (folder / "a" / "folder-link").symlink_to(outside)
    (folder / "a" / "hard").hardlink_to(outside / "deep" / "photo")
    os.mkfifo(folder / "a" / "pipe")
    return folder


def contents(folder):
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None
        for path in folder.rglob("*")
    }


def test_all_that_is_in_a_folder_goes_and_what_links_lead_to_stays(chosen, outside):
    before = contents(outside)
    tally = emptied(chosen)
    assert list(chosen.iterdir()) == []
    assert contents(outside) == before
    assert tally == Tally(
        str(chosen), files=7, folders=2, bytes=4 * KIB + 8 + 9, overwritten=2, linked=1, done=True
    )  # fmt: skip


def test_counting_says_the_same_and_removes_nothing(chosen, outside):
    before = contents(chosen)
    tally = Tally(str(chosen))
    count(tally)
    assert contents(chosen) == before
    assert tally == emptied(chosen)


def test_what_a_file_said_is_overwritten_before_it_goes(chosen, tmp_path):
    with (chosen / "letter").open("rb") as still_open:
        emptied(chosen)
        assert b"goes" not in still_open.read()


def test_a_hard_linked_file_is_not_overwritten(chosen, outside):
    emptied(chosen)
    assert (outside / "deep" / "photo").read_bytes() == b"stays too"


def test_no_depth_is_too_deep(tmp_path):
    """Deeper than a stack of functions, a path or the table of open files could follow."""
    top = tmp_path / "top"
    top.mkdir()
    folder = os.open(top, os.O_RDONLY)
    for _ in range(3000):
        os.mkdir("down", dir_fd=folder)
        below = os.open("down", os.O_RDONLY, dir_fd=folder)
        os.close(folder)
        folder = below
    os.close(folder)
    assert emptied(top).folders == 3000
    assert list(top.iterdir()) == []


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount")
def test_what_is_mounted_inside_stays_also_a_folder_of_the_same_disk(chosen, outside):
    before = contents(outside)
    for place in (chosen / "mounted", chosen / "a" / "b" / "mounted"):
        place.mkdir()
        subprocess.run(["/bin/mount", "--bind", outside, place], check=True)
    try:
        counted = Tally(str(chosen))
        count(counted)
        tally = emptied(chosen)
    finally:
        for place in chosen.rglob("mounted"):
            subprocess.run(["/bin/umount", place], check=True)
    assert contents(outside) == before
    assert counted.files == tally.files == 7
    assert counted.kept == 2
    assert tally.kept > 0


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount")
def test_a_folder_that_is_a_disk_of_its_own_may_be_chosen(chosen, outside):
    subprocess.run(["/bin/mount", "--bind", chosen, outside], check=True)
    try:
        emptied(outside)
    finally:
        subprocess.run(["/bin/umount", outside], check=True)
    assert list(chosen.iterdir()) == []


def test_a_path_through_a_link_leads_nowhere(chosen, outside, tmp_path):
    before = contents(outside)
    for through in (chosen / "a" / "folder-link", chosen / "a" / "folder-link" / "deep"):
        assert emptied(through).there is False
    assert emptied(tmp_path / "nowhere").there is False
    assert contents(outside) == before


@pytest.mark.parametrize(
    "folder",
    ["/", "/home", "/etc", "/etc/ssh", "/usr/share/x", "/var/lib/x", "/var/home", "/boot/efi",
     "/tmp", "relative/x", "/home/../etc/x", "/opt/homeward", "/data", "/dev/shm/x", ""],
)  # fmt: skip
def test_the_system_is_never_wiped(folder):
    with pytest.raises(NotAllowed) as refusal:
        choose([folder], [], [])
    assert refusal.value.code == "folder-not-allowed"


@pytest.mark.parametrize("folder", ["state", "state/private", "."])
def test_the_agent_does_not_wipe_what_it_lives_in(tmp_path, folder):
    (tmp_path / "state" / "private").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "state")
    for chosen in (tmp_path / folder, tmp_path / "link"):
        with pytest.raises(NotAllowed):
            choose([str(chosen)], [], [tmp_path / "state"])


def test_folders_of_people_may_be_chosen_each_once():
    folders = ["/home/alice/Documents", "/var/home/alice", "/home/alice/Documents"]
    assert choose(folders, [], []) == [Path(folders[0]), Path(folders[1])]


def test_a_home_is_named_by_its_account():
    somebody = next(one for one in pwd.getpwall() if len(Path(one.pw_dir).parts) == 2)
    with pytest.raises(NotAllowed, match="folder-not-allowed"):
        choose([], [somebody.pw_name], [])
    with pytest.raises(NotAllowed, match="account-unknown"):
        choose([], ["nobody-of-this-name"], [])


names = st.sampled_from(["a", "b", "..c", "ñ", "x" * 200])
kinds = st.sampled_from(["file", "folder", "link-out", "link-up", "hard"])
trees = st.lists(st.tuples(st.lists(names, max_size=4), names, kinds), max_size=25)


@settings(max_examples=60, deadline=None)
@given(tree=trees)
def test_a_wipe_never_leaves_the_chosen_folder(tmp_path_factory, tree):
    top = tmp_path_factory.mktemp("wipe")
    outside, chosen = top / "outside", top / "chosen"
    (outside / "folder").mkdir(parents=True)
    (outside / "file").write_bytes(b"stays")
    chosen.mkdir()
    for way, name, kind in tree:
        plant(chosen.joinpath(*way), name, kind, outside)
    before = contents(outside)
    emptied(chosen)
    assert list(chosen.iterdir()) == []
    assert contents(outside) == before
    assert {path.name for path in top.iterdir()} == {"outside", "chosen"}


def plant(folder, name, kind, outside):
    try:
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / name
        match kind:
            case "file":
                path.write_bytes(b"goes")
            case "folder":
                path.mkdir()
            case "link-out":
                path.symlink_to(outside / "folder")
            case "link-up":
                path.symlink_to(folder)
            case "hard":
                path.hardlink_to(outside / "file")
    except (FileExistsError, NotADirectoryError, IsADirectoryError):
        pass  # something of another kind stands there already
