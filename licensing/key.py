"""License keys: 26 characters for paper and mail, of which one finds typing errors.

125 random bits and 5 bits of check in Crockford's base 32. A portal keeps only the hash: that much
chance needs no slow one.
"""

import secrets

from licensing.errors import BadLicenseKey
from shared.crypto import domain, sha256
from shared.encoding import CROCKFORD

_DIGITS = 25
_GROUP = 13  # two halves, as they are printed
_LOOKALIKES = str.maketrans("OIL", "011")


def generate() -> str:
    """A new key as it is shown: "XXXXXXXXXXXXX-XXXXXXXXXXXXX"."""
    symbols = "".join(secrets.choice(CROCKFORD) for _ in range(_DIGITS))
    return _shown(symbols + _check(symbols))


def read(typed: str) -> str:
    """The key as it is shown, from what somebody typed; raises BadLicenseKey."""
    symbols = typed.upper().translate(_LOOKALIKES).replace("-", "").replace(" ", "")
    known = len(symbols) == _DIGITS + 1 and set(symbols) <= set(CROCKFORD)
    if not known or _check(symbols[:-1]) != symbols[-1]:
        raise BadLicenseKey("This is not a license key. Check it letter by letter.")
    return _shown(symbols)


def digest(key: str) -> bytes:
    """What a portal stores and searches by, 32 bytes, of a key that `read` gave."""
    return sha256(domain("license-key"), key.encode())


def _check(symbols: str) -> str:
    # Weighted by odd numbers, which 32 has no factor in common with: any one wrong symbol shows.
    total = sum((2 * place + 1) * CROCKFORD.index(one) for place, one in enumerate(symbols))
    return CROCKFORD[total % 32]


def _shown(symbols: str) -> str:
    return f"{symbols[:_GROUP]}-{symbols[_GROUP:]}"
