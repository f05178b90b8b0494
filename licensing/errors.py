"""What can be refused about licenses, each named for what happened."""


class LicensingError(ValueError):
    """A license matter that must be refused; `code` is stable, the sentence has the next step."""

    code = "licensing-error"


class BadPlans(LicensingError):
    """The table of tiers is not one."""

    code = "bad-plans"


class BadLicenseKey(LicensingError):
    """Not a license key: mistyped, or never one. The same for every reason, so it tells nothing."""

    code = "bad-license-key"


class LeaseRefused(LicensingError):
    """A lease this laptop does not believe; the last good one stays."""

    code = "lease-refused"


class BadPromo(LicensingError):
    """A promo code that is not valid here and now."""

    code = "bad-promo"


class BadTaxNumber(LicensingError):
    """Not a VAT number of its country."""

    code = "bad-tax-number"
