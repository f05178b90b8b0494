"""Readers who asked for letters, and an operator who sends some."""

import re
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from portal.context import services_of
from portal.db import for_writing
from portal.mail import sending
from portal.mail.sending import Post
from portal.marketing import campaigns
from portal.marketing.campaigns import Plan, Text
from portal.marketing.models import Campaign, Scope
from portal.marketing.surveys import Question
from tests.cast import Clock
from tests.portal.mailboxes import Mailboxes, deliver, mail_server, post_of

PORTAL = "https://portal.example"
TEXT = Text("What is new", "Laptops come home faster.")


class Press:
    """The operator's side: write, try out, start, and let the jobs of minutes run."""

    def __init__(self, app: Flask, clock: Clock) -> None:
        self.app, self.clock = app, clock
        services = services_of(app)
        self.engine, self.pepper = services.engine, services.settings.pepper
        self.gate = campaigns.gate(self.pepper, PORTAL, "Homeward, 1 Home Street, Hometown")
        self.boxes = Mailboxes()

    def begin(
        self, scope: Scope = Scope.NEWS, per_hour: int = 6000, question: Question = Question.NONE
    ) -> int:
        """A running campaign; its number."""
        with Session(for_writing(self.engine)) as session:
            asks = question or (Question.RECOMMEND if scope is Scope.SURVEYS else Question.NONE)
            plan = Plan(scope, "en", per_hour, asks)
            made = campaigns.new(session, TEXT, plan, self.clock.now)
            campaigns.test(session, made, "operator@portal.example", self.pepper, self.clock.now)
            number = made.number
            session.commit()
        self.send()
        self.change(number, campaigns.start)
        return number

    def change(self, number: int, what: Any) -> None:
        with Session(for_writing(self.engine)) as session:
            what(campaigns.get(session, number))
            session.commit()

    def state(self, number: int) -> Campaign:
        with Session(self.engine) as session:
            return campaigns.get(session, number)

    def advance(self) -> None:
        with Session(for_writing(self.engine)) as session:
            campaigns.advancing(self.pepper)(session, self.clock.now)
            session.commit()

    def send(self) -> int:
        return deliver(self.app, self.clock, self.boxes, self.gate)

    def send_all(self) -> None:
        for _ in range(3):
            self.advance()
            self.send()

    def post(self, port: int) -> Post:
        return post_of(self.app, self.clock, port, self.gate)

    def news_of(self, address: str) -> list[Any]:
        return [one for one in self.boxes.of(address) if one["Subject"] == TEXT.subject]

    def send_while(self, boxes: Mailboxes) -> None:
        """One run of the sender against a server that does something meanwhile."""
        with mail_server(boxes) as port:
            sending.send_due(self.post(port))


def link_in(letter: Any, path: str) -> str:
    """The path of a link that stands in a letter."""
    found = re.search(rf"{PORTAL}({path}\S+)", letter.get_content())
    assert found, letter.get_content()
    return found[1]


def subscribe(press: Press, http: FlaskClient, address: str, *scopes: str) -> None:
    """Ask on the page, read the letter, follow its link, press the button."""
    answer = http.post("/news", data={"email": address, "scope": list(scopes or ("news",))})
    assert answer.status_code == 303
    press.send()
    link = link_in(press.boxes.of(address)[-1], "/news/confirm/")
    assert http.get(link).status_code == 200
    assert http.post(link).status_code == 303
