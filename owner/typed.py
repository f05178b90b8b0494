"""What a person typed, understood or refused with a sentence."""

from datetime import UTC, datetime

from owner.errors import BadInput


def email_address(text: str) -> str:
    local, at, domain = text.strip().rpartition("@")
    if not (at and local and domain) or not text.isprintable() or len(text) > 254:
        raise BadInput(f"{text!r} is not an email address. Check it and run the command again.")
    return text.strip()


def moment(text: str | None) -> int:
    """A date or time, local unless it says otherwise, in ms; 0 where none was given."""
    if text is None:
        return 0
    try:
        said = datetime.fromisoformat(text)
        return int(said.astimezone(UTC).timestamp() * 1000)
    except (ValueError, OverflowError, OSError):
        raise BadInput(f"{text!r} is not a date. Write it like 2026-11-21 or "
                       "2026-11-21T14:00.") from None  # fmt: skip
