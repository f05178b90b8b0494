from datetime import timedelta

import pytest

from agent import consent, drop
from agent.consent import Consent
from agent.journal import Journal
from agent.parts import CONSENT
from agent.plan import SENSORS
from shared.orders import Standing, Theft
from tests.agent.conftest import PICTURE
from tests.agent.other_end import DAY, NOW, Owner, pictures


def test_the_first_beat_reports_at_once(laptop):
    coming = laptop.beat("start")
    assert [report["why"] for report in laptop.reports] == ["hourly"]
    assert laptop.reports[0]["readings"]["location"]["latitude"] == 52.5
    assert coming.wait == timedelta(hours=1)
    assert coming.reached


def test_twenty_four_hours_awake_make_a_report_an_hour(laptop):
    for _ in range(24 * 4):
        laptop.beat()
        laptop.clock.passes(minutes=15)
    assert len(laptop.reports) == 24


def test_a_check_in_between_looks_at_nothing(laptop):
    laptop.beat("start")
    laptop.clock.passes(minutes=15)
    coming = laptop.beat("wake")
    assert len(laptop.sensors.plans) == 1
    assert coming.wait == timedelta(minutes=45)


def test_a_day_asleep_makes_one_report_on_waking(laptop):
    laptop.beat("start")
    laptop.clock.passes(hours=24)
    laptop.beat("woke")
    laptop.beat("network")
    assert [report["why"] for report in laptop.reports] == ["hourly", "woke"]


def test_another_network_brings_a_look_forward_but_not_every_minute(laptop):
    laptop.beat("start")
    laptop.clock.passes(minutes=10)
    laptop.beat("network")
    for _ in range(4):
        laptop.clock.passes(minutes=1)
        laptop.beat("network")
    assert [report["why"] for report in laptop.reports] == ["hourly", "network"]


def test_a_boot_is_a_look(laptop):
    laptop.beat("start")
    laptop.clock.boot_id, laptop.clock.boottime = "second-boot", 5.0
    laptop.beat("start")
    assert len(laptop.reports) == 2


def test_stolen_orders_make_a_report_with_a_picture_at_once(laptop):
    laptop.beat("start")
    laptop.give(laptop.owner.stolen())
    laptop.clock.passes(seconds=30)
    coming = laptop.beat("wake")
    assert [report["why"] for report in laptop.reports] == ["hourly", "stolen"]
    assert laptop.reports[1]["orders_serial"] == 2
    assert pictures(laptop.held, laptop.owner) == [PICTURE]
    assert coming.wait == timedelta(minutes=5)


def test_sixty_stolen_minutes_make_twelve_reports(laptop):
    laptop.give(laptop.owner.stolen())
    laptop.beat("start")
    for _ in range(60):
        laptop.clock.passes(minutes=1)
        laptop.beat()
    stolen = [report for report in laptop.reports if report["why"] == "stolen"]
    assert len(stolen) == 13  # the first at once, then one every five minutes
    assert laptop.sensors.cameras_opened == 13


def test_it_opens_no_camera_at_home(laptop):
    for _ in range(50):
        laptop.beat()
        laptop.clock.passes(hours=1)
    assert laptop.sensors.cameras_opened == 0


def test_the_portal_learns_at_once_that_the_laptop_knows(laptop):
    """Also of orders that change nothing to look at, such as a renewed mandate."""
    laptop.beat("start")
    laptop.give(laptop.owner.order(thresholds={"battery": 20}))
    laptop.beat("wake")
    assert laptop.held.claims[-1].orders_serial == 2


def test_recovered_goes_home_at_once(laptop):
    laptop.give(laptop.owner.stolen())
    laptop.beat("start")
    laptop.give(laptop.owner.order())
    laptop.clock.passes(minutes=1)
    coming = laptop.beat("wake")
    assert laptop.status["standing"] == "home"
    assert coming.wait == timedelta(hours=1)
    assert laptop.sensors.plans[-1].why == "hourly"


def test_it_opens_no_camera_when_the_mandate_has_ended_also_offline(laptop, unplugged):
    laptop.give(laptop.owner.stolen(days=2))
    laptop.beat("start")
    unplugged.sensors, unplugged.clock = laptop.sensors, laptop.clock
    for _ in range(3):
        laptop.clock.passes(hours=24)
        unplugged.beat()
    # At 0 and 24 hours the mandate stood; at 48 and 72 it had ended.
    assert laptop.sensors.cameras_opened == 2
    assert unplugged.status["standing"] == "home"


def test_a_clock_set_back_does_not_revive_a_mandate(laptop):
    laptop.give(laptop.owner.stolen(days=2))
    laptop.beat("start")
    laptop.clock.passes(days=2)
    laptop.beat()
    laptop.clock.passes(hours=2)
    laptop.clock.t = NOW + 1000
    laptop.beat()
    laptop.clock.boot_id = "second-boot"
    laptop.beat()
    assert laptop.sensors.cameras_opened == 1


def test_a_clock_set_before_the_orders_reads_as_the_time_they_were_signed(laptop):
    signed = NOW + 5 * DAY
    laptop.clock.t = signed
    laptop.give(laptop.owner.stolen(t=signed, days=1))
    laptop.clock.t = NOW
    laptop.beat("start")
    with laptop.opened() as parts:
        assert parts.standing.now(NOW) == signed


@pytest.mark.parametrize("jump", [timedelta(hours=-1), timedelta(days=400)])
def test_a_clock_that_jumps_does_not_change_the_rhythm(laptop, jump):
    laptop.beat("start")
    laptop.clock.t += jump // timedelta(milliseconds=1)
    for _ in range(4):
        laptop.clock.passes(minutes=30)
        laptop.beat()
    assert len(laptop.reports) == 3


def test_a_refused_camera_stays_shut_and_the_owner_hears_why(laptop):
    agreed = tuple(name for name in SENSORS if name != "camera")
    consent.save(laptop.file(CONSENT), Consent("alice", NOW, agreed))
    laptop.give(laptop.owner.stolen())
    laptop.beat("start")
    assert laptop.sensors.cameras_opened == 0
    assert laptop.reports[-1]["readings"]["camera"]["unread"] == "not-consented"


def test_withdrawn_consent_looks_at_nothing(laptop):
    consent.save(laptop.file(CONSENT), Consent("alice", NOW, ()))
    laptop.give(laptop.owner.stolen())
    laptop.beat("start")
    assert all(plan.sensors == () for plan in laptop.sensors.plans)


def test_the_plan_takes_the_orders_word_for_camera_and_interval(laptop):
    laptop.give(laptop.owner.stolen(interval_s=120, camera=False))
    coming = laptop.beat("start")
    assert laptop.sensors.cameras_opened == 0
    assert coming.wait == timedelta(minutes=2)


def test_status_tells_the_truth_before_the_first_look_of_a_theft(laptop):
    laptop.beat("start")
    laptop.give(laptop.owner.stolen(note="Please call 555-0100."))
    seen = []

    def look(plan):
        seen.append((plan.why, laptop.status["standing"], laptop.status["note"]))
        return type(laptop.sensors).look(laptop.sensors, plan)

    laptop.sensors.look = look
    laptop.beat("wake")
    assert seen == [("stolen", "stolen", "Please call 555-0100.")]


def test_the_journal_has_a_line_for_each_look_and_no_place(laptop):
    laptop.give(laptop.owner.stolen())
    laptop.beat("start")
    looked = [line for line in Journal(laptop.settings.public).lines() if line["what"] == "looked"]
    assert [(line["why"], line["pictures"]) for line in looked] == [("hourly", 0), ("stolen", 1)]
    text = (laptop.settings.public / "journal.jsonl").read_text()
    assert "52.5" not in text
    assert "127.0.0.1" not in text


def test_what_is_private_can_be_read_by_nobody_else_and_what_is_public_by_all(laptop):
    laptop.give(laptop.owner.stolen())
    laptop.beat("start")
    assert laptop.settings.private.stat().st_mode & 0o077 == 0
    for path in laptop.settings.private.rglob("*"):
        assert path.stat().st_mode & 0o077 == 0, path
    for path in laptop.settings.public.iterdir():
        letter_box = path.name == drop.NAME  # for everybody to put something in, and no more
        assert path.stat().st_mode & 0o7777 == (0o1733 if letter_box else 0o644), path


def test_each_record_quotes_the_last_receipt(laptop):
    laptop.beat("start")
    laptop.clock.passes(hours=1)
    laptop.beat()
    assert laptop.reports[0]["receipt"] is None
    assert laptop.reports[1]["receipt"] is not None


def test_a_failed_upload_never_opens_the_camera_again(laptop):
    laptop.portal.misbehave = lambda method, path: (503, b"") if method == "PUT" else None
    laptop.give(laptop.owner.stolen())
    coming = laptop.beat("start")
    assert not coming.reached
    laptop.clock.passes(seconds=30)
    laptop.beat()
    assert laptop.sensors.cameras_opened == 1
    laptop.portal.misbehave = lambda method, path: None
    laptop.beat()
    assert laptop.sensors.cameras_opened == 1
    assert pictures(laptop.held, laptop.owner) == [PICTURE]
    with laptop.opened() as parts:
        assert parts.outbox.media() == []


def test_a_look_that_dies_is_not_repeated_before_its_time(laptop):
    laptop.give(laptop.owner.stolen())
    laptop.beat("start")
    laptop.clock.passes(minutes=5)
    opened = laptop.sensors.cameras_opened

    def dies(plan):
        laptop.sensors.plans.append(plan)
        raise KeyboardInterrupt

    laptop.sensors.look, look = dies, laptop.sensors.look
    with pytest.raises(KeyboardInterrupt):
        laptop.beat()
    laptop.sensors.look = look
    laptop.beat()
    assert laptop.sensors.cameras_opened == opened + 1


FORGERS = {
    "the portal's key": lambda laptop: laptop.portal.key,
    "another owner's": lambda laptop: Owner().signing,
    "the laptop's own": lambda laptop: laptop.device.signing,
}


@pytest.mark.parametrize("forger", FORGERS)
def test_forged_orders_open_no_camera_and_are_reported_once(laptop, forger):
    theft = Theft("t", NOW, NOW + DAY)
    forged = laptop.owner.order(
        signer=FORGERS[forger](laptop), standing=Standing.STOLEN, theft=theft
    )
    laptop.give(forged)
    for _ in range(4):
        laptop.beat()
        laptop.clock.passes(minutes=15)
    assert laptop.sensors.cameras_opened == 0
    assert laptop.status["standing"] == "home"
    assert laptop.events == ["orders-refused"]
