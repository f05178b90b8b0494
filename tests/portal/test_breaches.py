"""The register of breaches: its clocks, what was touched, and no end without a decision."""

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from portal.cli import main
from portal.context import services_of
from portal.db import for_writing
from portal.privacy import breaches
from portal.privacy.breaches import What
from portal.privacy.models import Breach, BreachStep
from shared.errors import Malformed
from tests.cast import NOW
from tests.portal.terminal import environment_of

HOUR, DAY = 3600 * 1000, 24 * 3600 * 1000


@pytest.mark.parametrize(
    ("hours", "left"), [(0, [24, 72]), (23, [1, 49]), (24, [0, 48]), (73, [-49, -1])]
)
def test_the_clocks_run_from_when_it_was_known(hours: int, left: list[int]) -> None:
    breach = Breach(aware=NOW, nature="x", classes="", people=0, drill=False)
    assert list(breaches.hours_left(breach, NOW + hours * HOUR).values()) == left


def test_what_is_sealed_is_told_apart(app: Flask) -> None:
    with Session(for_writing(services_of(app).engine)) as session:
        sealed = breaches.begin(session, "a stolen disk", ["evidence"], 3, NOW, drill=False)
        mixed = breaches.begin(
            session, "a stolen disk", ["evidence", "account"], 3, NOW, drill=False
        )
        assert breaches.unreadable(sealed)
        assert not breaches.unreadable(mixed)
        with pytest.raises(Malformed, match="no class"):
            breaches.begin(session, "x", ["passwords"], 1, NOW, drill=False)
        with pytest.raises(Malformed):
            breaches.begin(session, " ", [], 1, NOW, drill=False)


def test_it_cannot_be_closed_without_a_decision(app: Flask) -> None:
    with Session(for_writing(services_of(app).engine)) as session:
        breach = breaches.begin(session, "a lost key", ["log"], 0, NOW, drill=False)
        breaches.note(session, breach, What.FOUND, "Ana", "in a train", NOW)
        with pytest.raises(Malformed, match="decided"):
            breaches.close(session, breach, NOW)
        with pytest.raises(Malformed):
            breaches.note(session, breach, What.DECIDED, " ", "tell", NOW)
        breaches.note(session, breach, What.DECIDED, "Ana", "nobody is at risk", NOW)
        breaches.close(session, breach, NOW)
        session.commit()
        for years, there in ((4, True), (6, False)):
            breaches.purge(session, NOW + years * 365 * DAY)
            session.expire_all()
            assert (session.get(Breach, breach.number) is not None) is there
            assert bool(session.query(BreachStep).count()) is there


def test_a_drill_is_marked_and_shown_in_a_terminal(
    app: Flask, capsys: pytest.CaptureFixture[str]
) -> None:
    environment = environment_of(services_of(app).settings)
    words = ["breach", "open", "a rehearsal", "--class", "account", "--people", "7", "--drill"]
    assert main(words, environment) == 0
    assert "It is a drill." in capsys.readouterr().out
    note = ["breach", "note", "looked", "--what", "found", "--by", "Ana", "--number", "1"]
    assert main(note, environment) == 0
    assert main(["breach", "close", "--number", "1"], environment) == 1
    assert main(["breach", "show", "--number", "1"], environment) == 0
    shown = capsys.readouterr().out
    assert shown.splitlines()[-1] == "notification (GDPR, CRA): 72 hours left"
    assert "DRILL: " in shown
    assert main(["breach", "show", "--number", "9"], environment) == 1
