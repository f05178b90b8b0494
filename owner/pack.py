"""Make an evidence pack: choose what to show, sign it, and check it as a stranger would."""

import json
from dataclasses import dataclass, replace
from pathlib import Path

from owner import packpages
from owner.directory import Directory
from owner.errors import BadInput, CannotWrite, NotSound, WouldOverwrite
from owner.evidence import Picture
from owner.signing import Unlocked
from owner.verification import Evidence, Result, Trust
from shared import pack, packcheck
from shared.disclosure import Disclosure
from shared.errors import ProtocolError, TooLarge
from shared.pack import Contents, PortalKey
from shared.packerrors import BrokenPack
from shared.sighting import disclose

# The verifying page of this very installation: asked from the portal, it would be a judge chosen
# by the one it judges.
_BUILT = Path(__file__).parents[1] / "portal" / "static" / "build"


@dataclass(frozen=True, slots=True)
class Choice:
    """What to show: reports dated at or after `since` (ms), or `only` these."""

    since: int | None = None
    only: frozenset[int] | None = None


@dataclass(frozen=True, slots=True)
class Chosen:
    """Everything proven (`result`), and of it what is shown."""

    result: Result
    shown: list[Evidence]
    pictures: list[Picture]


def choose(result: Result, choice: Choice) -> list[Evidence]:
    """Opened reports; without a choice those since the last theft began. Raises BadInput."""
    opened = [one for one in result.evidence if one.disclosure is not None]
    if choice.only is not None:
        lacking = choice.only - {one.seq for one in opened}
        if lacking:
            raise BadInput(f"Report {min(lacking)} is not there or cannot be opened. "
                           "`homeward evidence` lists the ones there are.")  # fmt: skip
        return [one for one in opened if one.seq in choice.only]
    since = _last_theft(result) if choice.since is None else choice.since
    return [one for one in opened if one.moment >= since]


def _last_theft(result: Result) -> int:
    """What a laptop saw at home before is nobody's business unless its owner says so."""
    thefts = [given.will.theft for given in result.orders.orders]
    return max((theft.since for theft in thefts if theft), default=0)


def make(chosen: Chosen, trust: Trust, key: Unlocked, now: int) -> bytes:
    """Raises NotSound where the portal's chain would not convince anybody else, BadInput."""
    contents = _contents(chosen, trust, now)
    owner_key = trust.directory.owner_key
    for_people = {
        pack.README: packpages.readme(contents, owner_key),
        pack.REPORT: packpages.report(contents, owner_key, chosen.shown, chosen.pictures),
        pack.VERIFIER: verifying_page(),
    }
    try:
        made = pack.make(replace(contents, for_people=for_people), key.owner)
        packcheck.check(made)
    except TooLarge as error:
        raise BadInput("That is more than one pack can hold. Choose less with --since or "
                       "--only.") from error  # fmt: skip
    except BrokenPack as error:
        raise NotSound(error.code, str(error)) from error
    return made


def _contents(chosen: Chosen, trust: Trust, now: int) -> Contents:
    result = chosen.result
    receipts = {one.receipt.seq: one.receipt for one in result.evidence if one.receipt}
    sightings = ((one.seq, _sighting(one, trust)) for one in chosen.shown)
    return Contents(
        laptop=trust.pins.name,
        made=now,
        offer=trust.pins.offer,
        portal_keys=_portal_keys(trust.directory),
        orders=tuple(given.raw for given in result.orders.orders),
        skeletons=tuple(one.row.envelope.skeleton for one in result.evidence),
        receipts=tuple(receipts[seq].raw for seq in sorted(receipts)),
        records={one.seq: one.disclosure for one in chosen.shown if one.disclosure},
        sightings={seq: shown for seq, shown in sightings if shown},
        media={pack.media_name(p.seq, p.index, p.mime): p.data for p in chosen.pictures},
        for_people={},
    )


def _portal_keys(directory: Directory) -> tuple[PortalKey, ...]:
    return tuple(PortalKey(key.public, key.since, key.until) for key in directory.portal_keys)


def _sighting(one: Evidence, trust: Trust) -> Disclosure | None:
    """Opened once more, for the salt."""
    if one.sighting is None or one.row.sighting is None or one.receipt is None:
        return None
    commit = one.receipt.sighting_commit
    for key in trust.vault_keys():
        try:
            return disclose(one.row.sighting, one.row.envelope.chain_hash, commit, key)
        except ProtocolError:
            continue
    return None


def verifying_page() -> bytes:
    """Raises CannotWrite."""
    try:
        manifest = json.loads((_BUILT / "manifest.json").read_bytes())
        return (_BUILT / str(manifest[pack.VERIFIER])).read_bytes()
    except (OSError, ValueError, KeyError) as error:
        raise CannotWrite("This installation lacks verify.html, which goes into every pack. "
                          "Install Homeward anew.") from error  # fmt: skip


def check_free(path: Path) -> None:
    """Before the password is asked. Raises WouldOverwrite."""
    if path.exists():
        raise WouldOverwrite(f"{path} is there already. Choose another name with --out.")


def write(path: Path, made: bytes) -> None:
    """Whole or not at all, for its owner's eyes. Raises WouldOverwrite, CannotWrite."""
    check_free(path)
    fresh = path.with_name(f".{path.name}.new")
    try:
        fresh.touch(mode=0o600)
        fresh.write_bytes(made)
        fresh.replace(path)
    except OSError as error:
        raise CannotWrite(f"{path} cannot be written ({error.strerror}). Choose another place "
                          "with --out.") from error  # fmt: skip
