"""What a command asks for: bounds that both ends keep."""

from typing import Any

import pytest

from shared.command import Wish
from shared.errors import Malformed
from shared.wishes import Alarm, Asked, Lock, Message, Wipe, parameters_of, parse, wish_of

ASKED: tuple[Asked, ...] = (
    Alarm(5), Alarm(600), Message("¿Hola? " + "a" * 900), Lock(), Wipe(("/home/a/b",)),
    Wipe(homes=("alice",), forget=True), Wipe(tuple(f"/a/{n}" for n in range(20)), dry_run=True),
)  # fmt: skip
WIPE = {"folders": ["/a/b"], "homes": [], "forget": False, "dry_run": False}
BEYOND: dict[str, tuple[Wish, dict[str, Any]]] = {
    "a message that says nothing": (Wish.MESSAGE, {"text": " \n "}),
    "a message as long as a book": (Wish.MESSAGE, {"text": "a" * 1001}),
    "a message that is no text": (Wish.MESSAGE, {"text": ["a"]}),
    "a message without words": (Wish.MESSAGE, {}),
    "an alarm without end": (Wish.ALARM, {"seconds": 601}),
    "an alarm of no time": (Wish.ALARM, {"seconds": 4}),
    "an alarm of yes": (Wish.ALARM, {"seconds": True}),
    "a wipe of nothing": (Wish.WIPE, WIPE | {"folders": []}),
    "a wipe of too much": (Wish.WIPE, WIPE | {"folders": ["/a/b"] * 21}),
    "a wipe of a name in two lines": (Wish.WIPE, WIPE | {"folders": ["/a/b\nc"]}),
    "a wipe that does not say whether it counts": (Wish.WIPE, {"folders": ["/a/b"], "homes": []}),
    "a wipe that perhaps forgets": (Wish.WIPE, WIPE | {"forget": 1}),
}


@pytest.mark.parametrize("asked", ASKED, ids=repr)
def test_what_is_asked_arrives_as_it_was_meant(asked: Asked) -> None:
    assert parse(wish_of(asked), parameters_of(asked)) == asked


@pytest.mark.parametrize("which", BEYOND)
def test_what_is_out_of_bounds_is_not_meant(which: str) -> None:
    with pytest.raises(Malformed):
        parse(*BEYOND[which])


def test_what_the_laptop_would_refuse_is_not_made() -> None:
    with pytest.raises(Malformed):
        parameters_of(Alarm(3600))


@pytest.mark.parametrize("wish", [Wish.REPORT_NOW, Wish.LEAVE])
def test_some_wishes_say_all_by_their_name(wish: Wish) -> None:
    assert parse(wish, {}) is None
