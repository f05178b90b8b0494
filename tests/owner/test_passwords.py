"""Which passwords are turned away, and that good ones are not."""

import pytest

from owner.errors import WeakPassword
from owner.passwords import check_password


@pytest.mark.parametrize(
    "weak",
    [
        "short",
        "elevenchars",
        "aaaaaaaaaaaa",
        "abcabcabcabc",
        "121212121212",
        "123456789012",
        "qwertyuiopas",
        "1qaz2wsx3edc",
        "asdfghjkl123",
        "password1234",
        "Password123!!",
        "passwordpassword",
        "letmeinletmein1",
        "iloveyou12345",
        "correct horse battery staple",
        "CorrectHorseBatteryStaple",
        "homeward2026!",
        "alicealice99!",
        "my-alice-secret-door",
        "x" * 1025,
        "ﬀ" * 600,
    ],
)
def test_a_weak_password_is_refused_with_what_to_do(weak: str) -> None:
    with pytest.raises(WeakPassword, match=r"[Uu]se"):
        check_password(weak, "alice@example.org")


@pytest.mark.parametrize(
    "good",
    [
        "seven quiet otters swim",
        "demo: three gray herons",
        "correct horse battery",
        "Tr0ub4dor&3-lighthouse",
        "пятнадцать медведей",
        "zH8!kk2_pQ9x",
        "mein Rad steht im Keller",
    ],
)
def test_a_good_password_is_taken(good: str) -> None:
    check_password(good, "alice@example.org")


def test_length_is_counted_after_normalization() -> None:
    """Eleven letters, one of them written as letter and accent."""
    with pytest.raises(WeakPassword, match="11 characters"):
        check_password("ze\u0301phyr rouX", "alice@example.org")
