"""What is handed to the loudspeaker, and an honest word on whether anything was heard."""

import io
import math
import os
import shutil
import time
import wave

import pytest

from agent.hosts.session import Session
from agent.session.sound import RATE, TONES_HZ, sound, tones
from tests.agent.stand_in import stand_in

ROUND = 0.4


def never(seconds):
    time.sleep(seconds)
    return False


def after_two(heard):
    """Stop as soon as it has been played twice."""

    def stopped(seconds):
        time.sleep(seconds)
        return heard.exists() and len(heard.read_text().splitlines()) >= 2

    return stopped


@pytest.fixture
def person(tmp_path):
    return Session("1", os.getuid(), True, True, False, {"PATH": str(tmp_path)})


def loudness(samples, hertz):
    """How much of one tone is in there (Goertzel)."""
    turn = [2 * math.pi * hertz * n / RATE for n in range(len(samples))]
    real = sum(s * math.cos(t) for s, t in zip(samples, turn, strict=True))
    imaginary = sum(s * math.sin(t) for s, t in zip(samples, turn, strict=True))
    return math.hypot(real, imaginary) / len(samples)


def samples_in(wav):
    with wave.open(wav) as read:
        assert (read.getnchannels(), read.getsampwidth(), read.getframerate()) == (1, 2, RATE)
        return memoryview(read.readframes(read.getnframes())).cast("h").tolist()


def test_the_sound_is_two_tones_as_loud_as_can_be():
    samples = samples_in(io.BytesIO(tones(1)))
    assert len(samples) == RATE
    assert max(samples) == 32_000
    for half, hertz in enumerate(TONES_HZ):
        part = samples[half * RATE // 2 :][: RATE // 2]
        assert loudness(part, hertz) > 100 * loudness(part, 500)


def test_it_is_played_again_until_somebody_stops_it(person, tmp_path):
    heard = stand_in(tmp_path, "pw-play", f"/bin/sleep {ROUND}")
    told = sound(600, person, after_two(heard), ROUND)
    assert told.player == "pw-play"
    assert told.seconds > 0


def test_it_ends_by_itself(person, tmp_path):
    stand_in(tmp_path, "pw-play", "/bin/sleep 3")
    assert sound(0.5, person, never, 3).seconds > 0


def test_the_volume_is_turned_up_first(person, tmp_path):
    stand_in(tmp_path, "paplay", f"/bin/sleep {ROUND}")
    turned = stand_in(tmp_path, "pactl", "exit 0")
    sound(ROUND, person, never, ROUND)
    asked = ["get-sink-volume", "@DEFAULT_SINK@", "get-sink-mute", "@DEFAULT_SINK@"]
    turned_up = [
        "set-sink-mute",
        "@DEFAULT_SINK@",
        "0",
        "set-sink-volume",
        "@DEFAULT_SINK@",
        "100%",
    ]
    assert turned.read_text().splitlines()[:10] == asked + turned_up


def test_a_program_that_fails_leaves_it_to_the_next(person, tmp_path):
    stand_in(tmp_path, "pw-play", "exit 1")
    heard = stand_in(tmp_path, "paplay", f"/bin/sleep {ROUND}")
    assert sound(600, person, after_two(heard), ROUND).player == "paplay"


@pytest.mark.parametrize("script", ["exit 1", "exit 0"], ids=["fails", "ends at once"])
def test_what_was_not_heard_is_not_called_heard(person, tmp_path, script):
    for name in ("pw-play", "paplay", "aplay"):
        stand_in(tmp_path, name, script)
    told = sound(1, person, never, 60)
    assert told.player != "pw-play"
    if told.seconds:  # this machine has a loudspeaker of its own, and no session was needed
        assert told.player == "aplay"


@pytest.mark.skipif(shutil.which("aplay") is None, reason="needs aplay (apt install alsa-utils)")
def test_alsa_gets_the_tones_and_a_card_that_plays_nothing_is_not_believed(tmp_path):
    """ALSA's file plugin writes what it is given; behind it stands no card, so it ends early."""
    played = tmp_path / "played.wav"
    (tmp_path / "asoundrc").write_text(
        f'pcm.!default {{ type file slave.pcm "null" file "{played}" format "wav" }}\n'
        "pcm.null { type null }\n"
    )
    environment = {"ALSA_CONFIG_PATH": f"/usr/share/alsa/alsa.conf:{tmp_path}/asoundrc"}
    person = Session("1", os.getuid(), True, True, False, environment)
    told = sound(1, person, never, 60)
    samples = samples_in(str(played))
    assert loudness(samples[: RATE // 2], TONES_HZ[0]) > 10_000
    assert (told.seconds, told.player) == (0, "")
