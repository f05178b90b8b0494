"""What an owner said about letters, and taking it back: as easy as giving it."""

import pytest
from flask import Flask

from tests.cast import Clock
from tests.portal.conftest import Caller
from tests.portal.letters_asked_for import Press, link_in


@pytest.fixture
def press(app: Flask, clock: Clock) -> Press:
    return Press(app, clock)


def lines(alice: Caller) -> str:
    shown: str = alice.http.get("/account/letters").text
    return shown.partition("What you said, and when")[2]


def test_each_yes_and_no_of_hers_stands_on_her_page(
    alice: Caller, bob: Caller, press: Press
) -> None:
    assert lines(alice) == ""
    alice.http.post("/account/letters", data={"scope": "news"})
    assert "Asked for, not yet confirmed: News and updates (in your account)" in lines(alice)
    press.send()
    [letter] = [one for one in press.boxes.of(alice.owner.email) if "confirm" in one["Subject"]]
    alice.http.post(link_in(letter, "/news/confirm/"))
    assert "Yes, from your mailbox: News and updates (by the link in a letter)" in lines(alice)
    alice.http.post("/account/letters", data={})
    alice.http.post("/opt-out", data={"email": alice.owner.email})
    told = lines(alice)
    assert "No more: News and updates (in your account)" in told
    assert "No more: Surveys (on the page “No more letters”)" in told
    assert told.count("News and updates") == 4
    assert lines(bob) == ""


def test_taking_it_back_takes_as_many_clicks_as_giving_it(alice: Caller) -> None:
    """One box and one button, both times: the same form."""
    page = alice.http.get("/account/letters").text
    assert page.count('name="scope"') == 3
    assert page.count('<form class="stack"') == 1
