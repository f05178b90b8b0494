"""Which license an account has, and how a key makes one its own.

Nothing here is asked when a laptop checks in: money decides about new laptops, never about reports.
"""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from licensing import key, plan, rights
from licensing.errors import BadLicenseKey
from licensing.license import Fact, Kind, License, State, replay
from licensing.plan import Tier
from portal.accounts import throttle
from portal.accounts.models import Account
from portal.accounts.visitors import Visitor
from portal.audit import operations as audit
from portal.licenses.models import IssuedLicense, LicenseFact, TakenSeat
from portal.problems import Problem

CLAIMS = throttle.Limit("license", free=10, longest=timedelta(minutes=15))
_MS = timedelta(milliseconds=1)
_DAY_MS = timedelta(days=1) // _MS
STALKING = "stalking-"  # how a suspension is called that a person decided for this
_OVER = frozenset({State.EXPIRED, State.EXPIRED_TRIAL, State.REFUNDED, State.REVOKED})
TIERS = plan.load()
# A portal that gives no licenses out: everything, for everybody, without an end.
_FREE = License(State.ACTIVE)


@dataclass(frozen=True, slots=True)
class Holding:
    """What an account may do: the tier it has, for how many laptops, and how its license stands."""

    tier: Tier
    seats: int
    license: License
    stalking: bool = False

    def may(self, action: rights.Action, now: int, goodwill_used: int | None = None) -> bool:
        """`goodwill_used` is when the one theft after the end was marked."""
        return rights.may(
            self.license, action, rights.Circumstances(now, goodwill_used, self.stalking)
        )


def holding(session: Session, account: Account, since: int | None, now: int) -> Holding:
    """The license of an account; `since` (ms) is when this portal began to give them out.

    Nobody has to start a trial: it runs from the sign-up, or from `since` for older accounts.
    """
    if since is None:
        return Holding(TIERS["free"], TIERS["free"].seats, _FREE)
    trial = Fact(max(account.created, since), "trial", Kind.TRIAL_STARTED)
    held = newest(session, account.id)
    if held is None:
        return Holding(TIERS["trial"], TIERS["trial"].seats, replay([trial], now))
    facts = [trial, *facts_of(session, held)]
    tier = TIERS[held.tier]
    stalking = any(fact.id.startswith(STALKING) for fact in facts)
    return Holding(tier, tier.seats_of(held.bought), replay(facts, now), stalking)


def newest(session: Session, account_id: bytes) -> IssuedLicense | None:
    """The license an account has claimed last, if any."""
    query = select(IssuedLicense).where(IssuedLicense.account_id == account_id)
    return session.scalars(query.order_by(IssuedLicense.claimed.desc()).limit(1)).first()


def replayed(session: Session, held: IssuedLicense, now: int) -> License:
    """How one license stands, by what happened to it alone."""
    return replay(facts_of(session, held), now)


def facts_of(session: Session, held: IssuedLicense) -> list[Fact]:
    rows = session.scalars(select(LicenseFact).where(LicenseFact.license_id == held.id))
    return [Fact(row.at, row.id, Kind(row.kind), row.until) for row in rows]


def seats_of(session: Session, account_id: bytes) -> list[TakenSeat]:
    query = select(TakenSeat).where(TakenSeat.account_id == account_id)
    return list(session.scalars(query.order_by(TakenSeat.slot)))


def claim(session: Session, account: Account, typed: str, since: int | None, by: Visitor) -> None:
    """Make a license one's own by its key. Raises Problem bad-license-key, license-held, slow-down.

    One sentence for every key that is not to be had: it tells nobody which keys exist.
    """
    tries = (throttle.watch(CLAIMS, by.pepper, by.prefix),)
    throttle.check(session, tries, by.now)
    throttle.count(session, tries, by.now)
    session.commit()
    try:
        wanted = key.digest(key.read(typed))
    except BadLicenseKey as error:
        raise _bad_key() from error
    found = session.scalar(select(IssuedLicense).where(IssuedLicense.key_hash == wanted))
    if found is None or found.account_id is not None:
        raise _bad_key()
    if not is_free_to_claim(session, account, since, by.now):
        raise Problem(
            409, "license-held",
            "You have a license that has not ended. Use this key when it has, so that no paid day"
            " is lost.",
        )  # fmt: skip
    hand_over(session, found, account, by.now)
    session.commit()


def is_free_to_claim(session: Session, account: Account, since: int | None, now: int) -> bool:
    """Whether another license would take no day away from the one the account has."""
    if newest(session, account.id) is None:
        return True
    return holding(session, account, since, now).license.state in _OVER


def hand_over(session: Session, found: IssuedLicense, account: Account, now: int) -> None:
    """The license is this account's from now on. The caller commits. Raises Problem."""
    unclaimed = update(IssuedLicense).where(
        IssuedLicense.id == found.id, IssuedLicense.account_id.is_(None)
    )
    taken = session.connection().execute(unclaimed.values(account_id=account.id, claimed=now))
    if taken.rowcount != 1:  # somebody else was faster
        raise _bad_key()
    add_fact(session, found, Fact(now, "claimed", Kind.PAID, now + found.days * _DAY_MS))
    audit.note(
        session, actor=audit.account(account.id), action="license-claimed",
        subject=audit.issued(found.id), now=now,
    )  # fmt: skip


def _bad_key() -> Problem:
    return Problem(
        422, "bad-license-key",
        "This key opens no license. Check it letter by letter; each key can be used once.",
    )  # fmt: skip


def add_fact(session: Session, held: IssuedLicense, fact: Fact, why: str | None = None) -> None:
    """The caller commits."""
    session.add(
        LicenseFact(
            license_id=held.id, id=fact.id, at=fact.at, kind=fact.kind.value, until=fact.until,
            why=why,
        )
    )  # fmt: skip
