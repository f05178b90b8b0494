"""The policy: what /privacy says, line by line, kept as it was on each day that it changed."""

import json
from dataclasses import dataclass
from difflib import SequenceMatcher

from sqlalchemy.orm import Session

from portal.privacy import announcing, metrics, processors, purposes, retention, roles
from portal.privacy.announcing import Kind, Watched
from portal.privacy.models import Announcement
from portal.privacy.processors import ROLES
from portal.settings import Settings
from shared.errors import Malformed

HEADING = ""
ANSWERS = "Answers for this portal"
COUNTED = "Counted, by day and without who it was"
BASES = {
    "contract": "your contract", "consent": "your consent", "duty": "a legal duty",
    "interest": "a legitimate interest",
}  # fmt: skip
# Who has what is people's in their hands, and what is counted: never a mere correction.
_OF_WHOM = frozenset({ANSWERS, COUNTED, *ROLES.values()})

Line = tuple[str, str]  # what it is about, and what is said of it: sentences of the catalogs


@dataclass(frozen=True, slots=True)
class Version:
    """`number` counts from 1. One that came into force when it was announced was a correction."""

    number: int
    announced: int
    effective: int
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """`how` is “same”, “gone” or “new”."""

    how: str
    line: Line


def lines(settings: Settings) -> tuple[Line, ...]:
    """What the portal itself goes by at this moment."""
    answering = settings.answering
    helping = processors.helping(settings.processors, settings.mail, settings.billing)
    said: list[Line] = [
        (HEADING, "Who answers for it, and who helps"),
        (ANSWERS, answering.responsible),
        ("Data protection officer", answering.officer),
        ("Whom to complain to", answering.authority),
        *((ROLES[one.role], str(one)) for one in helping),
        (HEADING, "Who can see what"),
        *((one.who, one.how) for one in roles.roles()),
        (HEADING, "What for"),
        *((BASES[one.basis], one.what) for one in purposes.purposes()),
        *((COUNTED, sentence) for sentence in metrics.SENTENCES.values() if settings.counts),
    ]
    for kept in retention.of_people():
        said += [
            (HEADING, kept.what), ("Why", kept.why), ("How long", kept.until),
            ("Who can read it", kept.readers), ("On which basis", BASES[kept.basis]),
        ]  # fmt: skip
    return tuple(line for line in said if line[1])


def versions(session: Session) -> list[Version]:
    """Oldest first, also what is still to come into force."""
    kept = announcing.of_kind(session, Kind.POLICY)
    return [_version(number, one) for number, one in enumerate(kept, 1)]


def in_force(session: Session, now: int) -> Version | None:
    """None while none was ever recorded."""
    begun = [one for one in versions(session) if one.effective <= now]
    return max(begun, key=lambda one: (one.effective, one.number), default=None)


def begin(session: Session, settings: Settings, now: int) -> bool:
    """Record the first version; nobody has read an older one. Whether there was none; commits."""
    if versions(session):
        return False
    announcing.record(session, Kind.POLICY, to_text(lines(settings)), now, now)
    session.commit()
    return True


def correct(session: Session, new: tuple[Line, ...], now: int) -> Version:
    """Put better what stays as it is: at once, and without a letter. The caller commits. Raises
    Malformed where somebody else than before gets what is people's.
    """
    _must_differ(session, new)
    before = in_force(session, now)
    others = set(new) - set(before.lines if before else ())
    if any(about in _OF_WHOM for about, _ in others):
        raise Malformed("who has what is people's changes: homeward-portal policy announce")
    return follow(session, new, now)


def follow(session: Session, new: tuple[Line, ...], now: int) -> Version:
    """Say what came about otherwise, and was announced as that. The caller commits."""
    made = announcing.record(session, Kind.POLICY, to_text(new), now, now)
    return _version(len(versions(session)), made)


def announce(
    session: Session, new: tuple[Line, ...], effective: int, now: int, watched: Watched
) -> tuple[Version, int]:
    """And how many were written to. No yes of theirs changes by it. The caller commits. Raises
    Malformed.
    """
    _must_differ(session, new)
    made = announcing.announce(session, Kind.POLICY, to_text(new), effective, now)
    version = _version(len(versions(session)), made)
    path = f"/privacy/versions/{version.number}"
    told = announcing.tell_all(
        session, "service/policy_changes", now, watched, until=effective, path=path
    )
    return version, told


def changes(before: tuple[Line, ...], after: tuple[Line, ...]) -> list[Change]:
    """Every line of both, in their order."""
    found: list[Change] = []
    for how, a, b, c, d in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if how == "equal":
            found += [Change("same", line) for line in after[c:d]]
        else:
            found += [Change("gone", line) for line in before[a:b]]
            found += [Change("new", line) for line in after[c:d]]
    return found


def to_text(said: tuple[Line, ...]) -> str:
    return json.dumps(said, ensure_ascii=False, indent=0)


def from_text(text: str) -> tuple[Line, ...]:
    """Raises Malformed for what to_text has not made."""
    try:
        return tuple((_sentence(about), _sentence(said)) for about, said in json.loads(text))
    except (ValueError, TypeError) as error:
        raise Malformed("this is no policy as `homeward-portal policy print` makes it") from error


def _sentence(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    return value


def _must_differ(session: Session, new: tuple[Line, ...]) -> None:
    known = versions(session)
    if known and known[-1].lines == new:
        raise Malformed(f"version {known[-1].number} says all of it already")


def _version(number: int, kept: Announcement) -> Version:
    return Version(number, kept.announced, kept.effective, from_text(kept.text))
