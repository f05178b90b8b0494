"""Who answers for this portal, as its settings say: for the page of what is kept."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

# RFC 2606 names, and what is left in a file that nobody filled in.
_PLACEHOLDER = re.compile(
    r"\bexample\b|\.(test|invalid)\b|<|\b(todo|changeme|tbd)\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Answering:
    """`responsible` is the controller's name and address, `officer` how to reach a data protection
    officer, `authority` whom to complain to. Empty where the operator has not said.
    """

    responsible: str = ""
    officer: str = ""
    authority: str = ""


def from_environment(
    environment: Mapping[str, str], problems: list[str], *, in_earnest: bool
) -> Answering:
    """A portal `in_earnest`, one that others reach, names nobody made up."""
    said = {
        name: environment.get(f"HOMEWARD_{name}", "").strip()[:500]
        for name in ("RESPONSIBLE", "DPO", "AUTHORITY")
    }
    problems += [
        f"HOMEWARD_{name} is a placeholder: say who it is, or leave it out."
        for name, text in said.items()
        if in_earnest and _PLACEHOLDER.search(text)
    ]
    return Answering(*said.values())
