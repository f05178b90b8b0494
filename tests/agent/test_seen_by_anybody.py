"""Whoever sits at the laptop, without any right on it, reads the truth: no more, no less."""

import json
import os
import subprocess
import sys

import pytest

from agent import consent, drop
from agent.consent import Consent
from agent.hosts import quiet
from agent.parts import CONSENT
from agent.plan import SENSORS
from shared.command import Wish
from tests.agent.other_end import NOW
from tests.agent.others import NOBODY, open_way_to

# This Python may lie where others cannot go, as a laptop's does not: loaded first, let go then.
AS_NOBODY = f"""\
import os, sys
from agent.cli import main
os.setgroups([])
os.setgid({NOBODY})
os.setuid({NOBODY})
sys.exit(main(sys.argv[1:]))
"""


def as_nobody(*command):
    return subprocess.run(command, user=NOBODY, group=NOBODY, extra_groups=[], check=False)


@pytest.fixture
def read(laptop, tmp_path):
    """`homeward-agent WORD`, asked by an account that has nothing to do with the agent."""
    if os.geteuid():
        pytest.skip("only an administrator can become somebody else")
    settings = tmp_path / "agent.toml"
    settings.write_text(f'portal = "{laptop.settings.portal}"\nstate_dir = "{tmp_path}/state"\n')
    open_way_to(settings)

    def asked(*words):
        command = [sys.executable, "-I", "-c", AS_NOBODY, "--settings", str(settings), *words]
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    return asked


def journal(read):
    return [json.loads(line) for line in read("log", "--json").splitlines()]


def status(read):
    return json.loads(read("status", "--json"))


def test_the_log_tells_each_report_and_picture_that_was_sent_and_none_besides(laptop, read):
    laptop.beat("start")
    laptop.give(laptop.owner.stolen())
    for _ in range(13):
        laptop.clock.passes(minutes=5)
        laptop.beat()
    asked = (Wish.REPORT_NOW, {}), (Wish.LOCK, {}), (Wish.ALARM, {"seconds": 30}), (Wish.WIPE, {})
    for wish, said in asked:
        laptop.held.commands.append(laptop.owner.wish(wish, laptop.clock.t, said=said))
    laptop.beat("wake")
    laptop.give(laptop.owner.order())
    for _ in range(3):
        laptop.clock.passes(hours=1)
        laptop.beat()
    looked = [line for line in journal(read) if line["what"] == "looked"]
    sent = laptop.reports
    assert len(sent) > 15
    assert [(line["t"], line["why"], line["pictures"]) for line in looked] == [
        (record["t"], record["why"], len(_shots(record))) for record in sent
    ]
    for line, record in zip(looked, sent, strict=True):
        assert line["cameras"] == [shot["camera"] for shot in _shots(record)]
        assert set(record["readings"]) <= set(line["at"])
    assert sum(line["pictures"] for line in looked) == len(laptop.held.media)
    answers = [record for record in laptop.records if record["type"] == "answer"]
    assert [answer["wish"] for answer in answers] == ["report-now", "lock", "alarm", ""]
    commands = [line for line in journal(read) if line["what"] == "command"]
    said = ("t", "wish", "result", "detail")
    assert [_of(line, said) for line in commands] == [_of(answer, said) for answer in answers]


def test_the_status_is_true_from_the_first_second_of_a_theft(laptop, read):
    laptop.beat("start")
    assert "at home" in read("status")
    stolen = laptop.owner.stolen(t=laptop.clock.t, note="Please call 555-0100.")
    laptop.give(stolen)
    at_the_first_look = []
    look = laptop.sensors.look

    def watched(plan):
        at_the_first_look.append(status(read))
        return look(plan)

    laptop.sensors.look = watched
    laptop.beat("wake")
    told = at_the_first_look[0]
    assert (told["standing"], told["stolen_since"]) == ("stolen", stolen.will.theft.since)
    assert told["mandate_until"] == stolen.will.theft.until
    assert told["note"] == "Please call 555-0100."
    assert "camera" in told["looks_at"]
    assert "STOLEN" in read("status")
    orders = [line for line in journal(read) if line["what"] == "orders"]
    assert orders == [{"t": laptop.clock.t, "what": "orders", "serial": 2, "standing": "stolen"}]


def test_anybody_reads_what_was_agreed_to_and_nobody_but_an_administrator_changes_it(laptop, read):
    laptop.beat("start")
    assert read("consent").splitlines() == [
        f"It may look at: {', '.join(SENSORS)}.", "Who uses it besides its owner: nobody.",
    ]  # fmt: skip
    agreed = Consent("alice", NOW, SENSORS)
    with pytest.raises(AssertionError, match="Only an administrator"):
        read("consent", "--refuse", "camera")
    assert consent.load(laptop.file(CONSENT)) == agreed


def test_what_is_private_stays_shut(laptop, read):
    laptop.beat("start")
    read("status")
    assert as_nobody("/bin/ls", str(laptop.settings.private)).returncode
    write = as_nobody("/bin/sh", "-c", f"echo x >> {laptop.settings.public}/journal.jsonl")
    assert write.returncode


def test_anybody_may_say_that_they_have_heard_the_alarm(laptop, read):
    with quiet.asked(laptop.settings.public, bytes(16)) as heard:
        assert not heard(0)
        assert "The alarm stops" in read("quiet")
        assert heard(0)
    os.mkfifo(laptop.settings.public / "quiet-left-by-a-kill")
    assert "No alarm sounds" in read("quiet")


def test_anybody_may_dispute_and_nobody_reads_what_they_wrote(laptop, read):
    laptop.give(laptop.owner.stolen(t=laptop.clock.t))
    laptop.beat("start")
    assert "Noted" in read("dispute")
    assert as_nobody("/bin/ls", str(laptop.settings.public / drop.NAME)).returncode
    laptop.beat("poll")
    assert status(read)["held"] == "disputed"


def _of(said, names):
    return [said[name] for name in names]


def _shots(record):
    shots = record["readings"].get("camera", {}).get("cameras", [])
    return [shot for shot in shots if shot.get("index") is not None]
