"""Bytes in JSON, codes on paper, and the strict JSON every document carries."""

import base64
import binascii
import json
import math
from collections.abc import Iterator
from typing import Any

from shared.errors import Malformed

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LOOKALIKES = str.maketrans("OIL", "011")


def b64(data: bytes) -> str:
    """base64url without padding (RFC 4648 5), the form of all bytes in our JSON."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def unb64(text: str) -> bytes:
    """Undo `b64`; raises Malformed for anything it could not have produced."""
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (ValueError, binascii.Error) as error:
        raise Malformed("not base64url") from error
    if b64(data) != text:
        raise Malformed("not base64url as we write it")
    return data


def crockford(data: bytes, group: int = 4) -> str:
    """Base 32 for people, in groups: `data` holds a multiple of 5 bytes, 8 characters each 5."""
    bits = int.from_bytes(data, "big")
    count = len(data) * 8 // 5
    symbols = "".join(CROCKFORD[bits >> 5 * (count - 1 - i) & 31] for i in range(count))
    return "-".join(_chunks(symbols, group))


def uncrockford(text: str, size: int) -> bytes:
    """Read a code as typed: any case, spaces or dashes, O for 0, I or L for 1.

    Raises Malformed unless exactly `size` bytes stand there.
    """
    symbols = text.upper().translate(_LOOKALIKES).replace("-", "").replace(" ", "")
    if len(symbols) != size * 8 // 5 or any(symbol not in CROCKFORD for symbol in symbols):
        raise Malformed(f"a code of {size * 8 // 5} characters was expected")
    bits = 0
    for symbol in symbols:
        bits = bits << 5 | CROCKFORD.index(symbol)
    return bits.to_bytes(size, "big")


def _chunks(text: str, size: int) -> Iterator[str]:
    return (text[i : i + size] for i in range(0, len(text), size))


def to_json(value: dict[str, Any]) -> bytes:
    """Compact UTF-8. Nothing is ever re-serialised to be verified, so no canonical form exists."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


def from_json(data: bytes) -> dict[str, Any]:
    """One JSON object; raises Malformed, also for NaN, infinities, lone surrogates (no file,
    database or terminal could hold them later) and names that stand twice.
    """
    try:
        value = json.loads(
            data.decode(),
            object_pairs_hook=_no_repeats,
            parse_constant=_no_constants,
            parse_float=_finite,
        )
        if b"\\u" in data:
            json.dumps(value, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise Malformed("not JSON") from error
    if not isinstance(value, dict):
        raise Malformed("not a JSON object")
    return value


def _no_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise ValueError("a name stands twice")
    return value


def _no_constants(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _finite(text: str) -> float:
    value = float(text)  # 1e999 reads as infinity, and no parse_constant is asked
    if not math.isfinite(value):
        raise ValueError("a number is too large")
    return value


def number(value: Any, least: int = 0, most: int = 2**53) -> int:
    """An int out of JSON, in its range; raises Malformed, also for a bool."""
    if type(value) is not int or not least <= value <= most:
        raise Malformed("a number is missing or out of range")
    return value


def text(value: Any) -> str:
    """A str out of JSON; raises Malformed."""
    if not isinstance(value, str):
        raise Malformed("a text is missing")
    return value


def flag(value: Any) -> bool:
    """A bool out of JSON; raises Malformed."""
    if not isinstance(value, bool):
        raise Malformed("a yes or no is missing")
    return value


def items(value: Any) -> list[Any]:
    """A list out of JSON; raises Malformed. A text or an object would iterate just as well."""
    if not isinstance(value, list):
        raise Malformed("a list is missing")
    return value


def mapping(value: Any) -> dict[str, Any]:
    """An object out of JSON; raises Malformed."""
    if not isinstance(value, dict):
        raise Malformed("an object is missing")
    return value


def binary(value: Any, size: int | None = None) -> bytes:
    """base64url bytes out of JSON, `size` of them if that is fixed; raises Malformed."""
    data = unb64(text(value))
    if size is not None and len(data) != size:
        raise Malformed(f"{size} bytes were expected")
    return data
