"""What this portal sells and by whom it is paid; a portal without a provider sells nothing."""

from dataclasses import dataclass

from flask import Flask, current_app

from licensing import plan
from licensing.billing.provider import Provider
from licensing.plan import Tier
from portal.billing.settings import BillingSettings

_NAME = "homeward-shop"
_SOLD = ("solo", "family", "office")


@dataclass(frozen=True, slots=True)
class Shop:
    """`tiers` are what can be bought; none where nobody takes the money."""

    provider: Provider | None
    tiers: tuple[Tier, ...]
    settings: BillingSettings

    @property
    def sells(self) -> bool:
        return bool(self.tiers)


def open_shop(settings: BillingSettings) -> Shop:
    if not settings.stripe_key:
        return Shop(None, (), settings)
    # Imported here: the library is larger than the portal, and most portals sell nothing.
    from licensing.billing.stripe import Stripe, StripeSettings

    provider = Stripe(
        StripeSettings(
            settings.stripe_key, settings.stripe_secrets, settings.stripe_product,
            settings.stripe_api,
        )
    )  # fmt: skip
    known = plan.load()
    return Shop(provider, tuple(known[name] for name in _SOLD), settings)


def attach(app: Flask, shop: Shop) -> None:
    app.extensions[_NAME] = shop
    app.jinja_env.globals["sells"] = shop.sells


def shop() -> Shop:
    found = current_app.extensions[_NAME]
    assert isinstance(found, Shop)  # noqa: S101  (a type for what Flask keeps as Any)
    return found
