"""Licenses in sentences, in the owner's language."""

from babel.numbers import format_decimal

from licensing import meters
from licensing.license import License, State
from portal.licenses.operations import Holding
from portal.words import gettext, language


def _(sentence: str) -> str:
    """Marks a sentence for the catalogs; it is translated when it is shown."""
    return sentence


TIERS = {
    "trial": _("Trial"),
    "solo": _("Solo"),
    "family": _("Family"),
    "office": _("Office"),
    "free": _("Free for everybody"),
}
STATES = {
    State.PENDING: _("Your license has not begun."),
    State.TRIAL: _(
        "You are trying Homeward out. Nothing has to be paid, and nothing renews itself."
    ),
    State.ACTIVE: _("Your license is in force."),
    State.CANCELLING: _("Your license is canceled and runs to its end."),
    State.PAST_DUE: _("What was paid for is over. Everything goes on for two weeks: please renew."),
    State.GRACE: _("What was paid for is over. New laptops wait until the license is renewed."),
    State.EXPIRED: _("Your license has ended."),
    State.EXPIRED_TRIAL: _("Your trial has ended."),
    State.PAUSED: _("Your license rests. No paid day is lost."),
    State.DISPUTED: _("A payment is disputed. New laptops wait until that is settled."),
    State.REFUNDED: _("Your license was paid back."),
    State.SUSPENDED: _(
        "A person who runs this portal suspended your license. You have 14 days to object."
    ),
    State.REVOKED: _("Your license was withdrawn."),
}
_UNITS = ((10**9, "GB"), (10**6, "MB"), (10**3, "kB"), (1, "B"))
_FREE = _(
    "This portal asks for no license: everything it does is free for everybody who has an account."
)
REFUSALS = {
    "bad-license-key": _(
        "This key opens no license. Check it letter by letter; each key can be used once."
    ),
    "license-held": _(
        "You have a license that has not ended. Use this key when it has, so that no paid day is"
        " lost."
    ),
    "no-seat": _("Every seat is a stolen laptop's. Get a license for more laptops."),
    "too-often": _("Three seats were moved within 30 days. Wait, or get more seats."),
    "changed-meanwhile": _("The seats were changed at the same moment. Look again."),
    "slow-down": _("Too many tries. Wait a little, then try again."),
}


def size(count: int) -> str:
    """Bytes for a reader, in units of ten."""
    unit = next((u for u in _UNITS if count >= u[0]), _UNITS[-1])
    number = format_decimal(round(count / unit[0], 1), locale=language())
    return f"{number} {unit[1]}"


def hours(cycles: int) -> str:
    """Five-minute looks as hours."""
    spent = cycles * meters.CYCLE / meters.HOURLY
    return str(format_decimal(round(spent, 1), locale=language()))


def tier(name: str) -> str:
    return gettext(TIERS[name])


def state(held: Holding) -> str:
    """How the license of an account stands."""
    return gettext(_FREE) if held.tier.name == "free" else state_of(held.license)


def state_of(license_: License) -> str:
    return gettext(STATES[license_.state])


def refusal(code: str) -> str:
    return gettext(REFUSALS[code])
