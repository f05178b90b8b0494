"""Records: what a report, an answer and an event say in plain."""

import json
from typing import Any

import pytest
from hypothesis import given

from shared import readings
from shared.errors import Malformed
from shared.readings import (
    CameraUnread,
    Circumstances,
    Fix,
    Gateway,
    Hop,
    Interface,
    Network,
    Posture,
    Power,
    Reason,
    Snapshot,
    Snapshots,
    Traceroute,
    Unread,
)
from tests.shared.cast import NOW, disfigured, garbage, loose_json, refuses_or_reads

MOMENT = Circumstances(NOW, 12.5, "boot", 7, "receipt", {"beats": 3})
READ: dict[str, readings.Reading | Unread] = {
    "location": Fix(46.9, 7.4, 20.0, "wifi", NOW),
    "network": Network((Interface("eth0", None, ("192.0.2.7",)),), (Gateway("192.0.2.1"),)),
    "traceroute": (Traceroute("portal", 4, (Hop(1, None), Hop(2, "192.0.2.1", (1.5,))), True),),
    "camera": Snapshots(
        (Snapshot("built-in", "ok", 960, 540, 0), CameraUnread("usb", Reason.FAILED))
    ),
    "power": Power(battery_percent=61.9, plugged=False),
    "wifi": Unread(Reason.NOT_CONSENTED, "not asked for"),
    "posture": Posture(True, Unread(Reason.REFUSED, "not told"), False, 3, True),
}


def test_a_report_says_its_moment_why_and_every_reading_or_why_not() -> None:
    said = readings.parse_record(readings.report("stolen", MOMENT, READ))
    assert (said["v"], said["type"], said["why"], said["t"]) == (1, "report", "stolen", NOW)
    assert (said["orders_serial"], said["receipt"]) == (7, "receipt")
    assert set(said["readings"]) == set(READ)
    assert said["readings"]["wifi"] == {"unread": "not-consented", "detail": "not asked for"}
    assert said["readings"]["traceroute"][0]["hops"][1]["rtt_ms"] == [1.5]
    assert said["readings"]["camera"]["cameras"][1]["unread"] == "failed"
    assert said["readings"]["posture"] == {
        "disk_encrypted": True, "firewall_on": {"unread": "refused", "detail": "not told"},
        "screen_locked": False, "updates_waiting": 3, "secure_boot": True,
    }  # fmt: skip


@pytest.mark.parametrize(
    "unwritable",
    [Power(battery_percent=float("nan")), Fix(float("inf"), 7.4, 20.0, "wifi", NOW),
     Network((Interface("eth\udc80", None, ()),)),
     (Traceroute("portal", 4, (Hop(1, None, (float("-inf"),)),), False),)],
)  # fmt: skip
def test_a_reading_that_cannot_be_written_down_costs_no_other(
    unwritable: readings.Reading,
) -> None:
    said = readings.parse_record(readings.report("hourly", MOMENT, READ | {"odd": unwritable}))
    assert said["readings"]["odd"]["unread"] == "failed"
    assert said["readings"]["power"]["battery_percent"] == 61.9
    assert set(said["readings"]) == {*READ, "odd"}


def test_an_answer_names_its_command_and_an_event_its_name() -> None:
    answer = readings.parse_record(readings.answer(MOMENT, "ab" * 16, {"result": "done"}))
    assert (answer["type"], answer["command_id"], answer["result"]) == ("answer", "ab" * 16, "done")
    event = readings.parse_record(readings.event(MOMENT, "state-lost", {"head": 3}))
    assert (event["event"], event["details"]) == ("state-lost", {"head": 3})


GENUINE: dict[str, Any] = json.loads(readings.report("hourly", MOMENT, READ))


@pytest.mark.parametrize(
    "changes",
    [{"v": 2}, {"v": True}, {"v": 1.0}, {"v": "1"}, {"t": "now"}, {"t": True}, {"t": 1.5},
     {"type": "rumor"}, {"type": ["report"]}, {"type": None}],
)  # fmt: skip
def test_a_record_of_another_version_or_type_or_without_time_is_malformed(
    changes: dict[str, Any],
) -> None:
    readings.parse_record(loose_json(GENUINE))
    with pytest.raises(Malformed):
        readings.parse_record(loose_json(GENUINE | changes))


@given(disfigured(GENUINE))
def test_any_record_is_read_or_malformed(said: Any) -> None:
    refuses_or_reads(readings.parse_record, loose_json(said))


@given(garbage(loose_json(GENUINE)))
def test_any_bytes_raise_malformed_alone(data: bytes) -> None:
    refuses_or_reads(readings.parse_record, data)
