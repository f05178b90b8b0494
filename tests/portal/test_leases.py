"""A laptop asks for a lease with its check-in, and the portal says how the license stands."""

from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from licensing import lease
from licensing.issue import vouch
from licensing.lease import Lease
from portal.cli import main
from portal.context import services_of
from portal.intake.models import Report
from portal.licenses import leases, operations, words
from portal.settings import Settings
from shared.checkin import LEASE_HEADER
from shared.crypto import SigningKey
from shared.encoding import b64, unb64
from tests.cast import NOW, Clock, Laptop
from tests.portal.asking import hear
from tests.portal.conftest import Caller
from tests.portal.licensed import DAY, Desk, claim, page
from tests.portal.terminal import environment_of

ROOT = SigningKey.generate()
SEED = bytes(range(32))


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """A portal that gives licenses out, with a key for leases."""
    public = SigningKey.from_seed(SEED).public
    leases.write_issuer(
        settings.data_dir, SEED, vouch(ROOT, public, NOW - DAY * 1000, NOW + 89 * DAY * 1000)
    )
    return replace(settings, licenses_since=NOW)


@pytest.fixture
def desk(settings: Settings, app: Flask, capsys: pytest.CaptureFixture[str]) -> Desk:
    return Desk(settings, capsys)


def asked(caller: Caller, laptop: Laptop, clock: Clock, seq: str | None = "0") -> str | None:
    headers = laptop.authorization(b"", clock.now)
    headers |= {} if seq is None else {LEASE_HEADER: seq}
    answer = caller.http.post("/api/v1/check-in", data=b"", headers=headers)
    assert answer.status_code == 200
    said: str | None = answer.json.get("lease")
    return said


def read(token: str | None, laptop: Laptop, clock: Clock) -> Lease:
    assert token is not None
    key = laptop.signing.public
    return lease.read(token, roots=(ROOT.public,), device_key=key, now=clock.now, least_seq=0)


def test_it_says_tier_and_state_and_is_for_this_laptop(
    alice: Caller, laptop: Laptop, clock: Clock, desk: Desk
) -> None:
    held = read(asked(alice, laptop, clock), laptop, clock)
    assert (held.tier, held.state, held.device_id) == ("trial", "trial", laptop.id)
    claim(alice, desk.key("--tier", "family"))
    clock.pass_(minutes=1)
    held = read(asked(alice, laptop, clock), laptop, clock)
    assert (held.tier, held.state) == ("family", "active")
    assert held.covers(clock.now)


def test_one_that_is_over_says_so(alice: Caller, laptop: Laptop, clock: Clock) -> None:
    clock.pass_(days=31)
    held = read(asked(alice, laptop, clock), laptop, clock)
    assert held.state == "expired-trial"
    assert not held.covers(clock.now)


@pytest.mark.parametrize("seq", [None, "", "-1", "²", "0x7", "9" * 40])
def test_who_does_not_ask_is_told_nothing(
    alice: Caller, laptop: Laptop, clock: Clock, seq: str | None
) -> None:
    assert asked(alice, laptop, clock, seq) is None


def test_a_portal_without_a_key_or_without_licenses_tells_nothing(
    alice: Caller, laptop: Laptop, clock: Clock, settings: Settings
) -> None:
    (settings.data_dir / leases.FILE).unlink()
    assert asked(alice, laptop, clock) is None


def test_a_laptop_whose_clock_is_a_little_behind_believes_it(
    alice: Caller, laptop: Laptop, clock: Clock
) -> None:
    token = asked(alice, laptop, clock)
    clock.pass_(hours=-23)
    assert read(token, laptop, clock).state == "trial"


def test_a_lease_names_no_person(alice: Caller, laptop: Laptop, clock: Clock) -> None:
    token = asked(alice, laptop, clock) or ""
    _, _, payload, _ = token.split(".")
    assert alice.owner.email.encode() not in unb64(payload)
    assert b"@" not in unb64(payload)


def test_past_twenty_hours_of_a_trials_theft_it_asks_for_hourly_reports(
    alice: Caller, laptop: Laptop, clock: Clock
) -> None:
    stolen = alice.owner.stolen(laptop, clock.now)
    body = {"orders": b64(stolen.raw)}
    assert alice.post(f"/devices/{laptop.id.hex()}/theft", body).status_code == 201
    laptop.learn(stolen)
    assert read(asked(alice, laptop, clock), laptop, clock).theft_every_s == 0
    records = b"".join(laptop.seal().wire for _ in range(240))
    headers = laptop.authorization(records, clock.now)
    sent = alice.http.post("/api/v1/check-in", data=records, headers=headers)
    assert sent.status_code == 200
    assert read(asked(alice, laptop, clock), laptop, clock).theft_every_s == 3600
    shown = page(alice)
    assert "20 of 20" in shown, "hours of theft"
    with Session(services_of(alice.http.application).engine) as session:
        kept = session.scalars(select(func.sum(func.length(Report.body)))).one()
    assert f"{kept / 1000:.1f} kB of 2 GB" in shown
    assert "More is kept" not in shown


def test_who_keeps_more_than_her_license_is_for_is_told_and_nothing_is_deleted(
    alice: Caller, laptop: Laptop, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    hear(alice, laptop, laptop.seal().wire, clock.now)
    small = replace(operations.TIERS["trial"], evidence_mb=0)
    monkeypatch.setitem(operations.TIERS, "trial", small)
    assert "More is kept than the license is for" in page(alice)
    with Session(services_of(alice.http.application).engine) as session:
        assert session.scalars(select(func.count()).select_from(Report)).one() == 1


@pytest.mark.parametrize(
    ("count", "said"),
    [(0, "0 B"), (999, "999 B"), (1500, "1.5 kB"), (2 * 10**9, "2 GB"), (10**12, "1,000 GB")],
)
def test_sizes_are_said_in_units_of_ten(app: Flask, count: int, said: str) -> None:
    with app.test_request_context("/"):
        assert words.size(count) == said


def test_an_operator_makes_a_root_and_has_it_vouch_for_a_key(
    settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root, environment = tmp_path / "root", environment_of(settings)
    assert main(["license", "root", str(root)], environment) == 0
    public = unb64(capsys.readouterr().out.strip())
    assert root.stat().st_mode & 0o077 == 0
    assert main(["license", "root", str(root)], environment) == 1
    assert "Name a new file" in capsys.readouterr().err
    assert main(["license", "vouch", "--root", str(root), "--days", "30"], environment) == 0
    issuer = leases.issuer(settings)
    assert issuer is not None
    assert SigningKey.from_seed(unb64(root.read_text().strip())).public == public
    assert main(["license", "vouch", "--root", str(tmp_path)], environment) == 1
    assert "is no root key" in capsys.readouterr().err
