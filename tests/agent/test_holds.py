"""Whoever may rightly use the laptop is not photographed: the usual-user guard, and a dispute."""

import io
import os
from dataclasses import replace

import pytest

from agent import consent, consent_screen, drop
from agent.consent import Consent
from agent.errors import NoConsent
from agent.hosts.signed_in import Session
from agent.parts import CONSENT
from agent.plan import SENSORS
from shared.orders import Standing, Theft
from tests.agent.other_end import NOW

HOUR = 3_600_000


def maria(**changes):
    """Maria's session, open since before anybody marked the laptop."""
    usual = Session("2", 1000, True, True, False, account="maria", began=NOW - 8 * HOUR)
    return replace(usual, **changes)


@pytest.fixture
def guarded(laptop):
    """Alice's account, Maria's laptop."""
    consent.save(laptop.file(CONSENT), Consent("alice", NOW, SENSORS, ("Maria",)))
    laptop.present = (maria(),)
    laptop.give(laptop.owner.stolen(t=NOW))
    laptop.beat("start")
    return laptop


def later(laptop, *present):
    laptop.present = present
    laptop.clock.passes(minutes=6)
    laptop.beat()


def camera(laptop):
    return laptop.reports[-1]["readings"]["camera"]


def confirmed(laptop, t):
    theft = replace(laptop.owner.given[-1].will.theft, confirmed=t)
    laptop.give(laptop.owner.order(laptop.clock.t, standing=Standing.STOLEN, theft=theft))


def test_an_open_session_that_somebody_took_along_stops_nothing(guarded):
    later(guarded, maria())
    assert guarded.sensors.cameras_opened == 2
    assert guarded.events == []


def test_once_its_usual_user_unlocks_it_no_picture_is_taken_and_the_owner_hears(guarded):
    later(guarded, maria(locked=True))
    opened = guarded.sensors.cameras_opened
    later(guarded, maria())
    later(guarded, maria(locked=True))
    later(guarded)
    assert guarded.sensors.cameras_opened == opened
    assert guarded.events == ["usual-user"]
    assert camera(guarded)["unread"] == "held"
    assert "location" in guarded.reports[-1]["readings"]
    assert guarded.status["held"] == "usual-user"


@pytest.mark.parametrize(
    ("who", "comes_back"),
    [
        (maria(id="7", began=NOW + HOUR), True),
        (maria(id="7", began=NOW + HOUR, locked=True), False),
        (maria(id="7", began=NOW + HOUR, automatic=True), False),
        (maria(id="7", began=NOW + HOUR, account="mallory"), False),
    ],
    ids=["signs in", "behind the lock", "without a password", "somebody else"],
)
def test_only_a_sign_in_of_hers_with_a_password_is_her(guarded, who, comes_back):
    later(guarded, maria(), who)
    assert guarded.events == (["usual-user"] if comes_back else [])


def test_a_sign_in_after_a_boot_is_her_though_the_number_was_used_before(guarded):
    guarded.clock.boot_id = "second-boot"
    later(guarded, maria(began=None))
    assert guarded.events == ["usual-user"]


def test_a_sign_in_between_the_mark_and_the_first_look_is_her(laptop):
    consent.save(laptop.file(CONSENT), Consent("alice", NOW, SENSORS, ("maria",)))
    laptop.give(laptop.owner.stolen(t=NOW - 2 * HOUR))
    later(laptop, maria(began=NOW - HOUR))
    assert laptop.sensors.cameras_opened == 0
    assert laptop.events == ["usual-user"]


def test_where_nobody_tells_who_is_signed_in_no_picture_is_taken(guarded):
    opened = guarded.sensors.cameras_opened
    guarded.present = None
    guarded.clock.passes(minutes=6)
    guarded.beat()
    assert guarded.sensors.cameras_opened == opened
    assert "cannot be told" in camera(guarded)["detail"]
    later(guarded, maria())
    assert guarded.sensors.cameras_opened == opened + 1


def test_the_owner_says_anew_that_it_is_stolen_and_only_to_what_the_laptop_said(guarded):
    later(guarded, maria(locked=True))
    later(guarded, maria())
    opened = guarded.sensors.cameras_opened
    seen = next(r for r in guarded.records if r.get("event") == "usual-user")["details"]["seen"]
    for wrong in (seen - 1, seen + HOUR):
        confirmed(guarded, wrong)
        later(guarded, maria())
    assert guarded.sensors.cameras_opened == opened
    confirmed(guarded, seen)
    later(guarded, maria(locked=True))
    later(guarded, maria())
    assert guarded.sensors.cameras_opened > opened
    assert guarded.events == ["usual-user"]
    assert guarded.status["notice"]  # whoever sits there hears of that at once


def test_renewing_answers_nothing(guarded):
    later(guarded, maria(locked=True))
    later(guarded, maria())
    opened = guarded.sensors.cameras_opened
    guarded.give(guarded.owner.stolen(t=guarded.clock.t))
    later(guarded, maria())
    assert guarded.sensors.cameras_opened == opened


def test_an_unguarded_laptop_asks_nobody_who_is_signed_in(laptop):
    laptop.give(laptop.owner.stolen(t=NOW))
    laptop.present = "whoever asks, fails"
    laptop.beat("start")
    assert laptop.sensors.cameras_opened == 1


# --- A dispute ------------------------------------------------------------------------------------


@pytest.fixture
def stolen(laptop):
    laptop.give(laptop.owner.stolen(t=NOW))
    laptop.beat("start")
    return laptop


def test_a_dispute_pauses_pictures_for_three_days_and_reaches_the_owner(stolen):
    drop.say(stolen.settings.public, "Bought at the market, 555-0199")
    later(stolen)
    opened = stolen.sensors.cameras_opened
    stolen.clock.passes(hours=71)
    stolen.beat()
    assert stolen.sensors.cameras_opened == opened == 1
    [said] = [record["details"] for record in stolen.records if record.get("event") == "disputed"]
    assert said["text"] == "Bought at the market, 555-0199"
    stolen.clock.passes(hours=1)
    stolen.beat()
    assert stolen.sensors.cameras_opened == opened + 1


def test_a_second_dispute_is_heard_and_pauses_nothing(stolen):
    drop.say(stolen.settings.public, "")
    later(stolen)
    stolen.clock.passes(hours=80)
    drop.say(stolen.settings.public, "once more")
    later(stolen)
    assert stolen.events == ["disputed", "disputed"]
    assert stolen.sensors.cameras_opened == 2


def test_at_home_a_dispute_means_nothing(laptop):
    laptop.beat("start")
    drop.say(laptop.settings.public, "mine")
    later(laptop)
    assert laptop.events == []
    assert list((laptop.settings.public / drop.NAME).iterdir()) == []


def test_what_stands_in_a_letter_is_for_the_owner_alone(stolen):
    drop.say(stolen.settings.public, "call \x1b[31m 555\u202e")
    later(stolen)
    [said] = [record["details"] for record in stolen.records if record.get("event") == "disputed"]
    assert said["text"] == "call [31m 555"
    assert "555" not in (stolen.settings.public / "journal.jsonl").read_text()


def test_what_is_no_letter_is_thrown_away(stolen, tmp_path):
    box, secret = stolen.settings.public / drop.NAME, tmp_path / "secret"
    secret.write_text("not for the owner")
    (box / "dispute-1").symlink_to(secret)
    os.mkfifo(box / "dispute-2")
    (box / "dispute-3").mkdir()
    later(stolen)
    assert stolen.events == []
    assert not [path.name for path in box.iterdir() if not path.is_dir()]
    assert secret.exists()


def test_holds_that_cannot_be_read_are_set_aside_and_told(guarded):
    later(guarded, maria(locked=True))
    guarded.file("holds.json").write_bytes(b"damaged")
    later(guarded, maria())
    assert "state-lost" in guarded.events


def test_the_notice_comes_after_a_day():
    assert Theft("t", NOW, NOW + HOUR).is_told(NOW + 24 * HOUR)
    assert not Theft("t", NOW, NOW + HOUR).is_told(NOW + 23 * HOUR)


def asked_who(*lines):
    screen = io.StringIO()
    answers = io.StringIO("".join(f"{line}\n" for line in lines))
    return consent_screen.ask_who_uses(answers, screen, {"mallory", "bob"}.__contains__), screen


def test_enter_says_that_nobody_but_the_owner_uses_it():
    assert asked_who("")[0] == asked_who("Owner")[0] == ()


def test_a_name_that_nobody_signs_in_with_is_asked_for_again():
    who, screen = asked_who("bbo", "bob, mallory")
    assert who == ("bob", "mallory")
    assert "Nobody signs in here as 'bbo'." in screen.getvalue()
    with pytest.raises(NoConsent):
        asked_who("bbo")
