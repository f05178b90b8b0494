"""How long evidence stays, against a plain retelling: day by day, what a portal would delete."""

from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared import orders, will
from shared.crypto import SigningKey
from shared.errors import Malformed, UnknownSigner
from shared.keeping import DAY_MS, keeping
from shared.orders import Signer, Standing, Theft, Will
from shared.will import Keep
from tests.shared.cast import DAY, FIRST, NOW, given_to, nxt, seed
from tests.shared.cast import will as wanted

CAROL = SigningKey.from_seed(seed("carol"))


def test_what_is_usual_is_not_said() -> None:
    assert "keep" not in will.to_json(wanted())
    held = Keep(30, 730, NOW, hold=True)
    assert nxt(wanted(keep=held)).will.keep == held


@pytest.mark.parametrize(
    "said",
    [
        {"days": 6}, {"days": 366}, {"theft_days": 29}, {"theft_days": 731}, {"before": -1},
        {"hold": 1}, {"days": "90"}, {"days": None},
    ],
)  # fmt: skip
def test_what_is_out_of_bounds_is_refused(said: dict[str, Any]) -> None:
    data = will.to_json(wanted(keep=Keep(91)))
    data["keep"] |= said
    with pytest.raises(Malformed):
        will._from_json(data)


def test_nobody_but_the_owner_changes_it() -> None:
    carol = Signer(CAROL.public, ("orders",), NOW + DAY, "Carol")
    held = nxt(wanted(signers=(carol,)))
    given_to(FIRST, held)
    mischief = nxt(wanted(signers=(carol,), keep=Keep(7)), by=CAROL, after=held)
    with pytest.raises(UnknownSigner, match="how long evidence stays"):
        given_to(held, mischief)


@dataclass
class Retold:
    """A laptop that reports daily, and a portal that deletes daily by the orders of the day."""

    wills: list[Will]
    day: int = 0
    there: set[int] = field(default_factory=set)
    gone: set[int] = field(default_factory=set)
    thefts: list[list[int | None]] = field(default_factory=list)

    @property
    def now(self) -> int:
        return NOW + self.day * DAY_MS

    def order(self, **changes: Any) -> None:
        self.wills.append(replace(self.wills[-1], t=self.now, **changes))

    def steal(self) -> None:
        if self.wills[-1].theft is None:
            self.thefts.append([self.day, None])
            theft = Theft(str(self.day), since=self.now, until=self.now + DAY_MS)
            self.order(standing=Standing.STOLEN, theft=theft)

    def bring_back(self) -> None:
        if self.wills[-1].theft is not None:
            self.thefts[-1][1] = self.day
            self.order(standing=Standing.HOME, theft=None)

    def belongs(self, day: int) -> bool:
        """To a theft that still keeps it."""
        for began, ended in self.thefts:
            assert began is not None
            if ended is None and day >= began - 7:
                return True
            stays = self.wills[-1].keep.theft_days
            if ended is not None and began - 7 <= day <= ended and self.day < ended + stays:
                return True
        return False

    def pass_day(self) -> None:
        self.there.add(self.day)
        self.day += 1
        keep = self.wills[-1].keep
        open_since = [began for began, ended in self.thefts if ended is None]
        for day in sorted(self.there):
            deleted = NOW + day * DAY_MS < keep.before and not any(
                day >= began - 7 for began in open_since if began is not None
            )
            aged = not keep.hold and day < self.day - keep.days and not self.belongs(day)
            if deleted or aged:
                self.there.remove(day)
                self.gone.add(day)


keeps = st.builds(
    Keep, days=st.integers(7, 40), theft_days=st.integers(30, 60), hold=st.booleans(),
    before=st.integers(0, 90).map(lambda day: NOW + day * DAY_MS),
)  # fmt: skip
acts = st.lists(
    st.one_of(st.integers(1, 15), st.sampled_from(["steal", "bring_back"]), keeps), max_size=12
)


@given(acts)
def test_nothing_stays_too_long_and_nothing_goes_too_early(history: list[Any]) -> None:
    told = Retold([wanted()])
    for act in [*history, 1]:
        match act:
            case int():
                for _ in range(act):
                    told.pass_day()
            case Keep():
                told.order(keep=act)
            case str():
                getattr(told, act)()
    asked = keeping(told.wills, told.now)
    for day in told.there:
        assert not asked.must_go(NOW + day * DAY_MS)
    for day in told.gone:
        assert asked.may_be_gone(NOW + day * DAY_MS)
    for day in range(told.day):
        if asked.must_go(NOW + day * DAY_MS):
            assert asked.may_be_gone(NOW + day * DAY_MS)
            assert day not in told.there
            assert NOW + day * DAY_MS < asked.youngest


def test_another_theft_under_the_same_standing_ends_the_first() -> None:
    """One that has lasted half a year begins anew; nobody said in between that it was over."""
    first, second = (
        Theft(name, NOW + at, NOW + at + DAY) for name, at in (("a", 0), ("b", 200 * DAY))
    )
    stolen = wanted(standing=Standing.STOLEN, theft=first, t=NOW)
    anew = replace(stolen, theft=second, t=second.since)
    assert not keeping([stolen, anew], NOW + 289 * DAY).must_go(NOW)
    assert keeping([stolen, anew], NOW + 290 * DAY).must_go(NOW)


def test_orders_travel_with_it() -> None:
    document = nxt(wanted(keep=Keep(30)))
    assert orders.parse(document.raw).will.keep.days == 30
