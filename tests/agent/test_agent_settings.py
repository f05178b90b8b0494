from datetime import timedelta

import pytest

from agent.errors import BadSettings
from agent.settings import VARIABLE, FixedLocation, chosen, load, parse

GOOD = {"portal": "https://portal.example", "state_dir": "/var/lib/homeward"}


def test_two_lines_are_enough():
    settings = parse(GOOD)
    assert settings.portal == "https://portal.example"
    assert settings.push
    assert settings.use_builtin_cameras
    assert settings.poll == timedelta(minutes=15)
    assert settings.fixed_location is None
    assert settings.wifi_positioning is None


def test_every_setting_is_understood():
    settings = parse({
        **GOOD, "portal": "http://127.0.0.1:8000/", "cameras": ["rtsp://cam/1", 0, "/dev/video2"],
        "use_builtin_cameras": False, "trace_target": "192.0.2.1", "push": False, "poll_s": 60,
        "fixed_location": {"latitude": 52.5, "longitude": 13, "accuracy_m": 50},
        "wifi_positioning": "https://api.example/v1/geolocate?key=x",
    })  # fmt: skip
    assert settings.portal == "http://127.0.0.1:8000"
    assert settings.cameras == ("rtsp://cam/1", "0", "/dev/video2")
    assert settings.fixed_location == FixedLocation(52.5, 13.0, 50.0)
    assert settings.poll == timedelta(minutes=1)
    assert settings.wifi_positioning == "https://api.example/v1/geolocate?key=x"
    assert settings.positioning_host == "api.example"


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"portal": None}, "portal is missing"),
        ({"portal": "portal.example"}, "web address"),
        ({"portal": "ftp://portal.example"}, "web address"),
        ({"portal": "http://portal.example"}, "https"),
        ({"portal": "https://mallory@portal.example"}, "plain address"),
        ({"portal": "https://portal.example:port"}, "web address"),
        ({"portal": 7}, "must be a text"),
        ({"state_dir": "var/lib"}, "full path"),
        ({"state_dir": "/"}, "full path"),
        ({"push": 1}, "true or false"),
        ({"poll_s": 0}, "poll_s"),
        ({"poll_s": True}, "poll_s"),
        ({"poll_s": float("nan")}, "poll_s"),
        ({"cameras": "all"}, "cameras"),
        ({"cameras": [-1]}, "cameras"),
        ({"cameras": [""]}, "cameras"),
        ({"fixed_location": {"latitude": 1}}, "fixed_location"),
        ({"fixed_location": {"latitude": 91, "longitude": 0, "accuracy_m": 1}}, "latitude"),
        ({"fixed_location": {"latitude": 0, "longitude": 0, "accuracy_m": -1}}, "accuracy_m"),
        ({"wifi_positioning": "api.example"}, "web address"),
        ({"wifi_positioning": "http://api.example"}, "https"),
        ({"wifi_positioning": "https://key@api.example"}, "name or password"),
        ({"wifi_positioning": True}, "must be a text"),
        ({"keylogger": True}, "keylogger is no setting"),
    ],
)
def test_nonsense_is_refused_with_a_sentence(changes, word):
    data = {name: value for name, value in (GOOD | changes).items() if value is not None}
    with pytest.raises(BadSettings, match=word) as refusal:
        parse(data)
    assert str(refusal.value).endswith(".")


def test_a_missing_file_says_what_to_do(tmp_path):
    with pytest.raises(BadSettings, match="Write one"):
        load(tmp_path / "agent.toml")


def test_a_file_that_is_not_toml_is_named(tmp_path):
    file = tmp_path / "agent.toml"
    file.write_text("portal: https")
    with pytest.raises(BadSettings, match=r"agent\.toml"):
        load(file)


def test_the_file_named_goes_before_the_environments(monkeypatch):
    monkeypatch.setenv(VARIABLE, "/from/environment")
    assert str(chosen(None)) == "/from/environment"
    assert str(chosen("/named")) == "/named"
