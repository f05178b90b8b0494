"""What stands on invoices, and whether a VAT number takes the tax off: only VIES decides that."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask

from portal import cli
from portal.billing import details
from portal.billing.models import BillingDetails, Purchase
from portal.context import services_of
from portal.db import for_writing
from portal.settings import Settings, from_environment
from tests.cast import DAY, Clock
from tests.fake_stripe import FakeStripe
from tests.fake_vies import KNOWN, FakeVies
from tests.portal.conftest import Caller
from tests.portal.selling import GROSS, ask_again, bills_of, page, paid, reading, selling
from tests.portal.terminal import environment_of

PATH = "/payments/details"
FRENCH = {"country": "FR", "vat": KNOWN}
GIVEN = FRENCH | {"name": "Made-up Shop", "address": "1 Home Street\nMade-up Town"}
HOUR = 3_600_000


@pytest.fixture
def register() -> Iterator[FakeVies]:
    fake = FakeVies()
    yield fake
    fake.close()


@pytest.fixture
def asked_at(register: FakeVies) -> str:
    return register.url


@pytest.fixture
def settings(settings: Settings, provider: FakeStripe, asked_at: str) -> Settings:
    made = selling(settings, provider)
    return replace(made, billing=replace(made.billing, vies=asked_at))


def gives(caller: Caller, **other: str) -> Any:
    return caller.http.post(PATH, data=GIVEN | other)


def kept(caller: Caller) -> BillingDetails | None:
    with reading(caller) as session:
        return session.query(BillingDetails).one_or_none()


def asks_again(app: Flask, clock: Clock) -> None:
    services = services_of(app)
    details.ask_due(for_writing(services.engine), services.settings.billing, clock)


def test_a_number_that_vies_knows_takes_the_tax_off_and_the_proof_stays(
    alice: Caller, provided: FakeStripe, register: FakeVies
) -> None:
    purchase = paid(alice, provided, **FRENCH)
    [bill] = bills_of(alice)
    assert (bill.net, bill.tax, bill.tax_kind) == (8000, 0, "reverse-charge")
    assert bill.vies_reference == purchase.vies_reference == "WAPI000000000001"
    [asked] = register.asked
    assert (asked["countryCode"], asked["vatNumber"]) == ("FR", KNOWN[2:])
    assert (asked["requesterMemberStateCode"], asked["requesterNumber"]) == ("DE", "123456788")
    shown = page(alice, f"/payments/invoices/{bill.number}")
    assert f"{KNOWN} (VIES WAPI000000000001)" in shown
    assert "Reverse charge" in shown


def test_a_number_that_vies_does_not_know_changes_nothing_of_the_tax(
    alice: Caller, provided: FakeStripe, register: FakeVies
) -> None:
    register.valid = set()
    purchase = paid(alice, provided, **FRENCH)
    assert (purchase.gross, purchase.tax_kind, purchase.vies_reference) == (9600, "destination", "")
    assert "does not know this VAT number" in page(alice, PATH)


@pytest.mark.parametrize(
    "odd", ["", "<html>", "[]", "7", "{}", '{"valid": "true"}', '{"valid": 1}',
            '{"actionSucceed": false, "errorWrappers": [{"error": "MS_UNAVAILABLE"}]}'],
)  # fmt: skip
def test_only_a_yes_is_a_yes(
    alice: Caller, provided: FakeStripe, register: FakeVies, odd: str
) -> None:
    register.odd = odd
    assert paid(alice, provided, **FRENCH).tax_kind == "destination"
    held = kept(alice)
    assert held
    assert held.vies_valid is None


def test_while_vies_is_away_tax_is_charged_and_she_is_told(
    app: Flask, alice: Caller, clock: Clock, provided: FakeStripe, register: FakeVies
) -> None:
    register.away = True
    purchase = paid(alice, provided, **FRENCH)
    assert purchase.gross == 9600
    assert "has not answered yet" in page(alice, f"/payments/{purchase.id.hex()}")
    register.away = False
    asks_again(app, clock)
    assert len(register.asked) == 1, "an hour is waited before it is asked anew"
    clock.pass_(hours=1)
    asks_again(app, clock)
    alice.sign_in()
    assert "this VAT number is valid" in page(alice, PATH)


def test_with_its_answer_a_license_can_go_on_without_the_tax(
    app: Flask, alice: Caller, clock: Clock, provided: FakeStripe, register: FakeVies
) -> None:
    register.away = True
    first = paid(alice, provided, **FRENCH)
    register.away = False
    clock.pass_(hours=1)
    asks_again(app, clock)
    alice.sign_in()
    assert alice.http.post("/payments/change", data={"tier": "family"}).status_code == 303
    ask_again(app, clock)
    with reading(alice) as session:
        now = session.get_one(Purchase, first.id)
    assert (now.net, now.gross, now.tax_kind) == (8000, 8000, "reverse-charge")
    assert now.vies_reference == "WAPI000000000002"


def test_it_is_asked_anew_after_thirty_days_and_silence_changes_nothing(
    app: Flask, alice: Caller, clock: Clock, register: FakeVies
) -> None:
    assert gives(alice).status_code == 303
    clock.now += 30 * DAY - 1
    asks_again(app, clock)
    assert len(register.asked) == 1
    clock.now += 1
    register.away = True
    asks_again(app, clock)
    held = kept(alice)
    assert held
    assert (len(register.asked), held.vies_valid) == (2, True)
    register.away, register.valid = False, set()
    clock.now += HOUR
    asks_again(app, clock)
    held = kept(alice)
    assert held
    assert held.vies_valid is False


def test_the_operator_hears_of_a_number_that_is_no_longer_known(
    app: Flask, alice: Caller, clock: Clock, provided: FakeStripe, register: FakeVies,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    paid(alice, provided, **FRENCH)
    environment = environment_of(services_of(app).settings)
    assert cli.main(["billing", "waiting"], environment) == 0
    register.valid = set()
    clock.now += 30 * DAY
    asks_again(app, clock)
    assert cli.main(["billing", "waiting"], environment) == 1
    assert f"no longer knows {KNOWN}" in capsys.readouterr().out


def test_another_number_begins_anew_and_the_same_one_does_not(
    alice: Caller, register: FakeVies
) -> None:
    for number in (KNOWN, "fr 40 303 265 045", "FR 23 334 175 221"):
        assert gives(alice, vat=number).status_code == 303
    assert len(register.asked) == 2
    held = kept(alice)
    assert held
    assert (held.vat_number, held.vies_valid) == ("FR23334175221", False)
    gives(alice, vat="")
    held = kept(alice)
    assert held
    assert (held.vat_number, held.vies_valid, held.vies_due) == ("", None, None)


def test_her_invoices_say_what_she_gave_and_those_made_stay(
    alice: Caller, provided: FakeStripe
) -> None:
    paid(alice, provided)
    gives(alice, name="Made-up <b>Shop", vat="")
    provided.charge(provided.subscriptions["sub_1"], GROSS)
    before, after = bills_of(alice)
    assert before.buyer == alice.owner.email
    assert after.buyer.splitlines() == ["Made-up <b>Shop", "1 Home Street", "Made-up Town"]
    shown = page(alice, f"/payments/invoices/{after.number}")
    assert "Made-up &lt;b&gt;Shop<br>1 Home Street<br>Made-up Town<br>" in shown


@pytest.mark.parametrize(
    ("wrong", "said"),
    [({"name": "x" * 121}, "120 characters"), ({"address": "x" * 401}, "400"),
     ({"name": "a\x1b[2Jb"}, "120"), ({"country": ""}, "Choose your country"),
     ({"country": "F1"}, "Choose your country"), ({"country": "EU"}, "Choose your country"),
     ({"vat": "FR1"}, "not a VAT number"),
     ({"vat": "DE136695976"}, "another country")],
)  # fmt: skip
def test_what_cannot_stand_on_an_invoice_is_refused_and_what_was_kept_stays(
    alice: Caller, wrong: dict[str, str], said: str
) -> None:
    gives(alice, name="Before")
    answer = gives(alice, **wrong)
    assert answer.status_code == 422
    assert said in answer.text
    held = kept(alice)
    assert held
    assert held.name == "Before"


def test_the_security_log_says_that_it_changed_once_and_not_to_what(alice: Caller) -> None:
    for _ in range(2):
        gives(alice)
    log = page(alice, "/account/log")
    assert log.count("You changed what stands on your invoices.") == 1
    assert "Made-up Shop" not in log


def test_nobody_sees_or_changes_anothers(alice: Caller, bob: Caller) -> None:
    gives(alice)
    assert "Made-up Shop" not in page(bob, PATH)
    gives(bob, name="Bob")
    assert "Made-up Shop" in page(alice, PATH)


def test_they_go_with_the_account(app: Flask, alice: Caller) -> None:
    gives(alice)
    with reading(alice) as session:
        session.connection().exec_driver_sql("DELETE FROM account")
        session.commit()
    assert kept(alice) is None


def test_greece_is_named_as_tax_offices_name_it(alice: Caller, register: FakeVies) -> None:
    assert gives(alice, country="GR", vat="EL094259216").status_code == 303
    assert register.asked[0]["countryCode"] == "EL"


@pytest.mark.parametrize(
    ("said", "problem"),
    [({"HOMEWARD_VIES": "http://vies.example/check"}, "must be an https address"),
     ({"HOMEWARD_VIES": "https://vies.example/check", "HOMEWARD_SELLER_VAT": "no"},
      "wants HOMEWARD_SELLER_VAT")],
)  # fmt: skip
def test_settings_that_cannot_be_are_told(
    tmp_path: Any, said: dict[str, str], problem: str
) -> None:
    with pytest.raises(ValueError, match=problem):
        from_environment({"HOMEWARD_DATA_DIR": str(tmp_path)} | said)


@pytest.mark.parametrize("asked_at", [""])
def test_where_nothing_is_looked_up_tax_is_charged_and_she_is_told_why(
    alice: Caller, provided: FakeStripe, register: FakeVies
) -> None:
    assert paid(alice, provided, **FRENCH).gross == 9600
    assert "looks no VAT number up" in page(alice, PATH)
    assert register.asked == []
