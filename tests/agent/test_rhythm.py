import random

import pytest

from agent.rhythm import Rhythm

HOME = {"wait": "3600.0", "reached": "yes", "poll": "900", "phase": "0.5"}
AWAY = {"wait": "3600.0", "reached": "no", "poll": "900", "phase": "0.5"}


def rhythm(now=1000.0, slept=0.0, chance=lambda: 0.5):
    return Rhythm(now, slept, chance)


def after_a_beat(said=HOME, **how):
    """A rhythm whose first beat took two seconds and ended at 1002."""
    beating = rhythm(**how)
    beating.began(1000.0)
    beating.ended(1002.0, said)
    return beating


def test_it_begins_at_once():
    assert rhythm().reason(1000.0, False) == "start"


def test_with_a_wake_channel_it_sleeps_until_the_next_look():
    beating = after_a_beat()
    assert beating.reason(4601.0, True) is None
    assert beating.reason(4602.0, True) == "due"
    assert beating.next(True) == 4602.0


def test_without_one_it_polls_in_between():
    beating = after_a_beat()
    assert beating.next(False) == 1002.0 + 900 + 15
    assert beating.reason(1918.0, False) == "due"


def test_a_poll_is_spread_by_the_laptops_own_phase_and_by_chance():
    dues = {after_a_beat({**HOME, "phase": str(p)}, chance=lambda c=c: c).next(False)
            for p in (0.0, 0.9) for c in (0.0, 0.9)}  # fmt: skip
    assert len(dues) == 3
    assert max(dues) - min(dues) <= 30


@pytest.mark.parametrize("said", [AWAY, {}, {"wait": "nonsense"}])
def test_failures_wait_longer_and_longer_up_to_ten_minutes(said):
    beating, now, pauses = rhythm(), 1000.0, []
    for _ in range(8):
        beating.began(now)
        beating.ended(now, said)
        pauses.append(beating.next(True) - now)
        now = beating.next(True)
    assert pauses == [0.75 * full for full in (30, 60, 120, 240, 480, 600, 600, 600)]


def test_a_failure_never_puts_off_the_next_look():
    beating = after_a_beat({**AWAY, "wait": "4.0"})
    assert beating.next(True) == 1006.0


def test_pauses_differ_from_laptop_to_laptop():
    chance = random.Random(1).random
    assert len({after_a_beat(AWAY, chance=chance).next(True) for _ in range(20)}) == 20


def test_an_answer_ends_the_pauses():
    beating = after_a_beat(AWAY)
    beating.ended(1100.0, HOME)
    beating.ended(1200.0, AWAY)
    assert beating.next(True) - 1200.0 == 0.75 * 30


def test_another_network_is_a_beat_five_seconds_later_and_ends_the_pauses():
    beating = after_a_beat(AWAY)
    for _ in range(20):
        beating.network_changed(1010.0)
    assert beating.reason(1014.0, True) is None
    assert beating.reason(1015.0, True) == "network"
    beating.began(1015.0)
    beating.ended(1016.0, AWAY)
    assert beating.next(True) - 1016.0 == 0.75 * 30


def test_waking_up_is_one_beat_and_no_catching_up():
    beating = after_a_beat()
    beating.notice_sleep(90_000.0, 88_000.0)
    # The look is overdue as well; both are one beat.
    assert beating.reason(90_000.0, True) == "due"
    beating.began(90_000.0)
    beating.ended(90_001.0, HOME)
    assert beating.next(True) == 90_001.0 + 3600


def test_a_short_sleep_is_told_as_waking_up():
    beating = after_a_beat()
    beating.notice_sleep(2000.0, 600.0)
    assert beating.reason(2004.0, True) is None
    assert beating.reason(2005.0, True) == "woke"


def test_the_network_that_waking_up_brings_does_not_hide_it():
    beating = after_a_beat()
    beating.notice_sleep(2000.0, 600.0)
    beating.network_changed(2000.0)
    assert beating.reason(2005.0, True) == "woke"


def test_clocks_that_drift_are_no_sleep():
    beating = after_a_beat(slept=11.0)
    for second in range(1100, 1200):
        beating.notice_sleep(float(second), 0.01 * second)
    assert beating.reason(1200.0, True) is None


def test_a_poke_is_a_beat_at_once():
    beating = after_a_beat()
    beating.poked("wake", 1010.0)
    assert beating.reason(1010.0, True) == "wake"


def test_nobody_keeps_the_laptop_busy():
    beating, now, beats = rhythm(), 1000.0, []
    while now < 1600.0:
        beating.poked("wake", now)
        if beating.reason(now, True):
            beats.append(now)
            beating.began(now)
            beating.ended(now, HOME)
        now += 0.5
    assert len(beats) <= 3 * 600 / 30 + 3


def test_a_wait_of_nothing_is_not_a_loop():
    assert after_a_beat({**HOME, "wait": "0.0"}).next(True) == 1003.0
