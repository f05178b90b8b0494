"""homeward-portal license: what the operator does about licenses, in a terminal.

There is no page for it: whoever may type this already holds the database. What takes something
from an owner names a reason and two people, and is kept with the license.
"""

import argparse
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from licensing import key
from licensing.errors import BadLicenseKey
from licensing.license import Fact, Kind
from portal import db
from portal.accounts.models import Account
from portal.audit import operations as audit
from portal.context import system_clock
from portal.licenses import keys, operations
from portal.licenses.models import IssuedLicense, LicenseFact
from portal.settings import Settings
from shared.vault import email_norm

_SOLD = ("solo", "family", "office")
_DECISIONS = {
    "suspend": (Kind.SUSPENDED, "license-suspended", "stop a license, for a reason, by two people"),
    "reinstate": (Kind.REINSTATED, "license-reinstated", "take a suspension back"),
    "revoke": (Kind.REVOKED, "license-revoked", "end a license for good, by two people"),
}
_DAY_MS = timedelta(days=1) // timedelta(milliseconds=1)


class CannotGive(RuntimeError):
    """Why the operator's wish about a license cannot be met, with the next step."""


def add_verbs(verbs: Any) -> None:
    """The verbs below `homeward-portal license`."""
    inside = verbs.add_parser("license", help="give out and look after licenses").add_subparsers(
        required=True, metavar="verb"
    )
    keys.add_verbs(inside)
    issuing = inside.add_parser("issue", help="make a license; without --email it prints a key")
    issuing.add_argument("--tier", choices=_SOLD, required=True)
    issuing.add_argument("--seats", type=_natural, default=1, help="for office: how many laptops")
    issuing.add_argument("--days", type=_natural, default=365, help="from its claim; 365")
    issuing.add_argument("--email", help="give it to this account at once")
    issuing.set_defaults(verb=issue)
    showing = _about_one(inside, "show", "what was given out, and what happened to it")
    showing.set_defaults(verb=show)
    renewing = _about_one(inside, "renew", "more days, after those it has")
    renewing.add_argument("--days", type=_natural, default=365)
    renewing.set_defaults(verb=renew)
    for name, (_, _, says) in _DECISIONS.items():
        deciding = _about_one(inside, name, says)
        deciding.add_argument("--reason", required=True, help="the owner may read it")
        deciding.add_argument("--by", required=True, help="who decides")
        deciding.add_argument("--agreed-by", required=True, help="a second person, who agrees")
        deciding.set_defaults(verb=decide, decision=name, stalking=False)
        if name == "suspend":
            deciding.add_argument(
                "--stalking", action="store_true",
                help="somebody was being followed: evidence stays sealed, and is shown to nobody",
            )  # fmt: skip


def _about_one(inside: Any, name: str, says: str) -> argparse.ArgumentParser:
    made: argparse.ArgumentParser = inside.add_parser(name, help=says)
    made.add_argument("license", help="its key, or the email of the account that has it")
    return made


def _natural(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 10_000:
        raise argparse.ArgumentTypeError("a number from 1 to 10000")
    return int(text)


def issue(settings: Settings, chosen: argparse.Namespace) -> int:
    """Print a key that opens the license once, or give it to an account."""
    now, made = system_clock(), key.generate()
    with _writing(settings) as session:
        given = IssuedLicense(
            id=secrets.token_bytes(16), key_hash=key.digest(made), tier=chosen.tier,
            bought=chosen.seats, days=chosen.days, issued=now,
        )  # fmt: skip
        session.add(given)
        session.flush()
        _note(session, given, "license-issued", now)
        if chosen.email:
            _give(session, given, _account(session, chosen.email), settings.licenses_since, now)
        session.commit()
    print("The account has it now." if chosen.email else made)
    return 0


def _give(
    session: Session, given: IssuedLicense, account: Account, since: int | None, now: int
) -> None:
    if not operations.is_free_to_claim(session, account, since, now):
        raise CannotGive("This account has a license that has not ended; renew that one instead.")
    operations.hand_over(session, given, account, now)


def show(settings: Settings, chosen: argparse.Namespace) -> int:
    with _writing(settings) as session:
        held = _find(session, chosen.license)
        seats = operations.TIERS[held.tier].seats_of(held.bought)
        print(f"{held.tier}, {seats} seats, {held.days} days from its claim")
        print(f"issued {_day(held.issued)}, {_claimed(held)}")
        for row in _facts(session, held):
            until = f" until {_day(row.until)}" if row.until else ""
            print(f"{_day(row.at)} {row.kind}{until}{f': {row.why}' if row.why else ''}")
    return 0


def _claimed(held: IssuedLicense) -> str:
    return f"claimed {_day(held.claimed)}" if held.claimed else "not claimed"


def _facts(session: Session, held: IssuedLicense) -> list[LicenseFact]:
    query = select(LicenseFact).where(LicenseFact.license_id == held.id)
    return list(session.scalars(query.order_by(LicenseFact.at, LicenseFact.id)))


def renew(settings: Settings, chosen: argparse.Namespace) -> int:
    """A license that has ended begins again now; another goes on where it would end."""
    now = system_clock()
    with _writing(settings) as session:
        held = _claimed_one(session, chosen.license)
        ends = max(now, *(fact.until or 0 for fact in operations.facts_of(session, held)))
        until = ends + chosen.days * _DAY_MS
        operations.add_fact(session, held, Fact(now, _own_id(), Kind.PAID, until))
        _note(session, held, "license-renewed", now)
        session.commit()
    print(f"It lasts until {_day(until)} now.")
    return 0


def decide(settings: Settings, chosen: argparse.Namespace) -> int:
    kind, action, _ = _DECISIONS[chosen.decision]
    if chosen.by.strip().casefold() == chosen.agreed_by.strip().casefold():
        raise CannotGive("Two people have to agree: --by and --agreed-by name the same one.")
    why = f"{chosen.reason.strip()} ({chosen.by.strip()}, {chosen.agreed_by.strip()})"
    now = system_clock()
    with _writing(settings) as session:
        held = _claimed_one(session, chosen.license)
        fact_id = operations.STALKING + _own_id() if chosen.stalking else _own_id()
        operations.add_fact(session, held, Fact(now, fact_id, kind), why)
        _note(session, held, action, now)
        session.commit()
    print("Done. No laptop stops reporting by it.")
    return 0


@contextmanager
def _writing(settings: Settings) -> Iterator[Session]:
    engine = db.make_engine(settings)
    try:
        db.assert_migrated(engine)
        with Session(db.for_writing(engine)) as session:
            yield session
    finally:
        engine.dispose()


def _claimed_one(session: Session, text: str) -> IssuedLicense:
    found = _find(session, text)
    if found.claimed is None:
        raise CannotGive("Nobody has claimed this license yet, so there is nothing to change.")
    return found


def _find(session: Session, text: str) -> IssuedLicense:
    found = _newest_of(session, text) if "@" in text else _by_key(session, text)
    if found is None:
        raise CannotGive("There is no such license. Check the key or the email letter by letter.")
    return found


def _newest_of(session: Session, email: str) -> IssuedLicense | None:
    return operations.newest(session, _account(session, email).id)


def _by_key(session: Session, text: str) -> IssuedLicense | None:
    try:
        wanted = key.digest(key.read(text))
    except BadLicenseKey:
        return None
    return session.scalar(select(IssuedLicense).where(IssuedLicense.key_hash == wanted))


def _account(session: Session, email: str) -> Account:
    found = session.scalar(select(Account).where(Account.email_norm == email_norm(email)))
    if found is None:
        raise CannotGive("No account has this email. Check it letter by letter.")
    return found


def _note(session: Session, held: IssuedLicense, action: str, now: int) -> None:
    subject = audit.account(held.account_id) if held.account_id else audit.issued(held.id)
    audit.note(session, actor=audit.OPERATOR, action=action, subject=subject, now=now)


def _own_id() -> str:
    return f"operator-{secrets.token_hex(8)}"


def _day(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).date().isoformat()
