from dataclasses import replace
from datetime import timedelta

import pytest

from agent import consent, durable
from agent.consent import NOTHING, Consent
from agent.plan import AT_HOME, SENSORS, make_plan
from shared.orders import Standing, Theft, Will
from tests.agent.other_end import DAY, NOW

EVERYTHING = Consent("alice", NOW, SENSORS)
UNTIL = NOW + 14 * DAY


def will(**theft):
    stolen = Theft("t", NOW, UNTIL, **theft)
    return Will(Standing.STOLEN, NOW, bytes(32), bytes(32), 1, bytes(32), theft=stolen)


HOME = Will(Standing.HOME, NOW, bytes(32), bytes(32), 1, bytes(32))


def test_at_home_it_looks_hourly_and_at_no_camera():
    plan = make_plan(HOME, EVERYTHING, NOW)
    assert plan.sensors == (
        "address", "wifi", "location", "power", "heat", "disk", "posture",
    )  # fmt: skip
    assert plan.wait == timedelta(hours=1)
    assert plan.mandate_until is None


def test_a_stolen_laptop_looks_every_five_minutes_at_everything():
    plan = make_plan(will(), EVERYTHING, NOW)
    assert set(plan.sensors) == set(SENSORS)
    assert plan.wait == timedelta(minutes=5)
    assert plan.mandate_until == UNTIL


@pytest.mark.parametrize("now", [UNTIL, UNTIL + 1, UNTIL + 365 * DAY])
def test_a_mandate_that_has_ended_means_home(now):
    assert make_plan(will(), EVERYTHING, now) == make_plan(HOME, EVERYTHING, now)


def test_a_mandate_counts_until_its_last_millisecond():
    assert "camera" in make_plan(will(), EVERYTHING, UNTIL - 1).sensors


def test_however_often_it_is_renewed_half_a_year_after_it_began_it_is_over():
    half_a_year = NOW + 180 * DAY
    renewed = replace(will(), theft=Theft("t", NOW, half_a_year + 30 * DAY))
    assert make_plan(renewed, EVERYTHING, half_a_year - 1).mandate_until == half_a_year
    assert make_plan(renewed, EVERYTHING, half_a_year) == make_plan(HOME, EVERYTHING, half_a_year)


@pytest.mark.parametrize("name", ["camera", "traceroute"])
def test_the_owner_may_leave_it_out(name):
    plan = make_plan(will(**{name: False}), EVERYTHING, NOW)
    assert name not in plan.sensors
    assert name not in plan.refused


@pytest.mark.parametrize("name", SENSORS)
def test_what_was_refused_is_not_looked_at_stolen_or_not(name):
    agreed = Consent("alice", NOW, tuple(other for other in SENSORS if other != name))
    for said in (HOME, will()):
        plan = make_plan(said, agreed, NOW)
        assert name not in plan.sensors
        assert (name in plan.refused) == (said is not HOME or name in AT_HOME)


def test_who_agreed_before_a_sensor_existed_has_not_agreed_to_it(tmp_path):
    file = tmp_path / "consent.json"
    durable.write_json(
        file, {"who": "alice", "t": NOW, "sensors": ["address", "location", "power", "camera"]}
    )
    plan = make_plan(will(), consent.load(file), NOW)
    assert plan.sensors == ("address", "location", "power", "camera")
    assert plan.refused == ("wifi", "heat", "disk", "posture", "traceroute")


def test_without_consent_it_looks_at_nothing():
    assert make_plan(will(), NOTHING, NOW).sensors == ()
