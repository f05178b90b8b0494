"""A portal that gives licenses out: the operator's terminal, an owner's page, and what stands."""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from licensing.license import State
from portal.accounts.models import Account
from portal.cli import main
from portal.context import services_of
from portal.licenses import operations
from portal.settings import Settings
from tests.cast import NOW, Clock, Laptop
from tests.portal.conftest import Caller
from tests.portal.terminal import environment_of

DAY = 24 * 3600


class Desk:
    """The operator at a terminal."""

    def __init__(self, settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
        since = {"HOMEWARD_LICENSES_SINCE": "2023-01-01"}
        self._environment = environment_of(settings) | since
        self._capsys = capsys

    def types(self, *words: str) -> tuple[int, str]:
        code = main(["license", *words], self._environment)
        said = self._capsys.readouterr()
        return code, (said.out or said.err).strip()

    def key(self, *words: str) -> str:
        code, said = self.types("issue", *words)
        assert code == 0, said
        return said


def claim(caller: Caller, key: str) -> Any:
    return caller.http.post("/licenses", data={"key": key})


def try_to_adopt(caller: Caller, clock: Clock) -> Any:
    laptop = Laptop()
    caller.post(f"/pair/{laptop.secret.rid.hex()}", laptop.offer_body())
    version = caller.owner.directory_version
    answer = caller.post("/devices", caller.owner.adopt(laptop, clock.now))
    if answer.status_code != 201:
        caller.owner.directory_version = version
    return answer


def page(caller: Caller) -> str:
    return " ".join(caller.http.get("/licenses").text.split())


def state(app: Flask, caller: Caller, clock: Clock) -> State:
    with Session(services_of(app).engine) as session:
        account = session.scalars(
            select(Account).where(Account.email_norm == caller.owner.email)
        ).one()
        return operations.holding(session, account, NOW, clock.now).license.state


def last_fact(app: Flask) -> int:
    """When the last thing happened to any license, by the operator's own clock."""
    with Session(services_of(app).engine) as session:
        return session.scalar(select(func.max(operations.LicenseFact.at))) or 0
