"""Who answers for this portal, as its settings say: for the page of what is kept."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Answering:
    """`responsible` is the controller's name and address, `officer` how to reach a data protection
    officer, `authority` whom to complain to. Empty where the operator has not said.
    """

    responsible: str = ""
    officer: str = ""
    authority: str = ""


def from_environment(environment: Mapping[str, str]) -> Answering:
    names = ("RESPONSIBLE", "DPO", "AUTHORITY")
    return Answering(*(environment.get(f"HOMEWARD_{name}", "").strip()[:500] for name in names))
