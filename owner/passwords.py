"""Which passwords are refused at the door: short, common, or a pattern (protocol.md 2)."""

import unicodedata

from owner.errors import WeakPassword

LEAST = 12
MOST_BYTES = 1024
_RUNS = (
    "abcdefghijklmnopqrstuvwxyz", "01234567890123456789", "qwertyuiopasdfghjklzxcvbnm",
    "qwertzuiopasdfghjklyxcvbnm", "azertyuiopqsdfghjklmwxcvbn", "1qaz2wsx3edc4rfv5tgb6yhn7ujm",
    "1q2w3e4r5t6y7u8i9o0p", "qazwsxedcrfvtgbyhnujm",
)  # fmt: skip
# Words that common long passwords are glued from; what is left after taking them out must be
# worth something by itself.
_WORDS = (
    "administrator", "password", "passwort", "passw0rd", "p@ssw0rd", "motdepasse", "contrasena",
    "welcome", "willkommen", "bienvenue", "iloveyou", "letmein", "trustno", "changeme", "default",
    "sunshine", "princess", "football", "baseball", "superman", "starwars", "chocolate", "dragon",
    "monkey", "master", "shadow", "michael", "jennifer", "charlie", "liverpool", "computer",
    "internet", "homeward", "laptop", "secret", "summer", "winter", "spring", "autumn", "london",
    "admin", "login", "hello", "qwerty", "azerty", "qwertz", "asdfgh", "zxcvbn", "google",
    "whatever", "freedom", "batman", "pokemon", "test", "user", "root", "pass", "love", "abc",
)  # fmt: skip
_COMMON = frozenset({
    "correcthorsebatterystaple", "maytheforcebewithyou", "thequickbrownfox", "tobeornottobe",
    "openthedoor123", "ihatepasswords", "nevergonnagiveyouup", "winteriscoming",
    "itsasecret123", "thisismypassword", "neverforget123", "idontknow1234", "fuckyou12345",
    "mynameisjohn", "iloveyouforever", "iloveyousomuch", "jesuslovesme", "ilovejesus",
    "manchesterunited", "championsleague", "nothingtosee", "youwillneverguess",
})  # fmt: skip
_LEFT_OVER = 4


def check_password(password: str, email: str) -> None:
    """Raises WeakPassword with what to do instead."""
    text = unicodedata.normalize("NFKC", password)
    if len(text) < LEAST:
        raise WeakPassword(f"This password has {len(text)} characters. Use at least {LEAST}: "
                           "four or five unrelated words are easy to remember.")  # fmt: skip
    if len(text.encode()) > MOST_BYTES:
        raise WeakPassword("This password is too long. Use at most 1,000 characters.")
    if why := _weakness(text.lower(), email.lower().strip()):
        raise WeakPassword(f"This password {why}, so it would be guessed early. "
                           "Use four or five unrelated words instead.")  # fmt: skip


def _weakness(text: str, email: str) -> str | None:
    squeezed = "".join(c for c in text if c.isalnum())
    local = email.partition("@")[0]
    if len(local) >= 3 and (local in text or local[::-1] in text):
        return "contains your email address"
    if _repeats(text) or len(set(text)) < 5:
        return "repeats itself"
    if _is_run(squeezed):
        return "follows the keyboard or counts"
    if squeezed in _COMMON or len(_without_words(squeezed)) < _LEFT_OVER:
        return "is a common one"
    return None


def _repeats(text: str) -> bool:
    """One character or group, over and over."""
    sizes = range(1, len(text) // 2 + 1)
    return any(text == (text[:size] * len(text))[: len(text)] for size in sizes)


def _is_run(text: str) -> bool:
    """Whether runs of four and more along the keyboard or alphabet make up nearly all of it."""
    left, at = 0, 0
    while at < len(text):
        length = _run_at(text, at)
        left += length == 0
        at += length or 1
    return left < _LEFT_OVER


def _run_at(text: str, at: int) -> int:
    for length in range(len(text) - at, 3, -1):
        piece = text[at : at + length]
        if any(piece in run or piece in run[::-1] for run in _RUNS):
            return length
    return 0


def _without_words(text: str) -> str:
    for word in _WORDS:
        text = text.replace(word, "")
    return "".join(c for c in text if not c.isdigit())
