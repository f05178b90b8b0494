"""`homeward alarm`, `message`, `lock`, `wipe`: what reaches the laptop, and what nobody signs."""

from dataclasses import replace
from typing import Any

import pytest

from owner import asking, outside
from owner.client import Portal
from owner.desk import Desk
from owner.errors import NotConfirmed
from owner.session import load
from shared import readings
from shared.command import Wish
from shared.wishes import Wipe, parse
from tests.owner.conftest import Run
from tests.owner.http_laptop import HttpLaptop

FOLDER = "/home/alice/Letters"


def asked(laptop: HttpLaptop) -> list[tuple[Wish, dict[str, Any]]]:
    """What the laptop opened of its commands."""
    laptop.check_in()
    return laptop.opened


def test_an_alarm_a_message_and_a_lock_reach_the_laptop_as_they_were_said(
    run: Run, laptop: HttpLaptop, name: str
) -> None:
    text = "Please call 555-0100. ¿Gracias?"
    for words in (["alarm", name, "--seconds", "30"], ["message", name, text], ["lock", name]):
        ran = run(*words, "--json")
        assert (ran.code, ran.said["name"]) == (0, name)
    assert asked(laptop) == [
        (Wish.ALARM, {"seconds": 30}), (Wish.MESSAGE, {"text": text}), (Wish.LOCK, {}),
    ]  # fmt: skip


def test_the_answer_stands_in_the_evidence(run: Run, laptop: HttpLaptop, name: str) -> None:
    sent = run("lock", name, "--json").said["command_id"]
    laptop.check_in()
    outcome = {"wish": "lock", "result": "failed", "detail": "stays-unlocked", "said": {}}
    laptop.check_in(laptop.core.seal(readings.answer(laptop.moment(), sent, outcome), ()))
    shown = run("evidence", name).out
    assert "lock: fai" in shown
    assert "(stays-unlocked)" in shown
    (record,) = run("evidence", name, "--json").said["others"]
    assert record["record"]["command_id"] == sent


BOUNDS = {
    "an alarm of no time": ["alarm", "NAME", "--seconds", "4"],
    "an alarm that never ends": ["alarm", "NAME", "--seconds", "601"],
    "a message that says nothing": ["message", "NAME", "  "],
    "a message as long as a book": ["message", "NAME", "a" * 1001],
    "a wipe of nothing": ["wipe", "NAME", "--confirm", "NAME"],
    "a wipe of a folder in two lines": ["wipe", "NAME", "--folder", "/a/b\nc", "--confirm", "NAME"],
}  # fmt: skip


@pytest.mark.parametrize("which", BOUNDS)
def test_what_the_laptop_would_refuse_is_not_signed(
    run: Run, laptop: HttpLaptop, name: str, which: str
) -> None:
    run("stolen", name)
    words = [name if word == "NAME" else word for word in BOUNDS[which]]
    assert run(*words, "--json").refusal == "bad-input"
    assert asked(laptop) == []


def test_a_laptop_at_home_is_not_wiped(run: Run, laptop: HttpLaptop, name: str) -> None:
    ran = run("wipe", name, "--folder", FOLDER, "--confirm", name, "--json")
    assert ran.refusal == "not-stolen"
    assert asked(laptop) == []


@pytest.mark.parametrize("confirmed", [[], ["--confirm", "another"], ["--confirm", ""]])
def test_a_wipe_is_confirmed_by_the_laptops_name(
    run: Run, laptop: HttpLaptop, name: str, confirmed: list[str]
) -> None:
    run("stolen", name)
    ran = run("wipe", name, "--folder", FOLDER, *confirmed, "--json")
    assert ran.refusal == "not-confirmed"
    assert asked(laptop) == []


def test_a_wipe_names_folders_homes_and_whether_it_forgets(
    run: Run, laptop: HttpLaptop, name: str
) -> None:
    run("stolen", name)
    words = ["--folder", FOLDER, "--home", "alice", "--home", "bob", "--forget"]
    assert run("wipe", name, *words, "--confirm", name, "--json").code == 0
    ((wish, said),) = asked(laptop)
    assert parse(wish, said) == Wipe((FOLDER,), ("alice", "bob"), forget=True)


def test_counting_needs_no_second_confirmation(run: Run, laptop: HttpLaptop, name: str) -> None:
    run("stolen", name)
    assert run("wipe", name, "--folder", FOLDER, "--dry-run", "--json").code == 0
    ((wish, said),) = asked(laptop)
    assert parse(wish, said) == Wipe((FOLDER,), dry_run=True)


def test_the_password_is_not_asked_for_before_all_else_is_right(
    run: Run, laptop: HttpLaptop, name: str
) -> None:
    run("stolen", name)
    here = outside.real(quiet=True, password_from_stdin=False)
    session = load(here.home)
    questions: list[str] = []
    watched = replace(here, password=lambda why: questions.append(why) or "")
    desk = Desk(watched, Portal(session.portal, session.cookie), session)
    with pytest.raises(NotConfirmed):
        asking.ask(desk, name, Wipe((FOLDER,)), "no")
    assert questions == []
