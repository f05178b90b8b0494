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


@pytest.mark.parametrize(
    "words",
    [
        ("--days", "6"), ("--days", "366"), ("--theft-days", "29"), ("--delete-before", "soon"),
        ("--delete-before", "2999-01-01"), ("--days", "x"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_before_the_password(
    run: Run, laptop: HttpLaptop, name: str, words: tuple[str, str]
) -> None:
    del laptop
    assert run("keep", name, *words).code in (1, 2)
