"""Whatever a laptop in Mallory's hands writes into a record, it becomes a harmless line."""

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from owner import export, summary
from owner.evidence import Picture, with_file
from tests.owner.story import Story

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text()
    | st.sampled_from([10**400, 1e999, "\ud800", "\x1b[2J", "../../etc/passwd"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner),
    max_leaves=6,
)  # fmt: skip
FIX = st.fixed_dictionaries(
    {}, optional=dict.fromkeys(("latitude", "longitude", "accuracy_m", "source"), JSON)
)
SHOT = st.fixed_dictionaries({}, optional=dict.fromkeys(("camera", "index", "media"), JSON))
READINGS = st.fixed_dictionaries(
    {},
    optional={
        "location": JSON | FIX,
        "power": JSON | st.fixed_dictionaries({"battery_percent": JSON, "plugged": JSON}),
        "traceroute": JSON | st.lists(st.fixed_dictionaries({"hops": JSON}), max_size=2),
        "camera": JSON | st.fixed_dictionaries({"cameras": JSON | st.lists(SHOT, max_size=2)}),
    },
)


@given(readings=JSON | READINGS, why=JSON, t=st.integers())
@settings(max_examples=150, deadline=None)
def test_any_record_becomes_a_printable_line(readings: Any, why: Any, t: int) -> None:
    story = Story()
    record = {"v": 1, "type": "report", "t": t, "why": why, "readings": readings}
    story.check_in(story.laptop.seal(json.dumps(record).encode()))
    result = story.check()
    for evidence in result.evidence:
        said = summary.line(evidence)
        texts = (said.time, said.why, said.place, said.hops, said.pictures, said.battery)
        assert all(text.isprintable() for text in texts)
        assert isinstance(with_file(evidence), list)
    planned = export.layout(story.trust().pins, result, [])
    assert all("/" not in name and name.isprintable() for name in planned.evidence)


@given(camera=st.text(), mime=st.text())
@settings(max_examples=100, deadline=None)
def test_a_pictures_file_name_is_safe_whatever_its_camera_is_called(camera: str, mime: str) -> None:
    name = export.picture_name(Picture(7, 0, camera, mime, b""))
    assert name.startswith("000007-")
    assert set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789-.")
    assert name.count(".") == 1


def test_two_cameras_of_one_name_get_two_files() -> None:
    story = Story().tell(1)
    twins = [Picture(0, index, "Cam", "image/jpeg", b"%d" % index) for index in (0, 1)]
    planned = export.layout(story.trust().pins, story.check(), twins)
    assert planned.evidence["000000-cam.jpg"] == b"0"
    assert planned.evidence["000000-cam-2.jpg"] == b"1"


def test_a_place_names_its_source_and_accuracy() -> None:
    story = Story().tell(1)
    assert summary.line(story.check().evidence[0]).place == "52.52000, 13.40000 ±30 m (wifi)"


def test_without_a_fix_the_portals_city_stands_in_with_its_radius() -> None:
    story = Story()
    record = {"v": 1, "type": "report", "t": 0, "why": "hourly", "readings": {}}
    story.check_in(story.laptop.seal(json.dumps(record).encode()))
    said = summary.line(story.check().evidence[0]).place
    assert said == "Berlin ±20 km (portal: IP address)"
