"""What macOS says, understood: its answers are written after its manuals (see recorded/)."""

import io
import plistlib
import socket
import threading
from pathlib import Path

import pytest

from agent.hosts.asked import ask
from agent.hosts.macos_box import quoted, script
from agent.hosts.macos_camera import built_in_cameras
from agent.hosts.macos_network import dns_servers, gateways
from agent.hosts.macos_power import battery_wear, temperatures
from agent.hosts.macos_process import program
from agent.hosts.macos_relay import relay
from agent.hosts.macos_session import NoSessionManager, in_session, sessions
from agent.hosts.macos_tracer import hops_of
from agent.hosts.tracing import Limits, collect
from agent.kernel.macos import tells_of_address
from shared.readings import Gateway, Hop
from tests.agent.recorded import says

LAUNCHD = Path("packaging/launchd")


def nothing(command):
    return ""


def test_routers_and_name_servers():
    asked = says({
        "-inet6": "macos-route6.txt", "-inet": "macos-route.txt", "/usr/sbin/arp": "macos-arp.txt",
    })  # fmt: skip
    router = Gateway("192.168.1.1", "a4:91:b1:02:0f:de")
    assert gateways(asked) == (router, Gateway("fe80::1"))
    assert dns_servers(says({"--dns": "macos-scutil-dns.txt"})) == ("192.168.1.1", "2001:db8::53")


def test_the_way_to_the_portal():
    told = says({"x": "macos-traceroute.txt"})(["x"]).splitlines()
    assert tuple(hops_of(told)) == (
        Hop(1, "192.168.1.1", (1.893, 1.211), None),
        Hop(2, None, (), None),
        Hop(3, "198.51.100.1", (9.876,), None),
        Hop(4, "203.0.113.9", (12.345, 12.001), "!X"),
    )
    told = says({"x": "macos-traceroute6.txt"})(["x"]).splitlines()
    assert [hop.ip for hop in hops_of(told)] == ["2001:db8:1::1", "2001:db8::9"]


def test_a_trace_stops_where_nobody_answers_any_more():
    silent = (Hop(n, None, (), None) for n in range(1, 100))
    assert len(collect(silent, Limits(until=10, silent_hops=3), lambda: 0)) == 3
    assert len(collect(silent, Limits(until=10), lambda: 11)) == 1


def test_heat_and_cameras():
    assert temperatures(says({"AppleSmartBattery": "macos-battery.plist"})) == [("battery", 30.45)]
    assert battery_wear(says({"AppleSmartBattery": "macos-battery.plist"})) == (85.9, 212)
    cameras = built_in_cameras(says({"SPCameraDataType": "macos-cameras.json"}))
    assert cameras == {"0": "FaceTime HD Camera", "1": "USB Camera"}


def test_the_person_before_the_screen_comes_first_and_the_sign_in_screen_is_nobody():
    alice, bob = sessions(says({"Root": "macos-console.plist"}))
    assert (alice.id, alice.uid, alice.active, alice.locked) == ("257", 501, True, True)
    assert (bob.uid, bob.active, bob.locked) == (502, False, False)
    assert (alice.account, bob.account) == ("alice", "bob")


def test_a_program_goes_into_the_session_of_its_person():
    assert in_session(501, 501, ["afplay", "x"]) == ["afplay", "x"]
    assert in_session(501, 0, ["afplay", "x"])[:3] == ["/bin/launchctl", "asuser", "501"]


@pytest.mark.parametrize(
    "said", ["", "<plist>", "{", "[]", "gateway:\n", '{"SPCameraDataType": 1}']
)
def test_what_makes_no_sense_is_nothing_known(said):
    def asked(command):
        return said

    assert (gateways(asked), dns_servers(asked)) == ((), ())
    assert (temperatures(asked), built_in_cameras(asked)) == ([], {})
    assert list(hops_of(said.splitlines())) == []
    with pytest.raises(NoSessionManager):
        sessions(asked)


def test_a_program_that_is_missing_fails_or_hangs_says_nothing():
    assert ask(["/nonexistent"]) == ""
    assert ask(["/bin/sh", "-c", "echo half; exit 1"]) == ""
    assert ask(["/bin/sh", "-c", "echo whole"]) == "whole\n"


def test_only_another_address_is_another_network():
    assert tells_of_address(bytes([20, 0, 5, 0xC]))
    assert not tells_of_address(bytes([20, 0, 5, 0x1]))  # a route: they change all day long
    assert not tells_of_address(b"")


def test_without_a_helper_in_the_session_a_sensor_runs_where_the_agent_does():
    assert program("agent.children.traceroute")[-1] == "agent.children.traceroute"
    assert program("agent.children.camera")[-1] == "agent.children.camera"


def test_a_helper_in_the_session_gets_the_request_and_gives_the_answer(tmp_path):
    with socket.socket(socket.AF_UNIX) as door:
        door.bind(str(tmp_path / "door"))
        door.listen()
        helper = threading.Thread(target=_answer_in_capitals, args=(door,))
        helper.start()
        answer = io.BytesIO()
        relay(str(tmp_path / "door"), io.BytesIO(b"request"), answer)
        helper.join()
    assert answer.getvalue() == b"REQUEST"


def _answer_in_capitals(door):
    line, _ = door.accept()
    with line, line.makefile("rb") as asked:
        line.sendall(asked.read().upper())


def test_launchd_starts_only_modules_that_there_are():
    for file in LAUNCHD.glob("com.homeward.*.plist"):
        job = plistlib.loads(file.read_bytes())
        assert job["Label"] == file.stem
        module = job["ProgramArguments"][3]
        assert Path(module.replace(".", "/") + ".py").exists()


@pytest.mark.parametrize("name", ["camera", "around"])
def test_a_helper_listens_where_the_agent_asks_and_to_nobody_else(name):
    job = plistlib.loads((LAUNCHD / f"com.homeward.{name}.plist").read_bytes())
    door = job["Sockets"]["Asked"]
    assert door["SockPathName"] == f"/tmp/homeward-{name}.sock"
    assert oct(door["SockPathMode"]) == "0o600"
    assert not {"RunAtLoad", "KeepAlive"} & job.keys()  # it runs when asked, never else


def test_the_sign_in_the_menu_bar_is_there_for_everybody_who_signs_in():
    job = plistlib.loads((LAUNCHD / "com.homeward.sign.plist").read_bytes())
    assert (job["RunAtLoad"], job["LimitLoadToSessionType"]) == (True, "Aqua")
    assert job["KeepAlive"] == {"SuccessfulExit": False}  # it ends by itself with the package


def test_no_text_of_the_owner_becomes_a_part_of_a_script():
    text = 'Call" & (do shell script "x") & "\\'
    said = script({"title": "A message", "lines": [text, "ñ"], "button": "I have read this"})
    assert quoted(text) == '"Call\\" & (do shell script \\"x\\") & \\"\\\\"'
    assert quoted(text)[:-1] + "\n\nñ" in said


def test_the_bundle_says_what_the_camera_is_for():
    bundle = plistlib.loads((LAUNCHD / "Info.plist").read_bytes())
    assert "stolen" in bundle["NSCameraUsageDescription"]
    assert bundle["CFBundleExecutable"] == "python3"
