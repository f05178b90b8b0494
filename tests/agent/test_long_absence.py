"""The portal is gone for a month: the outbox stays within its bound, and all arrives afterwards."""

import os
from dataclasses import replace

import pytest

from agent.outbox import Limits
from tests.agent.other_end import DAY

DAYS = 30 if os.environ.get("HOMEWARD_SOAK") else 2
SMALL = Limits(most=400_000, spare=0, least=0)


@pytest.fixture
def away(laptop, unplugged):
    """Reported stolen, then without a portal, with pictures and little room."""
    laptop.sensors.size = 20_000
    laptop.give(laptop.owner.stolen(days=29.9))
    laptop.beat("start")
    return replace(unplugged, sensors=laptop.sensors, clock=laptop.clock, limits=SMALL)


@pytest.mark.soak
def test_a_month_without_the_portal_stays_within_the_bound_and_arrives(laptop, away):
    beats = 0
    until = laptop.clock.t + DAYS * DAY
    while laptop.clock.t < until:
        laptop.clock.passes(minutes=30)
        away.beat()
        beats += 1
        if beats % 50 == 0:
            with away.opened() as parts:
                assert parts.outbox.size() <= SMALL.most
    laptop.beat()
    laptop.portal.check_chain(laptop.held)
    seqs = [sent.header.seq for sent in laptop.held.envelopes]
    assert seqs == list(range(len(seqs)))
    assert len(seqs) >= beats
    with laptop.opened() as parts:
        assert parts.outbox.records() == []
        assert parts.outbox.media() == []


def test_what_was_given_up_is_told_in_the_next_report(laptop, away):
    for _ in range(30):
        laptop.clock.passes(minutes=5)
        away.beat()
    laptop.clock.passes(minutes=5)
    laptop.beat()
    assert laptop.reports[-1]["counters"]["media_given_up"] > 0


def test_it_goes_home_by_itself_in_the_middle_of_the_absence(laptop, away):
    for _ in range(35):
        laptop.clock.passes(days=1)
        away.beat()
    assert away.status["standing"] == "home"
    assert laptop.sensors.cameras_opened <= 31
