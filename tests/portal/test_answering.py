"""The page of what is kept says who answers for a portal, whom to complain to, and who helps it."""

from dataclasses import replace

import pytest
from flask import Flask

from portal.privacy import answering
from portal.settings import Settings
from tests.fake_stripe import FakeStripe
from tests.portal.conftest import Caller
from tests.portal.selling import selling


@pytest.fixture
def settings(settings: Settings, provider: FakeStripe) -> Settings:
    """Its operator has said who they are, and sells."""
    said = {
        "HOMEWARD_RESPONSIBLE": "Ana & Ben, 1 Home Street", "HOMEWARD_DPO": "dpo@portal.example",
        "HOMEWARD_AUTHORITY": "Authority of Made-up Land",
    }  # fmt: skip
    return replace(selling(settings, provider), answering=answering.from_environment(said))


def test_it_names_who_answers_who_is_complained_to_and_who_takes_the_money(
    app: Flask, nobody: Caller
) -> None:
    shown = nobody.http.get("/privacy").text
    for name in ("Ana &amp; Ben, 1 Home Street", "dpo@portal.example", "Authority of Made-up Land"):
        assert name in shown
    assert "Stripe" in shown
