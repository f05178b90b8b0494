"""Money and refusals in the reader's language."""

from decimal import Decimal

from babel.numbers import format_currency, get_currency_precision

from portal.billing.models import BillingDetails
from portal.words import gettext, language


def _(sentence: str) -> str:
    """Marks a sentence for the catalogs; it is translated when it is shown."""
    return sentence


REFUSALS = {
    "bad-choice": _("Choose a license, how many seats, how often, and your country."),
    "bad-tax-number": _(
        "This is not a VAT number of the European Union. Check it, or leave it empty."
    ),
    "bad-details": _(
        "A name has 120 characters at most, an address 400. Shorten it, then save again."
    ),
    "bad-country": _("Choose your country."),
    "other-country": _(
        "This VAT number is of another country. Check both, or leave the number empty."
    ),
    "bad-promo": _("This code cannot be used here and now. Check it, or buy without it."),
    "license-held": _(
        "You have a license that has not ended. Change that one, or cancel it first."
    ),
    "nothing-runs": _("There is nothing here that renews itself."),
    "no-refund": _(
        "This payment cannot go back any more. You can cancel, so that nothing renews itself."
    ),
    "provider-away": _(
        "Those who take the money do not answer just now. Nothing was bought: try again later."
    ),
    "slow-down": _("Too many tries. Wait a little, then try again."),
}
PERIODS = {"month": _("each month"), "year": _("each year")}
TAXES = {
    "domestic": _("VAT"),
    "destination": _("VAT"),
    "reverse-charge": _("Reverse charge: the recipient owes the tax."),
    "outside": _("No VAT: outside of the European Union."),
}
GROUNDS = {
    "withdrawal": _("You may withdraw for 14 days without a reason."),
    "money-back": _("You have your money back for 30 days, once a year."),
    "renewal": _("A renewal goes back for 14 days."),
}


VIES = {
    "unasked": _("This portal looks no VAT number up, so tax is charged."),
    "silent": _(
        "VIES, the European register, has not answered yet. It is asked again each hour; until it"
        " answers, tax is charged."
    ),
    "valid": _("VIES, the European register, says that this VAT number is valid."),
    "unknown": _(
        "VIES, the European register, does not know this VAT number, so tax is charged. Check it,"
        " or ask your tax office."
    ),
}


def money(minor: int, currency: str) -> str:
    """Each currency has its own smallest unit; a yen has none."""
    amount = Decimal(minor).scaleb(-get_currency_precision(currency))
    return format_currency(amount, currency, locale=language())


def refusal(code: str) -> str:
    return gettext(REFUSALS[code])


def period(name: str) -> str:
    return gettext(PERIODS[name])


def tax(kind: str) -> str:
    return gettext(TAXES[kind])


def vies(held: BillingDetails, *, asks: bool) -> str:
    """What is known of a VAT number; "" where there is none."""
    if not held.vat_number:
        return ""
    if held.vies_valid is None:
        return gettext(VIES["silent" if asks else "unasked"])
    return gettext(VIES["valid" if held.vies_valid else "unknown"])


def ground(name: str) -> str:
    return gettext(GROUNDS[name])
