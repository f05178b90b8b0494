"""Whom root obeys: written down at pairing, and believed only where nobody else can write."""

import os
import stat
import subprocess
import sys

import pytest

from agent import pins
from agent.errors import NotPaired, NotTrusted
from shared import orders
from shared.encoding import from_json
from tests.agent.others import NOBODY, as_root, open_way_to


@as_root
def test_enrolling_pins_the_owner_where_the_agents_account_cannot_write(
    portal, served, alice, tmp_path
):
    state, root = tmp_path / "state", tmp_path / "root"
    state.mkdir()
    os.chown(state, NOBODY, NOBODY)
    file = tmp_path / "agent.toml"
    file.write_text(
        f'portal = "{served.url}"\nstate_dir = "{state}"\n'
        f'action_socket = "{tmp_path}/action.socket"\naction_state = "{root}"\n'
    )
    open_way_to(tmp_path)
    words = [sys.executable, "-I", "-m", "agent.cli", "--settings", str(file), "enroll", "--json"]
    child = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    child.stdin.write(b"yes\n")
    child.stdin.flush()
    portal.adopt(from_json(child.stdout.readline())["code"], alice)
    child.communicate(timeout=60)
    assert child.returncode == 0
    assert pins.load(root) == orders.parse(alice.given[0].raw)
    assert {path.stat().st_uid for path in (root, *root.iterdir())} == {0}
    assert {path.stat().st_uid for path in state.rglob("*")} == {NOBODY}


def test_pins_that_others_could_have_written_are_not_believed(laptop, tmp_path):
    folder = tmp_path / "root"
    pins.pin(folder, laptop.device.first_orders)
    for path, mode in ((folder, 0o770), (folder / pins.NAME, 0o602)):
        before = stat.S_IMODE(path.stat().st_mode)
        path.chmod(mode)
        with pytest.raises(NotTrusted):
            pins.load(folder)
        path.chmod(before)
    elsewhere = tmp_path / "elsewhere"
    folder.rename(elsewhere)
    folder.symlink_to(elsewhere)
    with pytest.raises(NotTrusted):
        pins.load(folder)
    with pytest.raises(NotPaired):
        pins.load(tmp_path / "nowhere")
