"""Who takes the money for this portal, from the environment; nobody, where nothing is said."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from licensing import tax
from licensing.errors import BadTaxNumber

_THIS_MACHINE = ("127.0.0.1", "localhost")


@dataclass(frozen=True, slots=True)
class Seller:
    """Who stands on invoices. `country` decides the tax."""

    name: str
    country: str
    vat_number: str = ""


@dataclass(frozen=True, slots=True)
class BillingSettings:
    """`stripe_secrets` and `feed_secrets` sign messages, two while one replaces the other; `vies`
    is where that register is asked, "" where it is not.
    """

    seller: Seller | None = None
    stripe_key: str = field(default="", repr=False)
    stripe_secrets: tuple[str, ...] = field(default=(), repr=False)
    stripe_product: str = ""
    stripe_api: str = ""
    feed_secrets: tuple[str, ...] = field(default=(), repr=False)
    vies: str = ""

    @property
    def asking(self) -> str:
        """In whose name VIES is asked."""
        return tax.normal(self.seller.vat_number) if self.seller else ""


def from_environment(environment: Mapping[str, str], problems: list[str]) -> BillingSettings:
    key = _secret("STRIPE_KEY", environment, problems)
    settings = BillingSettings(
        seller=_seller(environment, problems) if key else None,
        stripe_key=key,
        stripe_secrets=_several(_secret("STRIPE_WEBHOOK_SECRET", environment, problems)),
        stripe_product=environment.get("HOMEWARD_STRIPE_PRODUCT", ""),
        stripe_api=_api(environment, problems),
        feed_secrets=_several(_secret("ORDER_FEED_SECRET", environment, problems)),
        vies=_vies(environment, problems),
    )
    since = environment.get("HOMEWARD_LICENSES_SINCE")
    if key and not (settings.stripe_secrets and settings.stripe_product and since):
        problems.append(
            "HOMEWARD_STRIPE_KEY wants HOMEWARD_STRIPE_WEBHOOK_SECRET, HOMEWARD_STRIPE_PRODUCT and"
            " HOMEWARD_LICENSES_SINCE, too."
        )
    return settings


def _seller(environment: Mapping[str, str], problems: list[str]) -> Seller:
    name = environment.get("HOMEWARD_SELLER", "").strip()
    country = environment.get("HOMEWARD_SELLER_COUNTRY", "").strip().upper()
    if not name or len(country) != 2 or not country.isalpha():
        problems.append(
            "HOMEWARD_SELLER must be the name and address for invoices, HOMEWARD_SELLER_COUNTRY two"
            " letters, as DE."
        )
    return Seller(name, country, environment.get("HOMEWARD_SELLER_VAT", "").strip())


def _vies(environment: Mapping[str, str], problems: list[str]) -> str:
    """Encrypted, or on this machine; and it wants to know who asks."""
    url = environment.get("HOMEWARD_VIES", "")
    if not url:
        return ""
    if urlsplit(url).scheme != "https" and urlsplit(url).hostname not in _THIS_MACHINE:
        problems.append(f"HOMEWARD_VIES ({url}) must be an https address.")
    try:
        tax.normal(environment.get("HOMEWARD_SELLER_VAT", ""))
    except BadTaxNumber:
        problems.append("HOMEWARD_VIES wants HOMEWARD_SELLER_VAT, the VAT number that asks.")
    return url


def _several(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _secret(name: str, environment: Mapping[str, str], problems: list[str]) -> str:
    if given := environment.get(f"HOMEWARD_{name}"):
        return given
    path = environment.get(f"HOMEWARD_{name}_FILE")
    try:
        return Path(path).read_text("utf-8").strip() if path else ""
    except (OSError, UnicodeDecodeError):
        problems.append(f"HOMEWARD_{name}_FILE ({path}) cannot be read.")
        return ""


def _api(environment: Mapping[str, str], problems: list[str]) -> str:
    """Only this machine: a key of Stripe's goes nowhere else."""
    url = environment.get("HOMEWARD_STRIPE_API", "")
    if url and urlsplit(url).hostname not in _THIS_MACHINE:
        problems.append("HOMEWARD_STRIPE_API may name this machine alone; leave it out.")
    return url
