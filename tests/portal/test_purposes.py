"""Nothing is kept, run or sent without a purpose, and whoever helps is named and placed."""

from collections.abc import Callable
from dataclasses import replace
from itertools import chain
from pathlib import Path

import pytest
from flask import Flask

import portal
from portal import jobs
from portal.billing.settings import BillingSettings
from portal.context import services_of
from portal.mail.settings import MailSettings
from portal.privacy.processors import ROLES, Processor, helping
from portal.privacy.purposes import purposes
from portal.privacy.retention import BASES, of_people
from portal.settings import BadSettings, Settings, from_environment
from tests.cast import Clock
from tests.fake_stripe import FakeStripe
from tests.portal.conftest import Caller
from tests.portal.selling import selling
from tests.portal.test_retention import spanish

LETTERS = Path(portal.__file__).parent / "templates" / "mail"
MAIL = MailSettings("mail.example", 587, False, "h@portal.example", "", "homeward", b"")
PROCESSOR = {
    "role": "mail", "name": "Post Ltd", "country": "DE", "contract": "2026-11-01",
}  # fmt: skip


def once(named: Callable[[object], tuple[str, ...]]) -> list[str]:
    return sorted(chain.from_iterable(named(one) for one in purposes()))


def test_every_class_has_one_purpose_and_its_basis() -> None:
    by_class = {name: one.basis for one in purposes() for name in one.classes}
    assert by_class == {kept.name: kept.basis for kept in of_people()}
    assert once(lambda one: one.classes) == sorted(by_class), "a class stands twice"


def test_every_job_that_runs_has_one_purpose(
    app: Flask, settings: Settings, provider: FakeStripe, clock: Clock
) -> None:
    whole = replace(selling(settings, provider), mail=MAIL, counts=True)
    scheduler = jobs.schedule(whole, services_of(app).engine, clock)
    running = sorted(job.name for job in scheduler.get_jobs())
    assert len(running) > 20
    assert once(lambda one: one.jobs) == running


def test_every_letter_has_one_purpose() -> None:
    written = [f"{path.parent.name}/{path.stem}" for path in LETTERS.glob("*/*.txt")]
    assert once(lambda one: one.letters) == sorted(written)


def test_every_purpose_says_what_for_and_who_helps() -> None:
    for one in purposes():
        assert one.what.endswith("."), one.name
        assert one.basis in BASES
        assert set(one.helpers) <= set(ROLES)


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_page_says_each_purpose(nobody: Caller, language: str) -> None:
    shown = nobody.http.get(f"/privacy?lang={language}").text
    said = spanish() if language == "es" else {}
    for one in purposes():
        assert said.get(one.what, one.what) in shown
        assert all(f'href="#kept-{name}"' in shown for name in one.classes)


def in_a_file(folder: Path, *rows: dict[str, str]) -> dict[str, str]:
    """The environment of a portal that others reach, whose operator wrote this down."""
    text = ""
    for row in rows:
        text += "[[processor]]\n"
        for word, value in row.items():
            text += f"{word} = {value}\n" if word == "contract" else f'{word} = "{value}"\n'
    (folder / "processors.toml").write_text(text)
    return {
        "HOMEWARD_DATA_DIR": str(folder), "HOMEWARD_PUBLIC_URL": "https://homeward.eu",
        "HOMEWARD_PROCESSORS": str(folder / "processors.toml"),
    }  # fmt: skip


def test_whoever_helps_stands_on_the_page_with_country_and_safeguard(tmp_path: Path) -> None:
    far = PROCESSOR | {"name": "Far Inc.", "country": "US", "safeguard": "standard clauses"}
    settings = from_environment(in_a_file(tmp_path, PROCESSOR, far | {"role": "hosting"}))
    assert settings.processors == (
        Processor("mail", "Post Ltd", "DE", "", "2026-11-01"),
        Processor("hosting", "Far Inc.", "US", "standard clauses", "2026-11-01"),
    )
    portal.db.migrate(portal.db.make_engine(settings))
    shown = portal.create_app(settings).test_client().get("/privacy").text
    assert "Post Ltd, Germany" in shown
    assert "Far Inc., United States (standard clauses)" in shown


@pytest.mark.parametrize(
    ("wrong", "says"),
    [({"role": "friend"}, "a role out of"), ({"name": ""}, "each has a name"),
     ({"country": "Germany"}, "two letters"), ({"contract": '"soon"'}, "on which day"),
     ({"country": "US"}, "under which safeguard"), ({"colour": "blue"}, "'colour' is no word")],
)  # fmt: skip
def test_what_is_missing_is_said_at_the_start(
    tmp_path: Path, wrong: dict[str, str], says: str
) -> None:
    with pytest.raises(BadSettings, match=says):
        from_environment(in_a_file(tmp_path, PROCESSOR | wrong))


@pytest.mark.parametrize("text", ["[[processor", "processor = 1", "processor = [1]", "\xff"])
def test_a_file_of_nonsense_is_a_sentence(tmp_path: Path, text: str) -> None:
    environment = in_a_file(tmp_path)
    (tmp_path / "processors.toml").write_bytes(text.encode("latin-1"))
    with pytest.raises(BadSettings, match="HOMEWARD_PROCESSORS"):
        from_environment(environment)


def test_nobody_helps_a_portal_that_others_reach_and_is_not_named(
    tmp_path: Path, settings: Settings, provider: FakeStripe
) -> None:
    billing = {
        "HOMEWARD_STRIPE_KEY": "k", "HOMEWARD_STRIPE_WEBHOOK_SECRET": "s",
        "HOMEWARD_STRIPE_PRODUCT": "p", "HOMEWARD_LICENSES_SINCE": "2026-01-01",
        "HOMEWARD_SELLER": "Ana", "HOMEWARD_SELLER_COUNTRY": "DE",
    }  # fmt: skip
    environment = in_a_file(tmp_path) | billing
    with pytest.raises(BadSettings, match="Stripe helps to run this portal and stands in no"):
        from_environment(environment)
    stripe = {**PROCESSOR, "role": "payments", "name": "Stripe", "country": "IE"}
    from_environment(in_a_file(tmp_path, stripe) | billing)
    sells = selling(settings, provider)
    assert [one.name for one in helping((), MAIL, sells.billing)] == ["mail.example", "Stripe"]
    assert helping((), replace(MAIL, host="127.0.0.1"), BillingSettings()) == ()


def test_who_wants_the_area_alone_gets_nobody_outside_it(tmp_path: Path) -> None:
    far = PROCESSOR | {"country": "GB", "safeguard": "adequacy"}
    environment = in_a_file(tmp_path, far)
    from_environment(environment)
    with pytest.raises(BadSettings, match="HOMEWARD_AREA_ONLY wants everybody"):
        from_environment(environment | {"HOMEWARD_AREA_ONLY": "yes"})
