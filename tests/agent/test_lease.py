"""What a laptop makes of its license: asked daily, believed offline, and never over a theft."""

from dataclasses import replace

import pytest

from agent.lease import NAME
from agent.wording import status_lines
from licensing.issue import Issuer, vouch
from licensing.lease import Lease
from shared import crypto
from shared.crypto import SigningKey
from tests.agent.other_end import DAY, NOW

ROOT, ONLINE, MALLORY = (SigningKey.generate() for _ in range(3))
CHAIN = vouch(ROOT, ONLINE.public, NOW - DAY, NOW + 60 * DAY)


class Seller:
    """The portal's side: what it answers each laptop that asks."""

    def __init__(self, laptop):
        self.laptop, self.issuer, self.given = laptop, Issuer(ONLINE, CHAIN), 0
        self.said = {"state": "active", "entitlements": frozenset({"reports", "theft"})}
        laptop.portal.change_answer = self.answer

    def answer(self, answer):
        return {**answer, "lease": self.token()} if self.said else answer

    def token(self):
        self.given += 1
        now = self.laptop.clock.t
        lease = Lease(
            license_id="1", device_id=self.laptop.device.id,
            device_key_hash=crypto.sha256(self.laptop.device.signing.public), tier="family",
            issued=now, not_before=now, expires=now + 30 * DAY, grace_until=now + 44 * DAY,
            seq=now // 1000, state="", entitlements=frozenset(),
        )  # fmt: skip
        return self.issuer.issue(replace(lease, **self.said))

    def ends(self, state="expired"):
        self.said = {"state": state, "entitlements": frozenset()}


@pytest.fixture
def licensed(laptop):
    return replace(laptop, settings=replace(laptop.settings, license_roots=(ROOT.public,)))


@pytest.fixture
def seller(licensed):
    return Seller(licensed)


def hours(laptop, count):
    for _ in range(count):
        laptop.clock.passes(hours=1)
        laptop.beat()


def test_it_asks_with_the_first_check_in_and_then_once_a_day(licensed, seller):
    licensed.beat("start")
    first = licensed.file(NAME).read_bytes()
    hours(licensed, 20)
    assert licensed.file(NAME).read_bytes() == first
    hours(licensed, 5)
    assert licensed.file(NAME).read_bytes() != first
    said = licensed.status["license"]
    assert (said["tier"], said["state"], said["over"]) == ("family", "active", False)


def test_a_laptop_that_knows_no_root_asks_nobody(laptop):
    seller = Seller(laptop)
    laptop.beat("start")
    assert seller.given
    assert laptop.status["license"] is None
    assert not laptop.file(NAME).exists()


def test_a_license_that_is_over_ends_hourly_reports_and_not_the_asking(licensed, seller):
    seller.ends()
    licensed.beat("start")
    reports = len(licensed.reports)
    hours(licensed, 5)
    assert len(licensed.reports) == reports
    assert len(licensed.held.claims) >= 5
    assert licensed.status["license"]["over"] is True
    assert licensed.status["looks_at"] == []


@pytest.mark.parametrize("state", ["expired", "refunded", "revoked", "suspended", "expired-trial"])
def test_a_theft_is_reported_whatever_became_of_the_license(licensed, seller, alice, state):
    seller.ends(state)
    licensed.beat("start")
    hours(licensed, 2)
    licensed.give(alice.stolen(licensed.clock.t))
    licensed.beat("wake")
    before = len(licensed.reports)
    for _ in range(12):
        licensed.clock.passes(minutes=5)
        licensed.beat()
    assert len(licensed.reports) == before + 12
    assert "camera" in licensed.status["looks_at"]


def test_without_a_seller_it_goes_on_through_lease_and_grace_and_then_hourly_reports_end(
    licensed, seller
):
    licensed.beat("start")
    seller.said = None  # the portal tells nobody anything any more
    licensed.clock.passes(days=43)
    licensed.beat()
    assert licensed.status["license"]["over"] is False
    licensed.clock.passes(days=2)
    reports = len(licensed.reports)
    hours(licensed, 3)
    assert licensed.status["license"]["over"] is True
    assert len(licensed.reports) == reports


@pytest.mark.parametrize(
    "harm",
    [
        lambda seller: setattr(seller, "issuer", Issuer(MALLORY, CHAIN)),
        lambda seller: seller.said.update(device_key_hash=bytes(32)),
        lambda seller: seller.said.update(seq=1),
        lambda seller: seller.said.update(not_before=NOW + 100 * DAY),
    ],
    ids=["forged", "another laptop's", "older", "not yet"],
)
def test_what_is_not_believed_leaves_the_last_good_one(licensed, seller, harm):
    licensed.beat("start")
    seller.ends()
    harm(seller)
    hours(licensed, 26)
    assert licensed.status["license"]["state"] == "active"
    assert any(line["what"] == "lease-refused" for line in journal(licensed))
    assert len(licensed.reports) > 20


def journal(laptop):
    with laptop.opened() as parts:
        return parts.journal.lines()


def test_a_clock_that_is_set_back_makes_nothing_valid_again(licensed, seller):
    licensed.beat("start")
    seller.said = None
    licensed.clock.passes(days=50)
    hours(licensed, 1)
    assert licensed.status["license"]["over"] is True
    seller.said = {"state": "active", "entitlements": frozenset({"reports"})}
    licensed.clock.t = NOW - 100 * DAY
    licensed.beat()
    # Older than what was believed before: refused, and no time before that one's counts.
    assert licensed.status["license"]["until"] == NOW + 30 * DAY


@pytest.mark.parametrize("harm", [b"", b"{}", b"nonsense", b'{"token":"HWL1.x.y.z"}\n'])
def test_a_damaged_lease_is_set_aside_and_all_goes_on(licensed, seller, harm):
    licensed.beat("start")
    licensed.file(NAME).write_bytes(harm)
    hours(licensed, 1)
    assert "state-lost" in licensed.events
    assert licensed.status["license"]["state"] == "active"


def test_past_the_hours_of_a_trial_a_theft_is_told_hourly(licensed, seller, alice):
    seller.said["theft_every_s"] = 3600
    licensed.beat("start")
    licensed.give(alice.stolen(licensed.clock.t))
    licensed.beat("wake")
    before = len(licensed.reports)
    for _ in range(24):
        licensed.clock.passes(minutes=5)
        licensed.beat()
    assert len(licensed.reports) == before + 2


def test_one_beyond_the_seats_says_so(licensed, seller):
    seller.ends(state="no-seat")
    licensed.beat("start")
    hours(licensed, 1)
    said = " ".join(status_lines(licensed.status))
    assert "This laptop has no seat of it: no hourly reports." in said


def test_whoever_sits_there_reads_it(licensed, seller):
    seller.ends()
    licensed.beat("start")
    hours(licensed, 1)
    said = " ".join(status_lines(licensed.status))
    assert "License: family, expired" in said
    assert "no hourly reports" in said
