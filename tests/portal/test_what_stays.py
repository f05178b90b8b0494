"""Once an account is gone there is nothing of it but what its last letter names."""

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.models import Account
from portal.billing.models import Bill
from portal.context import services_of
from portal.db import for_writing
from portal.privacy.retention import outliving
from tests.cast import Clock, Laptop
from tests.portal.conftest import Caller
from tests.portal.test_closing import ask, naming, run_jobs, stored_file


def a_bill(owner: Account, now: int) -> Bill:
    return Bill(
        number="I-2026-1", series="I", year=2026, count=1, issued=now, purchase=owner.id,
        account=owner.id, event="e", payment="p", corrects=None, buyer=owner.email_norm, what="",
        quantity=1, currency="EUR", net=100, tax=19, tax_kind="vat", tax_country="DE", tax_rate=19,
        vat_number="",
    )  # fmt: skip


@pytest.mark.both_databases
def test_nothing_of_hers_stays_but_what_the_last_letter_names(
    app: Flask, alice: Caller, laptop: Laptop, clock: Clock
) -> None:
    """With all there can be of an owner: laptop, report, picture, letters, a bill, a request."""
    engine, email = services_of(app).engine, alice.owner.email
    stored_file(alice, laptop)
    with Session(for_writing(engine)) as session:
        session.add(a_bill(session.scalars(select(Account)).one(), clock.now))
        session.commit()
    asked = {"kind": "copy", "email": email, "text": "all of it"}
    assert alice.http.post("/requests", data=asked).status_code == 303
    assert alice.http.post("/news", data={"email": email, "scope": "news"}).status_code == 303
    before = naming(engine, alice.owner)
    assert {"account", "device", "mail", "contact", "bill", "rights_request"} <= before
    ask(alice, 14)
    clock.pass_(days=14)
    run_jobs(app, clock)
    stays = {table for one in outliving() for table in one.columns}
    left = naming(engine, alice.owner) - {"mail"}  # the last letter itself
    assert left <= stays
    assert left >= {"audit", "bill", "rights_request"}
