"""What somebody chooses to buy, and what it costs with the tax of where they are."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from licensing import promo, tax
from licensing.errors import BadPlans, BadPromo
from licensing.plan import Period, Tier
from licensing.promo import Promo
from licensing.tax import Buyer, Tax
from portal.accounts.models import Account
from portal.billing import details
from portal.billing.models import PromoCode, Purchase
from portal.billing.settings import Seller
from portal.billing.shop import Shop
from portal.problems import Problem

_NO_SELLER = Seller("", "")


@dataclass(frozen=True, slots=True)
class Choice:
    """`units` is how many are paid for: seats where each has its price, else one."""

    tier: Tier
    seats: int
    period: Period
    currency: str
    country: str
    vat_number: str = ""
    promo: str = ""

    @property
    def units(self) -> int:
        return self.seats if self.tier.per_seat else 1


@dataclass(frozen=True, slots=True)
class Price:
    """Of one period, in the currency's smallest unit. `unit` is one unit's with tax; `first` what
    the first period costs, which a promo code may make less; `vies_reference` proves a reverse
    charge.
    """

    net: int
    unit: int
    gross: int
    first: int
    percent_off: int
    tax: Tax
    vies_reference: str


def choose(shop: Shop, form: Mapping[str, str]) -> Choice:
    """Raises Problem bad-choice, bad-country, bad-tax-number, other-country."""
    try:
        tier = next(one for one in shop.tiers if one.name == form.get("tier"))
        seats = int(form.get("seats") or 1)
        period, currency = Period(form.get("period", "")), form.get("currency", "EUR")
        tier.price(currency, period)
    except (StopIteration, ValueError, BadPlans) as error:
        raise _bad_choice() from error
    if not 1 <= seats <= tier.seats:
        raise _bad_choice()
    country, number = details.where(form)
    seats = seats if tier.per_seat else tier.seats
    return Choice(
        tier, seats, period, currency, country, number, promo.normal(form.get("promo", ""))
    )


def _bad_choice() -> Problem:
    return Problem(
        422, "bad-choice", "Choose a license, how many seats, how often, and your country."
    )


def price(session: Session, account: Account, choice: Choice, shop: Shop, now: int) -> Price:
    """With the tax of where the buyer is, as far as is proved by now. Raises Problem bad-promo."""
    seller = shop.settings.seller or _NO_SELLER
    proof = details.proof(session, account)
    buyer = Buyer(choice.country, choice.vat_number, proof)
    due = tax.decide(tax.load(), seller.country, buyer)
    unit_net = choice.tier.price(choice.currency, choice.period)
    unit = unit_net + due.of(unit_net)
    off = _percent_off(session, account, choice, now)
    gross = unit * choice.units
    first = gross - gross * off // 100
    by = proof.reference if proof and due.kind is tax.Kind.REVERSE_CHARGE else ""
    return Price(unit_net * choice.units, unit, gross, first, off, due, by)


def _percent_off(session: Session, account: Account, choice: Choice, now: int) -> int:
    if not choice.promo:
        return 0
    row = session.get(PromoCode, choice.promo)
    if row is None:
        raise Problem(422, "bad-promo", "There is no such code. Check it, or buy without it.")
    paid = (Purchase.promo == row.code, Purchase.license_id.is_not(None))
    used = session.scalars(select(func.count()).select_from(Purchase).where(*paid)).one()
    mine = (
        select(func.count()).select_from(Purchase).where(*paid, Purchase.account_id == account.id)
    )
    code = Promo(row.code, row.percent, row.most, row.begins, row.ends, tuple(row.tiers.split()))
    use = promo.Use(choice.tier.name, now, used, bool(session.scalars(mine).one()))
    try:
        promo.reduced(code, 100, use)
    except BadPromo as error:
        raise Problem(422, error.code, str(error)) from error
    return row.percent
