"""After an alarm it is as loud as before, whichever sound system the laptop has."""

import os
import sys

import pytest

from agent.hosts.session import Session
from agent.session import volume
from agent.session.sound import sound
from tests.agent.stand_in import stand_in

SAYS = {
    "PipeWire, quiet": (volume.PIPEWIRE, "Volume: 0.40\n", [
        "wpctl set-volume @DEFAULT_AUDIO_SINK@ 0.40", "wpctl set-mute @DEFAULT_AUDIO_SINK@ 0",
    ]),
    "PipeWire, muted": (volume.PIPEWIRE, "Volume: 1.00 [MUTED]\n", [
        "wpctl set-volume @DEFAULT_AUDIO_SINK@ 1.00", "wpctl set-mute @DEFAULT_AUDIO_SINK@ 1",
    ]),
    "PulseAudio, muted": (
        volume.PULSE,
        "Volume: front-left: 26214 /  40% / -23.88 dB,   front-right: 13107 /  20% / -41.94 dB\n"
        "        balance -0.50\nMute: yes\n",
        [
            "pactl set-sink-volume @DEFAULT_SINK@ 26214 13107",
            "pactl set-sink-mute @DEFAULT_SINK@ 1",
        ],
    ),
    "ALSA": (
        volume.ALSA,
        "  Limits: Playback 0 - 87\n  Mono:\n  Front Left: Playback 20 [23%] [-50.00dB] [on]\n"
        "  Front Right: Playback 30 [34%] [-43.00dB] [on]\n",
        ["amixer -q sset Master 20,30 unmute"],
    ),
    "ALSA, muted": (
        volume.ALSA, "  Mono: Playback 5 [6%] [-60.00dB] [off]\n",
        ["amixer -q sset Master 5 mute"],
    ),
    "macOS, muted": (
        volume.MACOS,
        "output volume:44, input volume:75, alert volume:100, output muted:true\n",
        ["/usr/bin/osascript -e set volume output volume 44 with output muted"],
    ),
    "macOS without a mixer": (
        volume.MACOS, "output volume:missing value, output muted:missing value\n", []
    ),
    "Windows, muted": (
        volume.WINDOWS, "volume:0.4400 muted:1\n",
        [f"{sys.executable} -I -m agent.hosts.windows_loudness 0.4400 1"],
    ),
    "Windows without a loudspeaker": (volume.WINDOWS, "", []),
    "nothing that can be read": (volume.PIPEWIRE, "no such object\n", []),
    "nothing at all": (volume.PULSE, "", []),
    "ALSA without a Master": (volume.ALSA, "Unable to find simple control\n", []),
}  # fmt: skip


@pytest.mark.parametrize("which", SAYS)
def test_what_a_mixer_says_becomes_what_sets_it_so_again(which):
    mixer, said, back = SAYS[which]
    assert [" ".join(words) for words in mixer.back(said)] == back


@pytest.fixture
def person(tmp_path):
    path = f"{tmp_path}:/usr/bin:/bin"
    return Session("1", os.getuid(), True, True, False, {"PATH": path, "LANG": "es_ES.UTF-8"})


@pytest.fixture
def loudness(tmp_path):
    """A volume that a stand-in for wpctl reads and sets, in English only when asked for it."""
    kept = tmp_path / "volume"
    kept.write_text("0.40")
    stand_in(
        tmp_path, "wpctl",
        'case "$1" in\n'
        f'  get-volume) [ "$LC_ALL" = C ] && echo "Volume: $(cat {kept})";;\n'
        f'  set-volume) echo "$3" > {kept};;\nesac',
    )  # fmt: skip
    return kept


def test_it_is_loud_while_it_sounds_and_as_before_afterwards(person, tmp_path, loudness):
    stand_in(
        tmp_path,
        "pw-play",
        f"until grep -q 1.0 {loudness}; do sleep 0.1; done; touch {tmp_path}/loud; sleep 60",
    )

    sound(600, person, lambda wait_s: (tmp_path / "loud").exists(), 60)
    assert loudness.read_text().strip() == "0.40"


def test_a_mixer_that_hangs_holds_up_no_alarm(person, tmp_path):
    stand_in(tmp_path, "wpctl", "exec sleep 600")
    heard = stand_in(tmp_path, "pw-play", "sleep 60")
    assert sound(600, person, lambda wait_s: heard.exists(), 60).player == "pw-play"
