"""Who helps to run this portal and so has its data in their hands (GDPR, article 28), and where.

The operator says so in a file; a portal that others reach does not start while somebody helps who
does not stand there.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from portal.billing.settings import BillingSettings
from portal.mail.settings import MailSettings
from portal.privacy.authorities import COUNTRIES_OF_THE_AREA

# Each role, as the page names it.
ROLES = {
    "hosting": "Runs its machines",
    "mail": "Carries its letters",
    "payments": "Takes the money",
    "shop": "Sells its licenses elsewhere",
}
_WORDS = {"role", "name", "country", "contract", "safeguard"}


@dataclass(frozen=True, slots=True)
class Processor:
    """`country` in two letters; `safeguard` is what article 46 wants of one outside the area;
    `contract` is the day of the agreement.
    """

    role: str
    name: str
    country: str = ""
    safeguard: str = ""
    contract: str = ""

    def __str__(self) -> str:
        return ", ".join(part for part in (self.name, self.country, self.safeguard) if part)


def from_environment(
    environment: Mapping[str, str], problems: list[str], mail: MailSettings | None,
    billing: BillingSettings, *, in_earnest: bool,
) -> tuple[Processor, ...]:  # fmt: skip
    """Those of HOMEWARD_PROCESSORS."""
    said = _read(environment.get("HOMEWARD_PROCESSORS", ""), problems)
    if in_earnest:
        problems += [
            f"{one.name} helps to run this portal and stands in no HOMEWARD_PROCESSORS file: say"
            f" there who it is, with the role {one.role!r}; see docs/operations.md."
            for one in helping(said, mail, billing)[len(said) :]
        ]
    if environment.get("HOMEWARD_AREA_ONLY"):
        problems += [
            f"{one.name} is in {one.country}, and HOMEWARD_AREA_ONLY wants everybody within the"
            " European Economic Area."
            for one in said
            if one.country not in COUNTRIES_OF_THE_AREA
        ]
    return said


def helping(
    said: tuple[Processor, ...], mail: MailSettings | None, billing: BillingSettings
) -> tuple[Processor, ...]:
    """Those the operator told of, then whoever the other settings show beside them."""
    shown = []
    if mail and not mail.on_this_machine:
        shown.append(Processor("mail", mail.host))
    if billing.stripe_key:
        shown.append(Processor("payments", "Stripe"))
    if billing.feed_secrets:
        shown.append(Processor("shop", "A shop"))
    known = {one.role for one in said}
    return (*said, *(one for one in shown if one.role not in known))


def _read(path: str, problems: list[str]) -> tuple[Processor, ...]:
    if not path:
        return ()
    try:
        rows = tomllib.loads(Path(path).read_text("utf-8")).get("processor", [])
        return tuple(_processor(row) for row in rows)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
        problems.append(f"HOMEWARD_PROCESSORS ({path}) cannot be read as TOML.")
    except (ValueError, AttributeError, TypeError) as error:
        problems.append(f"HOMEWARD_PROCESSORS ({path}): {error}.")
    return ()


def _processor(row: Mapping[str, Any]) -> Processor:
    """Raises ValueError with what is missing."""
    if unknown := sorted(set(row) - _WORDS):
        raise ValueError(f"{unknown[0]!r} is no word here; there are {', '.join(sorted(_WORDS))}")
    role, name, country = (str(row.get(word, "")).strip() for word in ("role", "name", "country"))
    safeguard = str(row.get("safeguard", "")).strip()
    if role not in ROLES or not name:
        raise ValueError(f"each has a name, and a role out of {', '.join(ROLES)}")
    if len(country) != 2 or not country.isupper():
        raise ValueError(f"the country of {name} takes two letters, as DE")
    if not isinstance(row.get("contract"), date):
        raise ValueError(f"say on which day {name} signed its contract, as contract = 2026-11-01")
    if country not in COUNTRIES_OF_THE_AREA and not safeguard:
        raise ValueError(f"{name} is outside the European Economic Area: say under which safeguard")
    return Processor(role, name, country, safeguard, row["contract"].isoformat())
