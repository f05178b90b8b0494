"""The running portal sends by itself, and an operator sees what waits."""

import json
import shutil
import time
from pathlib import Path

import pytest

from portal.cli import main
from tests.cast import Owner
from tests.portal.live import LiveOwner, start_portal
from tests.portal.mailboxes import Mailboxes, is_signed, key_file, mail_server

PATIENCE_S = 60


def test_a_running_portal_sends_by_itself(
    migrated: Path, tmp_path: Path, alice_keys: Owner, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    folder = tmp_path / "data"
    shutil.copytree(migrated, folder)
    with mail_server(boxes := Mailboxes()) as port:
        environment = {
            "HOMEWARD_DATA_DIR": str(folder),
            "HOMEWARD_SMTP": f"smtp://127.0.0.1:{port}",
            "HOMEWARD_MAIL_FROM": "homeward@portal.example",
            "HOMEWARD_DKIM_KEY": str(key_file(tmp_path)),
        }
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        portal = start_portal(folder)
        try:
            LiveOwner(portal, alice_keys)
            deadline = time.monotonic() + PATIENCE_S
            while not boxes.raw:
                assert time.monotonic() < deadline, portal.log
                time.sleep(0.1)
        finally:
            assert portal.stop() == 0
    assert is_signed(boxes.raw[0])
    assert boxes.recipients == ["alice@example.org"]
    assert main(["check", "--json"], environment) == 0
    [said] = [one for one in json.loads(capsys.readouterr().out) if one["about"] == "mail"]
    assert said["sentence"] == "0 letters wait, 0 were given up in the last two weeks."
