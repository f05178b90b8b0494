"""Seats: who gets one, who keeps one, who may give one back."""

from licensing.seats import (
    COOL_OFF,
    FREE_RELEASES,
    RELEASE_WINDOW,
    REPLACEMENT,
    Granted,
    Reason,
    Refused,
    Seat,
    free_slot,
    is_seated,
    release,
    replacements,
)

NOW = 1_700_000_000_000
DAY = 24 * 60 * 60 * 1000


def test_a_laptop_takes_the_lowest_free_seat() -> None:
    assert free_slot([Seat(1), Seat(3)], 5, NOW) == 2
    assert free_slot([], 0, NOW) is None


def test_the_fifth_of_five_gets_one_and_the_sixth_does_not() -> None:
    four = [Seat(slot) for slot in range(1, 5)]
    assert free_slot(four, 5, NOW) == 5
    assert free_slot([*four, Seat(5)], 5, NOW) is None


def test_a_seat_given_back_is_free_once_it_has_cooled_off() -> None:
    gone = release(stolen=False, gone=True, released=[], now=NOW)
    assert gone == Granted(free_at=NOW + COOL_OFF.days * DAY)
    seats = [Seat(1, free_at=NOW + DAY)]
    assert free_slot(seats, 1, NOW + DAY - 1) is None
    assert free_slot(seats, 1, NOW + DAY) == 1


def test_a_stolen_laptop_keeps_its_seat() -> None:
    assert release(stolen=True, gone=True, released=[], now=NOW) == Refused(Reason.STOLEN)


def test_seats_are_given_back_three_times_a_month() -> None:
    lately = [NOW - day * DAY for day in range(FREE_RELEASES)]
    assert release(stolen=False, gone=False, released=lately, now=NOW) == Refused(Reason.TOO_OFTEN)
    later = NOW + RELEASE_WINDOW.days * DAY - 2 * DAY
    assert release(stolen=False, gone=False, released=lately, now=later) == Granted(free_at=later)


def test_with_fewer_seats_the_later_ones_are_none_of_the_license() -> None:
    assert [slot for slot in range(1, 5) if is_seated(slot, 2)] == [1, 2]


def test_for_two_weeks_after_a_theft_there_is_one_seat_more() -> None:
    at = NOW - REPLACEMENT.days * DAY
    assert replacements([], NOW) == 0
    assert replacements([at + 1, NOW], NOW) == 1
    assert replacements([at], NOW) == 0
