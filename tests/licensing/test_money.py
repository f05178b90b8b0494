"""Prices, changes, promo codes, money back, taxes, invoices."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from licensing import invoices, meters, plan, promo, proration, refunds, tax
from licensing.errors import BadPlans, BadPromo, BadTaxNumber
from licensing.plan import Period
from licensing.refunds import Due, Ground, Paid, Reason, Refused
from licensing.tax import Buyer, Kind, Tax, Vies

DAY = 24 * 60 * 60 * 1000
NOW = 1_700_000_000_000
TIERS = plan.load()
RATES = tax.load()
VIES = Vies("DE136695976", True, NOW, "WAPIAAAA1")
TAX_19 = Tax(Kind.DOMESTIC, "DE", 1900)


def at(*when: int) -> int:
    return round(datetime(*when, tzinfo=UTC).timestamp() * 1000)  # type: ignore[arg-type,misc]


def test_the_tiers_are_what_the_pages_promise() -> None:
    assert {name: tier.seats for name, tier in TIERS.items() if tier.prices or tier.length} == {
        "trial": 2, "solo": 1, "family": 5, "office": 10_000,
    }  # fmt: skip
    assert TIERS["trial"].length == timedelta(days=30)


def test_an_office_pays_by_the_seat() -> None:
    assert TIERS["office"].price("EUR", Period.YEAR, 7) == 7 * 2500
    assert TIERS["family"].price("EUR", Period.YEAR, 7) == 8000
    assert TIERS["office"].seats_of(7) == 7
    assert TIERS["family"].seats_of(7) == 5


def test_what_is_not_sold_has_no_price() -> None:
    with pytest.raises(BadPlans):
        TIERS["solo"].price("XTS", Period.YEAR)


@pytest.mark.parametrize(
    "text",
    ["solo = 1", "[solo]\nversion = 1", "[solo]\nversion = 1\nseats = 0\nevidence_mb = 1", "[", ""
     "[solo]\nversion = 1\nseats = 1\nevidence_mb = 1\nprices.eur = { week = 3 }"],
)  # fmt: skip
def test_a_table_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(BadPlans):
        plan.load(text)


def test_a_trial_reports_twenty_hours_fast_and_then_slower_but_goes_on() -> None:
    fast = timedelta(minutes=5)
    assert meters.cycles(TIERS["trial"]) == 240
    assert meters.interval(TIERS["trial"], meters.Usage(239), fast) == fast
    assert meters.interval(TIERS["trial"], meters.Usage(240), fast) == timedelta(hours=1)
    assert meters.interval(TIERS["solo"], meters.Usage(10**6), fast) == fast


def test_the_room_for_evidence_grows_with_an_offices_seats() -> None:
    assert meters.room(TIERS["office"], seats=2) == 20 * 10**9
    assert meters.room(TIERS["trial"], seats=2) == 2 * 10**9


def test_a_change_costs_what_is_left_of_the_period() -> None:
    month = proration.Period(at(2026, 6, 1), at(2026, 7, 1))
    half = proration.preview(300, 800, month, at(2026, 6, 16))
    assert (half.credit, half.charge, half.due) == (150, 400, 250)
    assert proration.preview(300, 800, month, at(2026, 7, 1)).due == 0
    assert proration.preview(800, 300, month, at(2026, 6, 1)).due == -500


@given(old=st.integers(0, 10**6), day=st.integers(-3, 400), length=st.integers(1, 366))
def test_changing_to_the_same_price_is_free(old: int, day: int, length: int) -> None:
    period = proration.Period(NOW, NOW + length * DAY)
    assert proration.preview(old, old, period, NOW + day * DAY).due == 0


def use(**changes: object) -> promo.Use:
    return promo.Use(**{"tier": "solo", "now": NOW, "used": 0, "used_by_account": False} | changes)  # type: ignore[arg-type]


HALF = promo.Promo("HALF", 50, limit=2, begins=NOW, ends=NOW + DAY, tiers=("solo",))


def test_a_promo_code_takes_its_part_off() -> None:
    assert promo.reduced(HALF, 301, use()) == 151
    assert promo.reduced(promo.Promo("ALL", 100, 1, NOW, NOW + 1), 999, use()) == 0
    assert promo.normal(" ha lf ") == "HALF"


@pytest.mark.parametrize(
    "bad",
    [{"now": NOW - 1}, {"now": NOW + DAY}, {"tier": "family"}, {"used": 2},
     {"used_by_account": True}],
)  # fmt: skip
def test_a_promo_code_out_of_place_is_refused_with_a_way_on(bad: dict[str, object]) -> None:
    with pytest.raises(BadPromo, match=r"[Bb]uy without it"):
        promo.reduced(HALF, 300, use(**bad))


FIRST = at(2026, 3, 1, 15, 30)


def test_money_goes_back_until_the_thirtieth_days_midnight() -> None:
    last = at(2026, 3, 31, 23, 59)
    assert refunds.decide(Paid(FIRST), last) == Due(Ground.MONEY_BACK)
    assert refunds.decide(Paid(FIRST), at(2026, 4, 1)) == Refused(Reason.TOO_LATE, at(2026, 4, 1))


def test_withdrawal_is_a_consumers_right_that_is_never_used_up() -> None:
    again = Paid(FIRST, refunded=FIRST - 30 * DAY)
    assert refunds.decide(again, at(2026, 3, 15, 23)) == Due(Ground.WITHDRAWAL)
    assert refunds.decide(again, at(2026, 3, 16)) == Refused(Reason.USED_BEFORE, at(2026, 4, 1))
    assert refunds.decide(Paid(FIRST), FIRST, consumer=False) == Due(Ground.MONEY_BACK)


def test_the_first_renewal_can_be_had_back_for_two_weeks() -> None:
    renewed = Paid(FIRST, renewed=at(2027, 3, 1))
    assert refunds.decide(renewed, at(2027, 3, 15, 23)) == Due(Ground.RENEWAL)
    assert refunds.decide(renewed, at(2027, 3, 16)).reason is Reason.TOO_LATE  # type: ignore[union-attr]


def test_nothing_paid_is_nothing_back() -> None:
    assert refunds.decide(Paid(None), NOW) == Refused(Reason.NOTHING_PAID)


@pytest.mark.parametrize(
    ("buyer", "kind", "rate"),
    [
        (Buyer("DE"), Kind.DOMESTIC, 1900),
        (Buyer("FI"), Kind.DESTINATION, 2550),
        (Buyer("US"), Kind.OUTSIDE, 0),
        (Buyer("FR", "FR40303265045"), Kind.DESTINATION, 2000),
        (Buyer("FR", "FR40303265045", VIES), Kind.DESTINATION, 2000),
    ],
)
def test_tax_is_charged_unless_somebody_proved_otherwise(
    buyer: Buyer, kind: Kind, rate: int
) -> None:
    found = tax.decide(RATES, "DE", buyer)
    assert (found.kind, found.rate) == (kind, rate)


def test_reverse_charge_takes_a_recorded_answer_for_this_very_number() -> None:
    asked = Buyer("DE", VIES.number, VIES)
    assert tax.decide(RATES, "FR", asked) == Tax(Kind.REVERSE_CHARGE, "DE", 0)
    refused = Buyer("DE", VIES.number, Vies(VIES.number, False, NOW, ""))
    assert tax.decide(RATES, "FR", refused).kind is Kind.DESTINATION
    assert tax.decide(RATES, "DE", asked).kind is Kind.DOMESTIC


def test_a_vat_number_is_read_as_typed_and_checked() -> None:
    assert tax.normal("de 136,695 976") == "DE136695976"
    with pytest.raises(BadTaxNumber):
        tax.normal("DE136695977")


def test_every_country_of_the_union_has_a_rate() -> None:
    assert len(RATES) == 27


def test_an_invoices_number_says_its_year() -> None:
    assert invoices.number("INV", 2026, 1) == "INV-2026-000001"
