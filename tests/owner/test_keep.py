"""homeward keep: how long evidence stays, said and changed in a terminal."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.owner.conftest import Run
from tests.owner.http_laptop import HttpLaptop

USUAL = {"days": 90, "theft_days": 90, "before": 0, "hold": False}


def test_it_says_how_things_stand_and_changes_what_is_named(
    run: Run, laptop: HttpLaptop, name: str
) -> None:
    assert run("keep", name, "--json").said == {"name": name, "keep": USUAL}
    assert "stays 90 days" in run("keep", name).out
    said = run("keep", name, "--days", "30", "--json").said
    assert said["keep"] == USUAL | {"days": 30}
    said = run("keep", name, "--theft-days", "730", "--hold", "--json").said
    assert said["keep"] == {"days": 30, "theft_days": 730, "before": 0, "hold": True}
    assert "until you say otherwise" in run("keep", name).out
    run("keep", name, "--no-hold")
    laptop.report()
    assert laptop.core.held
    assert laptop.core.held.will.keep.days == 30


def test_what_is_deleted_is_counted_and_the_rest_holds(
    run: Run, laptop: HttpLaptop, name: str
) -> None:
    for _ in range(2):
        laptop.report()
    soon = datetime.now(UTC) + timedelta(minutes=1)
    refused = run("keep", name, "--delete-before", soon.isoformat(), "--json")
    assert "still to come" in refused.said["error"]["message"]
    run("keep", name, "--delete-before", datetime.now(UTC).isoformat())
    laptop.report()
    shown = run("evidence", name, "--json")
    assert shown.code == 0
    assert shown.said["findings"] == []
    assert shown.said["let_go"] == 2
    assert len(shown.said["reports"]) == 1
    assert "Of 2 more the content is gone, as you asked." in run("evidence", name).out


@pytest.mark.parametrize("said", ["6", "366", "x", "-1", "9" * 30])
def test_days_out_of_bounds_are_not_understood(
    run: Run, name: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        run("keep", name, f"--days={said}")
    assert "a whole number of days from 7 to 365" in capsys.readouterr().err


@pytest.mark.parametrize("said", ["soon", "2999-01-01", "1970-01-01T00:00Z"])
def test_what_is_no_day_that_has_been_is_refused(run: Run, name: str, said: str) -> None:
    assert run("keep", name, "--delete-before", said, "--json").refusal == "bad-input"
