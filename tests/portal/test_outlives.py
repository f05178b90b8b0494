"""Nothing outlives its class and nothing goes early, whatever came in whatever order.

Evidence has its own bounds, chosen by owners: tests/shared/test_shared_keeping.py.
"""

import shutil
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, inspect
from sqlalchemy.orm import Session

from portal import db, jobs
from portal.accounts.models import (
    Account,
    Challenge,
    FormerEmail,
    KnownBrowser,
    SignIn,
    Throttle,
)  # fmt: skip
from portal.audit.models import AuditLine
from portal.billing.models import Bill, ProviderEvent
from portal.db import for_writing
from portal.devices.models import Device, DeviceCommand, DeviceOrders, Pairing
from portal.mail.models import Mail
from portal.marketing.models import Contact, Subscription
from portal.privacy.models import AuthorityRequest, Breach, Closing, RightsRequest
from portal.privacy.retention import schedule
from portal.settings import Settings, from_environment
from portal.tracked.models import TrackedReport
from shared import orders
from shared.crypto import SigningKey
from shared.orders import Standing
from shared.will import Will
from tests.cast import DAY, NOW, Laptop

HOUR = DAY // 24
EDGES = (-DAY, -1, 0, 1, DAY)
KEEPER, LAPTOP, LAST_COMMAND = bytes(16), 1, 10**6


@dataclass(frozen=True)
class Planted:
    """`rows` are there until `ends`; the first is the one to look for."""

    rows: list[Any]
    ends: int


Making = Callable[[int, int], list[Any]]  # (a number no other has, the end of it) -> rows


def u16(n: int) -> bytes:
    return n.to_bytes(16, "big")


def u32(n: int) -> bytes:
    return n.to_bytes(32, "big")


def account(id_: bytes) -> Account:
    return Account(
        id=id_, email_norm=f"{id_.hex()}@example.org", account_salt=id_, kdf_m=1, kdf_t=1, kdf_p=1,
        verifier=bytes(32), recovery_verifier=bytes(32), owner_key=id_ + id_,
        owner_opening_key=bytes(32), recovery_key=bytes(32), ak_gen=1, directory_version=1,
        directory_sealed=b"", created=0,
    )  # fmt: skip


def closing(n: int, ends: int) -> list[Any]:
    return [Closing(account_id=u16(n), asked=0, gone=ends), account(u16(n))]


def challenge(n: int, ends: int) -> list[Any]:
    return [Challenge(nonce=u32(n), account_id=KEEPER, use="sign", expires=ends)]


def sign_in_over(n: int, ends: int) -> list[Any]:
    return [SignIn(token_hash=u32(n), account_id=KEEPER, created=0, last_used=ends, expires=ends)]


def sign_in_idle(n: int, ends: int) -> list[Any]:
    used = ends - 12 * HOUR
    longest = used + 30 * DAY
    return [
        SignIn(token_hash=u32(n), account_id=KEEPER, created=0, last_used=used, expires=longest)
    ]


def known_browser(n: int, ends: int) -> list[Any]:
    return [KnownBrowser(account_id=KEEPER, browser=str(n), last_used=ends - 365 * DAY)]


def former_email(n: int, ends: int) -> list[Any]:
    gone = FormerEmail(
        account_id=u16(n), email_norm=f"{n}.old@example.org", account_salt=u16(n), kdf_m=1,
        kdf_t=1, kdf_p=1, verifier=bytes(32), slot_id=u16(n), slot_sealed=b"", until=ends,
    )  # fmt: skip
    return [gone, account(u16(n))]


def throttle(n: int, ends: int) -> list[Any]:
    return [Throttle(key=u32(n), tries=1, last=ends - HOUR)]


def pairing(n: int, ends: int) -> list[Any]:
    return [Pairing(rid=u16(n), offer=b"", mac=bytes(32), created=0, expires=ends)]


def command(n: int, ends: int) -> list[Any]:
    known = {"id": u16(n), "counter": n, "expires": ends}
    return [
        DeviceCommand(number=n, device_number=LAPTOP, raw=b"", signer=KEEPER, received=0, **known)
    ]


def audit_line(n: int, ends: int) -> list[Any]:
    return [AuditLine(number=n, at=ends - 730 * DAY, actor="a", action="b", subject="c")]


def provider_event(n: int, ends: int) -> list[Any]:
    return [ProviderEvent(provider="p", id=str(n), said="{}", received=ends - 548 * DAY, done=1)]


def mail(n: int, created: int, failed: str | None) -> list[Any]:
    what = {"language": "en", "letter": "service/x", "said": "{}", "due": created}
    return [Mail(number=n, address="a@example.org", created=created, failed=failed, **what)]


def unsent_mail(n: int, ends: int) -> list[Any]:
    return mail(n, ends - 3 * DAY, None)


def failed_mail(n: int, ends: int) -> list[Any]:
    return mail(n, ends - 14 * DAY, "550")


def unconfirmed(n: int, ends: int) -> list[Any]:
    asked = ends - 14 * DAY
    who = {"person": u32(n), "address": f"{n}@example.org", "language": "en", "provenance": "page"}
    contact = Contact(number=n, created=asked, touched=asked, **who)
    return [contact, Subscription(contact_number=n, scope="news", asked=asked)]


def rights_request(n: int, **when: int) -> list[Any]:
    what = {"kind": "copy", "address": "a@example.org", "language": "en", "text": "t", "due": 0}
    return [RightsRequest(number=n, outcome="", why="", **what, **when)]


def unconfirmed_request(n: int, ends: int) -> list[Any]:
    return rights_request(n, came=ends - 30 * DAY)


def answered_request(n: int, ends: int) -> list[Any]:
    return rights_request(n, came=0, confirmed=1, closed=ends - 3 * 365 * DAY)


def tracked_report(n: int, ends: int) -> list[Any]:
    said = {"text": "t", "contact": "", "fingerprint": ""}
    return [TrackedReport(number=n, received=ends - 180 * DAY, **said)]


def breach(n: int, ends: int) -> list[Any]:
    said = {"nature": "n", "classes": "", "people": 0, "drill": False}
    return [Breach(number=n, aware=0, closed=ends - 5 * 365 * DAY, **said)]


def authority_request(n: int, ends: int) -> list[Any]:
    said: dict[str, Any] = {"sender": "", "reference": "", "outcome": "", "classes": "", "by": ""}
    answered = ends - 5 * 365 * DAY
    return [AuthorityRequest(number=n, account=KEEPER, came=0, told=0, answered=answered, **said)]


KINDS: tuple[Making, ...] = (
    closing, challenge, sign_in_over, sign_in_idle, known_browser, former_email, throttle, pairing,
    command, audit_line, provider_event, unsent_mail, failed_mail, unconfirmed,
    unconfirmed_request, answered_request, tracked_report, breach,
    authority_request,
)  # fmt: skip


def new_year(year: int) -> int:
    return round(datetime(year, 1, 1, tzinfo=UTC).timestamp() * 1000)


def bill(n: int, year: int) -> Planted:
    """Ten years, to the end of that year."""
    made = Bill(
        number=str(n), series="I", year=year, count=n, issued=0, purchase=KEEPER, account=KEEPER,
        event=str(n), payment="", buyer="", what="", quantity=1, currency="EUR", net=1, tax=0,
        tax_kind="", tax_country="", tax_rate=0, vat_number="",
    )  # fmt: skip
    return Planted([made], new_year(year + 11))


ends_around = st.one_of(
    st.sampled_from([NOW + edge for edge in EDGES]), st.integers(NOW - 400 * DAY, NOW + 400 * DAY)
)
# Each: how long until the jobs run again. The first is at NOW.
waits = st.lists(st.sampled_from([1, HOUR, DAY, 30 * DAY, 200 * DAY, 400 * DAY]), max_size=3)


def plant(kinds: list[tuple[Making, int]], years: list[int]) -> list[Planted]:
    things = [Planted(make(n, ends), ends) for n, (make, ends) in enumerate(kinds, start=1)]
    return things + [bill(n, year) for n, year in enumerate(years, start=1)]


@contextmanager
def portal_with(migrated: Path, folder: Path, things: list[Planted]) -> Any:
    shutil.copytree(migrated, folder)
    of = from_environment({"HOMEWARD_DATA_DIR": str(folder)})
    engine = db.make_engine(of)
    with Session(for_writing(engine)) as session:
        session.add(account(KEEPER))
        session.flush()
        session.add_all(laptop())
        session.flush()
        for thing in things:
            session.add_all(thing.rows)
        session.add_all(command(LAST_COMMAND, 0))
        session.commit()
    yield engine, of
    engine.dispose()
    shutil.rmtree(folder)


def laptop() -> tuple[Device, DeviceOrders]:
    owner, made = SigningKey.generate(), Laptop()
    opening = made.opening.public
    will = Will(Standing.HOME, NOW, owner.public, owner.public, 1, opening)
    first = orders.make(made.id, None, will, owner)
    device = Device(
        number=LAPTOP, id=made.id, account_id=KEEPER, device_key=made.signing.public,
        command_key=opening, paired=0, vault_epoch=1, vault_key=opening, orders_serial=1,
    )  # fmt: skip
    given = DeviceOrders(
        device_number=LAPTOP, serial=1, raw=first.raw, hash=first.hash, received=0
    )  # fmt: skip
    return device, given


def run_all(engine: Engine, of: Settings, now: int) -> None:
    for job in jobs.of(of):
        job.run(engine, now)


@settings(max_examples=100, deadline=None)
@given(
    kinds=st.lists(st.tuples(st.sampled_from(KINDS), ends_around), max_size=25),
    years=st.lists(st.integers(2014, 2018), max_size=4),
    later=waits,
)
def test_nothing_outlives_its_class_and_nothing_goes_early(
    migrated: Path, tmp_path_factory: pytest.TempPathFactory, kinds: list[tuple[Making, int]],
    years: list[int], later: list[int],
) -> None:  # fmt: skip
    things = plant(kinds, years)
    known = [(type(thing.rows[0]), thing.ends, identity(thing.rows[0])) for thing in things]
    folder = tmp_path_factory.mktemp("outlives") / "data"
    now = NOW
    with portal_with(migrated, folder, things) as (engine, of):
        for wait in [0, *later]:
            now += wait
            run_all(engine, of, now)
            with Session(engine) as session:
                for table, ends, key in known:
                    assert (session.get(table, key) is not None) == (ends > now), (table, ends, now)
                assert session.get(DeviceCommand, LAST_COMMAND), "its counter is never used again"


def identity(row: Any) -> tuple[Any, ...]:
    mapper = inspect(type(row))
    return tuple(mapper.primary_key_from_instance(row))


def test_every_class_with_a_bound_is_among_them() -> None:
    """But what goes with its laptop or account; evidence and answers have their own tests."""
    planted = {type(make(1, NOW)[0]).__tablename__ for make in KINDS} | {"bill"}
    bounded = {one.name for one in schedule() if one.jobs} - {"evidence", "survey-answers"}
    tried = {one.name for one in schedule() if planted & set(one.columns)}
    assert bounded <= tried, bounded - tried
