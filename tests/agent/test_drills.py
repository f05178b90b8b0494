"""A theft rehearsed at home: everything but the camera, at once when asked, and by itself."""

import cv2
import numpy
import pytest

from agent import consent
from agent.consent import Consent
from agent.parts import CONSENT
from agent.plan import SENSORS, TEST_PICTURE, drill_plan
from agent.sensors import look
from agent.settings import Settings
from shared.command import Wish
from tests.agent.other_end import NOW, pictures


@pytest.fixture
def home(laptop):
    laptop.beat("start")
    return laptop


def ask(laptop):
    laptop.held.commands.append(laptop.owner.wish(Wish.DRILL, laptop.clock.t))
    laptop.beat("wake")


def drills(laptop):
    return [report for report in laptop.reports if report["why"] == "drill"]


def test_it_looks_at_all_that_a_theft_would_and_at_no_camera(home):
    ask(home)
    [report] = drills(home)
    assert report["asked"] == home.clock.t
    asked = set(home.sensors.plans[-1].sensors)
    assert asked == {*SENSORS, TEST_PICTURE} - {"camera"}
    assert home.sensors.cameras_opened == 0
    assert report["readings"]["camera"]["cameras"][0]["camera"] == "test picture"
    assert len(pictures(home.held, home.owner)) == 1
    assert home.answers == [("done", "")]


def test_whoever_is_at_the_laptop_reads_that_it_was_a_test_picture(home):
    ask(home)
    with home.opened() as parts:
        [line] = [line for line in parts.journal.lines() if line.get("why") == "drill"]
    assert (line["pictures"], line["cameras"]) == (1, ["test picture"])


def test_a_person_who_refused_the_camera_is_shown_to_the_owner_as_in_a_theft(home):
    agreed = tuple(name for name in SENSORS if name != "camera")
    consent.save(home.file(CONSENT), Consent("alice", NOW, agreed))
    ask(home)
    [report] = drills(home)
    assert report["readings"]["camera"]["unread"] == "not-consented"
    assert pictures(home.held, home.owner) == []


def test_a_stolen_laptop_does_not_drill(home):
    home.give(home.owner.stolen(t=home.clock.t))
    home.beat("wake")
    ask(home)
    assert home.answers == [("refused", "is-stolen")]
    assert drills(home) == []


def test_it_moves_no_hourly_look(home):
    home.clock.passes(minutes=30)
    ask(home)
    home.clock.passes(minutes=30)
    home.beat()
    assert [report["why"] for report in home.reports] == ["hourly", "drill", "hourly"]


def test_once_a_month_by_choice_and_never_without(home):
    home.give(home.owner.order(home.clock.t, drill_days=30))
    home.beat("wake")
    for _ in range(95):
        home.clock.passes(days=1)
        home.beat()
    assert len(drills(home)) == 3
    assert all("asked" not in report for report in drills(home))
    home.give(home.owner.order(home.clock.t))
    for _ in range(40):
        home.clock.passes(days=1)
        home.beat()
    assert len(drills(home)) == 3


def test_one_that_was_cut_off_is_not_begun_at_every_beat(home):
    home.give(home.owner.order(home.clock.t, drill_days=1))
    home.beat("wake")
    home.clock.passes(days=1)

    def crash(plan):
        raise RuntimeError

    looked = home.sensors.look
    home.sensors.look = lambda plan: crash(plan) if plan.why == "drill" else looked(plan)
    with pytest.raises(RuntimeError):
        home.beat()
    home.sensors.look = looked
    home.beat()
    assert drills(home) == []


def test_the_picture_is_drawn_and_says_in_words_what_it_is(home, tmp_path):
    plan = drill_plan(home.owner.will(), Consent("alice", NOW, ("camera",)))
    seen = look(plan, Settings("http://127.0.0.1:1", tmp_path), tmp_path)
    [shot] = seen.readings["camera"].cameras
    assert (shot.camera, shot.picture, shot.index) == ("test picture", "ok", 0)
    [jpeg] = seen.pictures
    shown = cv2.imdecode(numpy.frombuffer(jpeg, numpy.uint8), cv2.IMREAD_COLOR)
    assert shown.shape[:2] == (shot.height, shot.width)
