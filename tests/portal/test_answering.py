"""The page of what is kept says who answers for a portal, whom to complain to, and who helps it."""

from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask

from portal.privacy import answering
from portal.privacy.authorities import authorities
from portal.settings import BadSettings, Settings, from_environment
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
    return replace(
        selling(settings, provider),
        answering=answering.from_environment(said, [], in_earnest=False),
    )


def test_it_names_who_answers_who_is_complained_to_and_who_takes_the_money(
    app: Flask, nobody: Caller
) -> None:
    shown = nobody.http.get("/privacy").text
    for name in ("Ana &amp; Ben, 1 Home Street", "dpo@portal.example", "Authority of Made-up Land"):
        assert name in shown
    assert "Stripe" in shown


@pytest.mark.parametrize("said", ["dpo@example.org", "TODO", "<your name>", "us@portal.example"])
def test_a_portal_that_others_reach_names_nobody_made_up(tmp_path: Path, said: str) -> None:
    earnest = {
        "HOMEWARD_DATA_DIR": str(tmp_path), "HOMEWARD_PUBLIC_URL": "https://portal.example",
        "HOMEWARD_DPO": said,
    }  # fmt: skip
    with pytest.raises(BadSettings, match="HOMEWARD_DPO is a placeholder"):
        from_environment(earnest)
    assert from_environment({**earnest, "HOMEWARD_DPO": "Ana Exemplar, dpo@homeward.eu"})


def test_every_country_of_the_area_has_its_authority(nobody: Caller) -> None:
    """27 of the Union, three of the area beside it, and the United Kingdom."""
    shown, in_spanish = (nobody.http.get(f"/authorities?lang={code}").text for code in ("en", "es"))
    listed = authorities("en")
    assert len(listed) == 31
    for one in listed:
        assert one.page.startswith("https://")
        assert one.name in shown
        assert f'<a href="{one.page}" rel="external noreferrer">' in shown
    assert "Germany" in shown
    assert "Alemania" in in_spanish
    assert "Authority of Made-up Land" in shown
