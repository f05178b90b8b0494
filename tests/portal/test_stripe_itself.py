"""Against Stripe's own test mode, for whoever has a key for it; nobody has run this yet."""

import os
import time

import pytest

from licensing.billing.provider import ProviderRefused, Wanted
from licensing.billing.stripe import Stripe, StripeSettings

KEY, PRODUCT = os.environ.get("STRIPE_TEST_KEY", ""), os.environ.get("STRIPE_TEST_PRODUCT", "")
pytestmark = pytest.mark.skipif(
    not KEY.startswith("sk_test_"), reason="not run against Stripe: no STRIPE_TEST_KEY"
)


@pytest.fixture
def provider() -> Stripe:
    return Stripe(StripeSettings(KEY, ("whsec_unused",), PRODUCT))


def test_a_checkout_has_an_address_and_the_same_key_gives_the_same(provider: Stripe) -> None:
    name = f"{time.time_ns():032x}"
    wanted = Wanted(
        name, "alice@example.com", "family", "EUR", 952, 1, "month", "https://portal.example/a",
        "https://portal.example/b", 25,
    )  # fmt: skip
    address = provider.checkout(wanted, f"checkout:{name}")
    assert address.startswith("https://checkout.stripe.com/")
    assert provider.checkout(wanted, f"checkout:{name}") == address


def test_what_is_not_there_is_refused_and_events_are_listed(provider: Stripe) -> None:
    with pytest.raises(ProviderRefused):
        provider.cancel("sub_none", "cancel:none", at_once=True)
    provider.since("")
