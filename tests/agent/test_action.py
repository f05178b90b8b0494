"""The program that acts as root, over a real socket: it takes nobody's word but the owner's."""

import os
import socket
import subprocess
import sys
import threading
import time

import pytest

from agent import errand, pins
from agent.commands.outcome import Outcome, Result
from agent.errands import ERRANDS, Errands
from agent.errors import Interrupted
from agent.request import Request
from agent.standing import HISTORY, Standing
from shared.command import Wish, parse
from shared.encoding import from_json, to_json
from tests.agent.acting import Helper
from tests.agent.bus import needs_dbus
from tests.agent.logind import bus_with
from tests.agent.other_end import Owner
from tests.agent.others import NOBODY, as_root, open_way_to

MESSAGE = {"text": "Please call 555-0100."}


@pytest.fixture
def helper(laptop, tmp_path):
    laptop.clock.t = time.time_ns() // 1_000_000
    helper = Helper(laptop, tmp_path)
    yield helper
    for program in helper.started:
        program.kill()
        program.wait()


@pytest.fixture
def letters(tmp_path):
    folder = tmp_path / "Letters"
    folder.mkdir()
    (folder / "one").write_text("private")
    return folder


def asked(helper, what=Wish.WIPE, said=None, owner=None, heard=()):
    laptop, owner = helper.laptop, owner or helper.laptop.owner
    raw = owner.wish(what, laptop.clock.t, said=said or {}, offer=laptop.owner.offer)
    return Request(parse(raw), tuple(one.raw for one in heard), laptop.device.opening)


def wipe(folder):
    return {"folders": [str(folder)], "homes": [], "forget": False, "dry_run": False}


def stolen(helper, owner=None):
    return (owner or helper.laptop.owner).stolen(t=helper.laptop.clock.t)


def test_it_acts_on_what_the_owner_signed(helper, letters):
    request = asked(helper, said=wipe(letters), heard=[stolen(helper)])
    assert helper.told(request.line) == ([("done", "")], 0)
    assert list(letters.iterdir()) == []


def test_it_does_not_believe_the_agent_that_the_laptop_is_stolen(helper, letters):
    assert helper.told(asked(helper, said=wipe(letters)).line) == ([("refused", "not-stolen")], 0)
    assert (letters / "one").exists()


def test_orders_and_command_of_another_owner_are_nothing_to_it(helper, letters):
    mallory = Owner()
    mallory.adopt(helper.laptop.owner.offer)
    request = asked(helper, said=wipe(letters), owner=mallory, heard=[stolen(helper, mallory)])
    assert helper.told(request.line) == ([("refused", "unknown-signer")], 0)
    assert (letters / "one").exists()


def test_an_agent_paired_behind_its_back_is_nothing_to_it_either(helper, letters, laptop):
    """The agent's own account may forge all files of its own, and be Mallory's altogether."""
    mallory = Owner()
    first = mallory.adopt(laptop.owner.offer)
    Standing(laptop.settings.private, first).save()
    theirs = stolen(helper, mallory)
    request = asked(helper, said=wipe(letters), owner=mallory, heard=[first, theirs])
    assert helper.told(request.line) == ([("refused", "unknown-signer")], 0)


def test_orders_once_heard_are_not_unheard(helper, letters):
    theft = stolen(helper)
    home = helper.laptop.owner.order(helper.laptop.clock.t)
    greeting = asked(helper, Wish.REPORT_NOW, heard=[theft, home])
    assert helper.told(greeting.line) == ([("refused", "not-supported")], 0)
    request = asked(helper, said=wipe(letters), heard=[theft])
    assert helper.told(request.line) == ([("refused", "not-stolen")], 0)


def test_a_command_it_has_carried_out_is_refused_the_second_time(helper, letters):
    line = asked(helper, said=wipe(letters), heard=[stolen(helper)]).line
    helper.told(line)
    (letters / "new").write_text("kept")
    assert helper.told(line) == ([("refused", "out-of-order")], 0)
    assert (letters / "new").exists()


@pytest.mark.parametrize("line", [b"\n", b"[]\n", b"{}\n", b"\xff\n", b'{"command": 7}\n', b""])
def test_what_is_no_request_is_refused_with_a_sentence(helper, line, capfd):
    ours, its = socket.socketpair()
    with ours, its:
        program = helper.start(its)
        its.close()
        ours.sendall(line)
        ours.shutdown(socket.SHUT_WR)
        assert ours.recv(100) == b""
    assert program.wait(60) == 1
    errors = capfd.readouterr().err
    assert errors.startswith("Refused: ")
    assert "Traceback" not in errors


@as_root
def test_nobody_else_at_the_laptop_may_ask(helper, letters):
    """Whoever connects is asked of the kernel; systemd opens the socket to the agent alone."""
    program = (
        "import os, socket, subprocess, sys\n"
        "door = socket.socket(socket.AF_UNIX); door.bind(sys.argv[1]); door.listen()\n"
        "os.chmod(sys.argv[1], 0o777); print(flush=True); line, _ = door.accept()\n"
        "sys.exit(subprocess.run(sys.argv[2:], stdin=line).returncode)"
    )
    words = [sys.executable, "-I", "-m", "agent.action", "--settings", str(helper.file)]
    open_way_to(letters.parent)
    server = subprocess.Popen(
        [sys.executable, "-c", program, str(helper.address), *words],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    server.stdout.readline()
    line = asked(helper, said=wipe(letters), heard=[stolen(helper)]).line
    speak = (
        "import socket, sys; line = socket.socket(socket.AF_UNIX); line.connect(sys.argv[1])\n"
        "line.sendall(sys.stdin.buffer.read())"
    )
    words = ["/usr/bin/python3", "-c", speak, str(helper.address)]
    subprocess.run(words, input=line, check=True, user=NOBODY, group=NOBODY, extra_groups=[])
    assert b"Only the agent may ask for this" in server.communicate(timeout=60)[1]
    assert (letters / "one").exists()


def test_without_an_owner_pinned_by_root_nobody_is_obeyed(helper, letters, capfd):
    pins.forget(helper.state)
    request = asked(helper, said=wipe(letters), heard=[stolen(helper)])
    assert helper.told(request.line) == ([("failed", "owner-not-pinned")], 1)
    assert "Pair this laptop again as root" in capfd.readouterr().err


def begun(helper, what, said):
    laptop = helper.laptop
    raw = laptop.owner.wish(what, laptop.clock.t, said=said)
    laptop.held.commands.append(raw)
    laptop.beat("wake")
    return parse(raw)


def test_the_agent_reaches_root_and_the_owner_hears(helper, letters):
    laptop = helper.laptop
    laptop.give(stolen(helper))
    laptop.beat("start")
    order = begun(helper, Wish.WIPE, wipe(letters))
    assert len(list(laptop.file(HISTORY).iterdir())) == 1
    with helper.listening():
        errand.run(helper.settings, order.id)
    laptop.beat("asked")
    assert laptop.answers == [("begun", ""), ("done", "")]
    assert list(letters.iterdir()) == []


def test_root_killed_halfway_is_asked_again_and_goes_on(helper, letters):
    laptop = helper.laptop
    laptop.give(stolen(helper))
    laptop.beat("start")
    for number in range(5000):
        (letters / f"more-{number}").touch()
    order = begun(helper, Wish.WIPE, wipe(letters))

    def kill_it():
        note = helper.state / f"wipe-{order.id.hex()}.json"
        while not note.exists() or b'"files":200' not in note.read_bytes():
            time.sleep(0.001)
        helper.started[0].kill()

    with helper.listening():
        killer = threading.Thread(target=kill_it)
        killer.start()
        with pytest.raises((Interrupted, ConnectionError)):
            errand.run(helper.settings, order.id)
        killer.join()
        assert Errands(laptop.file(ERRANDS)).idle() == [order.id]
        errand.run(helper.settings, order.id)
    laptop.beat("asked")
    assert laptop.answers[-1] == ("done", "")
    assert laptop.records[-1]["said"]["resumed"] is True
    assert list(letters.iterdir()) == []


def test_an_alarm_ends_when_anybody_at_the_laptop_says_that_they_have_heard_it(helper):
    """Root is played here: it sounds until it is told that it is enough."""
    laptop = helper.laptop
    laptop.beat("start")
    order = begun(helper, Wish.ALARM, {"seconds": 600})
    words = [sys.executable, "-I", "-m", "agent.cli", "--settings", str(helper.file), "quiet"]

    def sounds(door):
        line, _ = door.accept()
        with line, line.makefile("rb") as stream:
            assert Request.parse(stream.readline()).order.id == order.id
            assert b"The alarm stops" in subprocess.check_output(words)
            assert stream.read(1) == b"."
            line.sendall(to_json(Outcome(Result.DONE, "acknowledged").to_json()) + b"\n")

    with socket.socket(socket.AF_UNIX) as door:
        door.bind(str(helper.address))
        door.listen()
        root = threading.Thread(target=sounds, args=(door,))
        root.start()
        errand.run(helper.settings, order.id)
        root.join()
    laptop.beat("asked")
    assert laptop.answers == [("begun", ""), ("done", "acknowledged")]
    assert b"No alarm sounds" in subprocess.check_output(words)


@needs_dbus
def test_whoever_asked_may_end_what_waits(helper):
    line = asked(helper, Wish.MESSAGE, MESSAGE).line
    ours, its = socket.socketpair()
    with bus_with() as logind, ours, its, ours.makefile("rb") as stream:
        environment = {**os.environ, "DBUS_SYSTEM_BUS_ADDRESS": logind.address}
        helper.start(its, env=environment)
        its.close()
        ours.sendall(line)
        assert from_json(stream.readline())["detail"] == "waits-for-sign-in"
        ours.sendall(b".")
        assert from_json(stream.readline())["detail"] == "not-shown-in-time"
