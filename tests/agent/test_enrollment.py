import io

import pytest
import requests

from agent import consent_screen, device, enrollment
from agent.enrollment import Candidate
from agent.errors import AlreadyPaired, NoConsent, PairingFailed
from agent.plan import SENSORS
from agent.uplink import Uplink
from shared.encoding import b64
from shared.pairing import fingerprint
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


def test_pinned_files_are_shut(laptop):
    assert laptop.file(device.NAME).stat().st_mode & 0o777 == 0o600
    assert laptop.settings.private.stat().st_mode & 0o777 == 0o700
