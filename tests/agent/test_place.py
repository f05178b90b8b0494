"""What GeoClue says, and what is made of it when it lies, hangs, refuses or is not there."""

import time

import pytest
from dbus_fast import Variant

from agent.hosts.linux_place import DESKTOP_ID, place
from shared.readings import Fix, Reason, Unread
from tests.agent.bus import Service, bus_with, needs_dbus, private_bus

pytestmark = needs_dbus
GEOCLUE = "org.freedesktop.GeoClue2"
MANAGER, CLIENT, SPOT = (f"/org/freedesktop/GeoClue2/{name}" for name in ("Manager", "C", "L"))
NOW_S = 1_800_000_000
NAN, INFINITE = float("nan"), float("inf")


def spot(**changes):
    usual = {
        "Latitude": Variant("d", 52.52),
        "Longitude": Variant("d", 13.4),
        "Accuracy": Variant("d", 40.0),
        "Timestamp": Variant("(tt)", [NOW_S - 60, 500_000]),
    }
    return usual | changes


def geoclue(said, location=SPOT):
    """A service whose client knows a place as soon as it is started."""
    service = Service(GEOCLUE)

    def start():
        service.properties[CLIENT]["Location"] = Variant("o", location)
        return "", []

    service.properties = {CLIENT: {"Location": Variant("o", "/")}, SPOT: said}
    service.methods = {
        (MANAGER, "GetClient"): lambda: ("o", [CLIENT]),
        (CLIENT, "Start"): start,
    }
    return service


def found(service, seconds=20.0):
    with bus_with(service) as address:
        return place(time.monotonic() + seconds, address, lambda: NOW_S, settle_s=0.5)


def test_it_tells_the_place_its_accuracy_and_when_it_was_found():
    service = geoclue(spot())
    assert found(service) == Fix(52.52, 13.4, 40.0, "os", NOW_S * 1000 - 59_500)
    assert service.properties[CLIENT]["DesktopId"].value == DESKTOP_ID
    assert service.properties[CLIENT]["RequestedAccuracyLevel"].value == 8


@pytest.mark.parametrize(
    "timestamp",
    [Variant("(tt)", [0, 0]), Variant("(tt)", [2**64 - 1, 7]), Variant("s", "noon"),
     Variant("(tt)", [NOW_S + 3600, 0])],
)  # fmt: skip
def test_a_moment_that_cannot_be_is_now(timestamp):
    assert found(geoclue(spot(Timestamp=timestamp))).t == NOW_S * 1000


def test_a_vague_place_is_better_than_none():
    assert found(geoclue(spot(Accuracy=Variant("d", 25_000.0)))).accuracy_m == 25_000


@pytest.mark.parametrize(
    "lie",
    [
        {"Latitude": Variant("d", NAN)},
        {"Longitude": Variant("d", INFINITE)},
        {"Latitude": Variant("d", 90.001)},
        {"Longitude": Variant("d", -181.0)},
        {"Accuracy": Variant("d", -1.0)},
        {"Accuracy": Variant("d", NAN)},
        {"Latitude": Variant("s", "52.52")},
        {"Latitude": Variant("b", True)},
        {"Longitude": Variant("t", 2**63)},
    ],
)
def test_what_is_no_place_on_earth_is_none(lie):
    unread = found(geoclue(spot(**lie)), seconds=0.6)
    assert unread == Unread(Reason.TIMED_OUT, "GeoClue found no place in time.")


@pytest.mark.parametrize("location", ["/", "/org/freedesktop/GeoClue2/gone"])
def test_a_service_that_finds_nothing_says_so(location):
    unread = found(geoclue(spot(), location), seconds=0.6)
    assert unread.reason in (Reason.TIMED_OUT, Reason.FAILED)


def test_a_service_that_refuses_this_account_is_believed():
    service = geoclue(spot())
    service.methods[CLIENT, "Start"] = lambda: "org.freedesktop.DBus.Error.AccessDenied"
    assert found(service).reason is Reason.REFUSED


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (None, Reason.TIMED_OUT),
        (("s", ["not a path"]), Reason.FAILED),
        (("i", [-1]), Reason.FAILED),
        (("", []), Reason.FAILED),
    ],
)
def test_a_manager_that_hangs_or_talks_nonsense_gives_no_place(answer, reason):
    service = geoclue(spot())
    service.methods[MANAGER, "GetClient"] = lambda: answer
    assert found(service, seconds=1.0).reason is reason


def test_a_service_that_dies_after_its_first_word_is_quoted_all_the_same():
    service = geoclue(spot(Accuracy=Variant("d", 25_000.0)))
    answer = service.answer

    def once(asked):
        said = answer(asked)
        if asked.path == SPOT:
            service.properties.clear()
        return said

    service.answer = once
    assert found(service).accuracy_m == 25_000


def test_without_geoclue_it_says_so():
    with private_bus() as address:
        unread = place(time.monotonic() + 20, address)
    assert unread.reason is Reason.NOT_PRESENT
    assert "GeoClue" in unread.detail
