"""homeward-agent as people and programs start it: a process, its words, its answers."""

import getpass
import json
import os
import subprocess
import sys
import time

import pytest

from agent import consent, consent_screen, device
from agent.consent import Consent
from agent.parts import CONSENT
from agent.plan import SENSORS
from shared.command import Wish
from shared.crypto import SigningKey
from shared.pairing import fingerprint
from tests.agent import other_end

WIPE = {"folders": ["/home/alice/Letters"], "homes": [], "forget": False, "dry_run": False}


@pytest.fixture
def settings_file(served, tmp_path):
    file = tmp_path / "agent.toml"
    file.write_text(f'portal = "{served.url}"\nstate_dir = "{tmp_path / "state"}"\n')
    return file


def agent(settings_file, *words):
    return subprocess.Popen(
        [sys.executable, "-I", "-m", "agent.cli", "--settings", str(settings_file), *words],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def said(settings_file, *words, answer=""):
    done, errors = (child := agent(settings_file, *words)).communicate(answer, timeout=60)
    return child.returncode, done, errors


def pair(settings_file, portal, owner, *words, agreed="yes"):
    child = agent(settings_file, "enroll", "--json", *words)
    child.stdin.write(f"{agreed}\n")
    child.stdin.flush()
    first = json.loads(child.stdout.readline())
    portal.adopt(first["code"], owner)
    rest, errors = child.communicate(timeout=60)
    assert child.returncode == 0, errors
    return first, json.loads(rest)


def test_enroll_for_programs_prints_code_and_then_the_pairing(portal, settings_file, alice):
    first, last = pair(settings_file, portal, alice)
    assert first["url"].endswith("/pair#" + first["code"])
    assert len(first["code"].replace("-", "")) == 24
    assert last["fingerprint"] == fingerprint(alice.signing.public)
    assert last["device_id"] == alice.offer.device_id.hex()


def test_the_owner_hears_first_of_all_what_was_agreed_to(portal, settings_file, alice, tmp_path):
    pair(settings_file, portal, alice, agreed="no camera")
    assert said(settings_file, "leave", answer="leave\n")[0] == 0
    records = other_end.opened(portal.devices[alice.offer.device_id], alice)
    assert [record["event"] for record in records] == ["paired", "leaving"]
    told = records[0]["details"]
    assert "camera" not in told["agreed"]
    assert told["account"] == getpass.getuser()
    assert told["edition"] == consent_screen.edition()
    assert told["edition"] != consent_screen.edition("positioning.example")


def test_the_secret_is_forgotten(portal, settings_file, alice, tmp_path):
    first, _ = pair(settings_file, portal, alice)
    code = first["code"].encode()
    for path in (tmp_path / "state").rglob("*"):
        if path.is_file():
            assert code not in path.read_bytes()


def test_without_consent_no_connection_is_made(portal, settings_file):
    code, _, errors = said(settings_file, "enroll", answer="no\n")
    assert code == 1
    assert "nothing was sent" in errors
    assert portal.requests == []


def test_no_option_skips_the_consent_screen(settings_file):
    helped = said(settings_file, "enroll", "--help")[1]
    options = {word for word in helped.split() if word.startswith("--")}
    assert options == {"--help", "--json", "--used-by"}


def test_an_unpaired_agent_opens_no_connection_and_says_what_to_do(portal, settings_file):
    beat = [sys.executable, "-I", "-m", "agent.beat", "--settings", str(settings_file), "start"]
    assert subprocess.run(beat, check=False).returncode == 0
    assert portal.requests == []
    assert "homeward-agent enroll" in said(settings_file, "status")[1]


def test_the_camera_can_be_refused_later_and_the_owner_hears(laptop, settings_file):
    laptop.beat("start")
    code, told, errors = said(settings_file, "consent", "--refuse", "camera")
    assert (code, errors) == (0, "")
    agreed = tuple(name for name in SENSORS if name != "camera")
    assert f"It may look at: {', '.join(agreed)}.\n" in told
    laptop.give(laptop.owner.stolen())
    laptop.beat("wake")
    assert laptop.sensors.cameras_opened == 0
    assert laptop.events == ["consent-changed"]
    assert consent.load(laptop.file(CONSENT)) == Consent(
        consent.load(laptop.file(CONSENT)).who, consent.load(laptop.file(CONSENT)).t,
        agreed,
    )  # fmt: skip


def test_a_name_that_nobody_signs_in_with_pairs_nothing(settings_file):
    wrong = ("--used-by", "nobody-of-that-name")
    code, _, errors = said(settings_file, "enroll", *wrong, answer="yes\n")
    assert code == 1
    assert "not clear who uses this laptop" in errors


def test_who_uses_it_is_said_once_and_changed_only_at_the_laptop(portal, settings_file, alice):
    somebody = getpass.getuser()
    pair(settings_file, portal, alice, "--used-by", somebody)
    assert f"besides its owner: {somebody}.\n" in said(settings_file, "consent")[1]
    assert f"Used by: {somebody}." in said(settings_file, "log")[1]
    code, told, _ = said(settings_file, "consent", "--used-by", "owner")
    assert (code, told.splitlines()[-1]) == (0, "Who uses it besides its owner: nobody.")
    assert said(settings_file, "consent", "--used-by", "nobody-of-that-name")[0] == 1
    said(settings_file, "leave", answer="leave\n")
    records = other_end.opened(portal.devices[alice.offer.device_id], alice)
    assert [r["details"].get("usual") for r in records] == [[somebody], [], None]


def test_whoever_sits_there_says_that_the_laptop_is_theirs(laptop, settings_file):
    laptop.beat("start")
    assert "nothing to dispute" in said(settings_file, "dispute", answer="mine\n")[1]
    laptop.give(laptop.owner.stolen())
    laptop.beat("wake")
    assert "Noted" in said(settings_file, "dispute", answer="Bought it at the market\n")[1]
    laptop.beat("poll")
    assert "No pictures just now: somebody at the laptop says" in said(settings_file, "status")[1]
    assert "says that the laptop is theirs; the owner hears" in said(settings_file, "log")[1]


def test_status_and_log_speak_plainly(laptop, settings_file):
    laptop.give(laptop.owner.stolen(note="Please call 555-0100."))
    laptop.beat("start")
    status = said(settings_file, "status")[1]
    assert "STOLEN" in status
    assert "Please call 555-0100." in status
    assert "cameras" in status
    assert laptop.device.fingerprint in status
    log = said(settings_file, "log")[1]
    assert "Looked at network addresses, Wi-Fi around, location, battery," in log
    assert "; 0 pictures. Why: hourly." in log
    assert "stolen" in log
    assert json.loads(said(settings_file, "status", "--json")[1])["standing"] == "stolen"
    lines = said(settings_file, "log", "--json")[1].splitlines()
    assert [json.loads(line)["what"] for line in lines] == ["looked", "orders", "looked"]


@pytest.mark.skipif("os.geteuid()", reason="only an administrator can become somebody else")
@pytest.mark.parametrize("owner", [65534, 0])
def test_an_administrator_works_as_the_account_the_state_belongs_to(tmp_path, owner):
    """Else what `sudo homeward-agent enroll` writes would be shut to the service."""
    os.chown(tmp_path, owner, owner)
    looks = (
        "import os, sys, pathlib; from agent.hosts import host\n"
        "host.become_owner(pathlib.Path(sys.argv[1])); print(*os.getresuid(), os.getgid())"
    )
    ids = subprocess.check_output([sys.executable, "-c", looks, str(tmp_path)], text=True)
    assert ids.split() == [str(owner)] * 4


def test_the_log_tells_what_the_owner_asked_for_and_what_became_of_it(laptop, settings_file):
    laptop.held.commands += [
        laptop.owner.wish(Wish.LOCK), laptop.owner.wish(Wish.WIPE, said=WIPE),
        laptop.owner.wish(Wish.LOCK, signer=SigningKey.generate()),
    ]  # fmt: skip
    laptop.beat("start")
    log = said(settings_file, "log")[1]
    assert "The owner asked to lock the screens: done." in log
    assert "The owner asked to empty folders: refused (not stolen)." in log
    assert "A command was refused (unknown signer)." in log


def test_leave_asks_and_a_no_changes_nothing(laptop, settings_file):
    code, told, _ = said(settings_file, "leave", answer="no\n")
    assert code == 1
    assert "Nothing was changed." in told
    assert laptop.file(device.NAME).exists()


def test_leave_without_a_portal_forgets_all_the_same(laptop, settings_file):
    laptop.portal.misbehave = lambda method, path: (503, b"")
    code, told, _ = said(settings_file, "leave", answer="leave\n")
    assert code == 0
    assert "could not be told" in told
    assert not laptop.file(device.NAME).exists()


def test_a_package_that_is_removed_tells_the_owner_and_keeps_the_pairing(laptop, settings_file):
    code, told, _ = said(settings_file, "removed")
    assert (code, told) == (0, "Its owner has been told.\n")
    assert laptop.events == ["removed"]
    assert laptop.file(device.NAME).exists()
    assert "The package was removed." in said(settings_file, "log")[1]


def test_without_a_portal_the_owner_hears_of_it_should_the_package_come_back(laptop, settings_file):
    laptop.portal.misbehave = lambda method, path: (503, b"")
    code, told, _ = said(settings_file, "removed")
    assert (code, told) == (0, "Its owner could not be told.\n")
    laptop.portal.misbehave = lambda method, path: None
    laptop.clock.t = time.time_ns() // 1_000_000
    laptop.beat()
    assert laptop.events == ["removed"]


@pytest.mark.parametrize(
    ("settings", "word"), [("portal = 7", "portal must be a text"), ("", "portal is missing")]
)
def test_bad_settings_end_in_a_sentence(tmp_path, settings, word):
    file = tmp_path / "bad.toml"
    file.write_text(settings)
    code, _, errors = said(file, "status")
    assert code == 1
    assert word in errors
    assert "Traceback" not in errors
