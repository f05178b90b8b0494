import io
import json
import os
import subprocess
import sys

import pytest
import requests

from agent import consent, consent_screen, device, enrollment
from agent.consent import Consent
from agent.enrollment import Candidate
from agent.errors import AlreadyPaired, NoConsent, PairingFailed
from agent.parts import CONSENT
from agent.plan import SENSORS
from agent.uplink import Uplink
from shared.encoding import b64
from shared.pairing import fingerprint
from tests.agent import other_end
from tests.agent.other_end import Owner


@pytest.fixture
def uplink(served):
    with requests.Session() as session:
        yield Uplink(served.url, session)


@pytest.fixture
def candidate(uplink):
    candidate = Candidate.generate()
    enrollment.offer(candidate, uplink)
    return candidate


def never(seconds):
    raise AssertionError("it asked again")


def test_it_pins_the_owner_who_had_the_code(portal, uplink, candidate, alice):
    portal.adopt(candidate.secret.code, alice)
    paired = enrollment.wait_for_owner(candidate, uplink, never)
    assert paired.owner == alice.signing.public
    assert paired.fingerprint == fingerprint(alice.signing.public)
    assert paired.portal_keys == (portal.key.public,)


def test_it_asks_every_two_seconds_until_the_owner_has_answered(portal, uplink, candidate, alice):
    slept = []

    def sleep(seconds):
        slept.append(seconds)
        if len(slept) == 5:
            portal.adopt(candidate.secret.code, alice)

    enrollment.wait_for_owner(candidate, uplink, sleep)
    assert slept == [2] * 5


def test_it_survives_a_portal_in_trouble(portal, uplink, candidate, alice):
    portal.adopt(candidate.secret.code, alice)
    portal.misbehave = lambda method, path: (500, b"")

    def sleep(seconds):
        portal.misbehave = lambda method, path: None

    assert enrollment.wait_for_owner(candidate, uplink, sleep).owner == alice.signing.public


def test_after_ten_minutes_it_gives_up(uplink, candidate):
    slept = []
    with pytest.raises(PairingFailed, match="in time"):
        enrollment.wait_for_owner(candidate, uplink, slept.append)
    assert sum(slept) == 600


def test_an_expired_offer_ends_the_waiting(portal, uplink, candidate):
    portal.offers.clear()
    with pytest.raises(PairingFailed):
        enrollment.wait_for_owner(candidate, uplink, never)


def test_a_portal_cannot_make_itself_the_owner(portal, uplink, candidate, alice):
    """It knows offer and rid, but not the secret from the screen: its MAC is wrong."""
    portal.adopt(candidate.secret.code, alice)
    mallory = Owner()
    forged = mallory.adopt(candidate.offer)
    portal.answers[candidate.secret.rid.hex()]["orders"] = b64(forged.raw)
    with pytest.raises(PairingFailed, match="do not trust"):
        enrollment.wait_for_owner(candidate, uplink, never)


def test_orders_for_another_laptop_are_no_pairing(portal, uplink, candidate, alice):
    portal.adopt(candidate.secret.code, alice)
    other = alice.adopt(Candidate.generate().offer)
    mac = candidate.secret.mac_orders(other.raw)
    said = {"orders": b64(other.raw), "mac": b64(mac)}
    portal.answers[candidate.secret.rid.hex()] |= said
    with pytest.raises(PairingFailed):
        enrollment.wait_for_owner(candidate, uplink, never)


@pytest.mark.parametrize("change", [{"orders": "!"}, {"mac": None}, {"portal_keys": 7},
                                    {"portal_keys": [{}]}])  # fmt: skip
def test_nonsense_is_no_pairing(portal, uplink, candidate, alice, change):
    portal.adopt(candidate.secret.code, alice, **change)
    with pytest.raises(PairingFailed):
        enrollment.wait_for_owner(candidate, uplink, never)


def test_a_paired_laptop_must_leave_first(laptop):
    with pytest.raises(AlreadyPaired, match="leave"):
        enrollment.check_unpaired(laptop.settings.private)


def test_damaged_keys_are_set_aside_for_a_new_pairing(laptop):
    laptop.file(device.NAME).write_bytes(b"damaged")
    enrollment.check_unpaired(laptop.settings.private)
    assert laptop.file(f"{device.NAME}.corrupt-1").exists()


# --- Consent --------------------------------------------------------------------------------------


def ask(answer):
    screen = io.StringIO()
    return consent_screen.ask(io.StringIO(answer), screen), screen.getvalue()


def test_the_screen_says_what_when_who_and_how_to_end_it():
    _, text = ask("yes\n")
    for word in ("Every hour", "picture", "Only the owner", "leave", "never listens"):
        assert word in text


def test_yes_agrees_to_everything():
    assert ask("  YES \n")[0] == SENSORS


def test_the_camera_alone_can_be_refused():
    assert ask("no camera\n")[0] == tuple(name for name in SENSORS if name != "camera")


@pytest.mark.parametrize("answer", ["", "\n", "y\n", "no\n", "yes please\n"])
def test_anything_else_is_no_consent(answer):
    with pytest.raises(NoConsent):
        ask(answer)


# --- The command line -----------------------------------------------------------------------------


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


def pair(settings_file, portal, owner, answer="yes\n"):
    child = agent(settings_file, "enroll", "--json")
    child.stdin.write(answer)
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
    pair(settings_file, portal, alice, "no camera\n")
    assert said(settings_file, "leave", answer="leave\n")[0] == 0
    records = other_end.opened(portal.devices[alice.offer.device_id], alice)
    assert [record["event"] for record in records] == ["paired", "leaving"]
    assert "camera" not in records[0]["details"]["agreed"]


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
    assert {word for word in helped.split() if word.startswith("--")} == {"--help", "--json"}


def test_an_unpaired_agent_opens_no_connection_and_says_what_to_do(portal, settings_file):
    beat = [sys.executable, "-I", "-m", "agent.beat", "--settings", str(settings_file), "start"]
    assert subprocess.run(beat, check=False).returncode == 0
    assert portal.requests == []
    assert "homeward-agent enroll" in said(settings_file, "status")[1]


def test_the_camera_can_be_refused_later_and_the_owner_hears(laptop, settings_file):
    laptop.beat("start")
    code, told, errors = said(settings_file, "consent", "--refuse", "camera")
    assert (code, errors) == (0, "")
    assert told == "It may look at: address, location, power, traceroute.\n"
    laptop.give(laptop.owner.stolen())
    laptop.beat("wake")
    assert laptop.sensors.cameras_opened == 0
    assert laptop.events == ["consent-changed"]
    assert consent.load(laptop.file(CONSENT)) == Consent(
        consent.load(laptop.file(CONSENT)).who, consent.load(laptop.file(CONSENT)).t,
        ("address", "location", "power", "traceroute"),
    )  # fmt: skip


def test_status_and_log_speak_plainly(laptop, settings_file):
    laptop.give(laptop.owner.stolen(note="Please call 555-0100."))
    laptop.beat("start")
    status = said(settings_file, "status")[1]
    assert "STOLEN" in status
    assert "Please call 555-0100." in status
    assert "cameras" in status
    assert laptop.device.fingerprint in status
    log = said(settings_file, "log")[1]
    assert "Looked at network addresses, location, battery; 0 pictures. Why: hourly." in log
    assert "stolen" in log
    assert json.loads(said(settings_file, "status", "--json")[1])["standing"] == "stolen"
    lines = said(settings_file, "log", "--json")[1].splitlines()
    assert [json.loads(line)["what"] for line in lines] == ["looked", "orders", "looked"]


def test_anybody_at_the_laptop_may_read_status_and_log(laptop, settings_file):
    laptop.beat("start")
    if os.geteuid():
        pytest.skip("only an administrator can become somebody else")
    for path in (settings_file, *settings_file.parents):
        if path.stat().st_uid == 0 and path.name.startswith(("pytest", "test_", "agent")):
            path.chmod(path.stat().st_mode | 0o055)
    readable = ["/bin/cat", str(laptop.settings.public / "status.json")]
    shut = ["/bin/ls", str(laptop.settings.private)]
    assert subprocess.run(readable, user=65534, capture_output=True, check=False).returncode == 0
    assert subprocess.run(shut, user=65534, capture_output=True, check=False).returncode != 0


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


def test_pinned_files_are_shut(laptop):
    assert laptop.file(device.NAME).stat().st_mode & 0o777 == 0o600
    assert laptop.settings.private.stat().st_mode & 0o777 == 0o700
