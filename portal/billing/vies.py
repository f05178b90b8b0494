"""Asks VIES, the European Union's register, whether a VAT number is valid.

It answers slowly, and not at all while a country's own register is away: that is no answer, and
never counts as a no. Asked in the seller's name it gives a reference, which proves that it was.
"""

from typing import Any

from licensing.tax import Vies

_PATIENCE_S = 8.0
_REFERENCE_LENGTH = 50


class ViesAway(RuntimeError):
    """No answer, about this number, just now."""


def ask(url: str, asking: str, number: str, now: int) -> Vies:
    """`asking` is the seller's own VAT number, both as `licensing.tax.normal` has them.

    Raises ViesAway.
    """
    # Imported here: most portals sell nothing.
    import requests

    wanted = {
        "countryCode": number[:2], "vatNumber": number[2:],
        "requesterMemberStateCode": asking[:2], "requesterNumber": asking[2:],
    }  # fmt: skip
    try:
        answer = requests.post(url, json=wanted, timeout=_PATIENCE_S, allow_redirects=False)
        said = answer.json() if answer.status_code == requests.codes.ok else None
    except (requests.RequestException, ValueError) as error:
        raise ViesAway from error
    return _read(said, number, now)


def _read(said: Any, number: str, now: int) -> Vies:
    """Only yes and no are answers: what went wrong comes with status 200, too."""
    valid = said.get("valid") if isinstance(said, dict) else None
    if not isinstance(valid, bool):
        raise ViesAway
    reference = str(said.get("requestIdentifier") or "")[:_REFERENCE_LENGTH]
    return Vies(number, valid, now, reference)
