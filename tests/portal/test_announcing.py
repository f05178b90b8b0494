"""What changes is told thirty days before; old versions stay readable; no yes changes by it."""

import json
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal import check
from portal.cli import main
from portal.context import services_of
from portal.db import for_writing
from portal.mail.letters import write
from portal.mail.models import Mail
from portal.marketing.models import ConsentLine
from portal.privacy import announcing, handover, policy
from portal.privacy.announcing import Kind
from portal.privacy.answering import Answering
from portal.privacy.models import Announcement
from portal.privacy.policy import Change, Line
from portal.settings import Settings
from shared.errors import Malformed
from tests.cast import Clock
from tests.portal.conftest import Caller
from tests.portal.terminal import environment_of

DAY = 24 * 3600 * 1000


def begun(app: Flask, now: int) -> Session:
    """Its first version is recorded."""
    services = services_of(app)
    session = Session(for_writing(services.engine), expire_on_commit=False)
    assert policy.begin(session, services.settings, now)
    assert not policy.begin(session, services.settings, now), "once"
    return session


def other(app: Flask) -> tuple[Line, ...]:
    """As it stands, and one thing more that is kept."""
    return (*policy.lines(services_of(app).settings), (policy.HEADING, "Your shoe size."))


def waiting(session: Session, letter: str) -> list[dict[str, Any]]:
    query = select(Mail.said).where(Mail.letter == f"service/{letter}")
    return [json.loads(said) for said in session.scalars(query)]


def test_a_change_is_written_to_everybody_and_counts_thirty_days_later(
    app: Flask, alice: Caller, bob: Caller, clock: Clock
) -> None:
    with begun(app, clock.now) as session:
        with pytest.raises(Malformed, match="30 days before"):
            policy.announce(session, other(app), clock.now + 29 * DAY, clock.now, list)
        made, told = policy.announce(session, other(app), clock.now + 30 * DAY, clock.now, list)
        session.commit()
        assert (made.number, told) == (2, 2)
        assert (
            waiting(session, "policy_changes")
            == [{"until": made.effective, "path": "/privacy/versions/2"}] * 2
        )
        assert getattr(policy.in_force(session, clock.now), "number", 0) == 1
        assert getattr(policy.in_force(session, made.effective), "number", 0) == 2
    for path in ("/devices", "/account"):
        assert "What this portal keeps and does with it changes on:" in alice.http.get(path).text
    assert alice.http.get("/privacy/versions/newest").location == "/privacy/versions/2"
    clock.pass_(days=30)
    bob.sign_in()
    assert "changes on:" not in bob.http.get("/account").text


def test_each_version_stays_at_its_address_beside_the_one_before(
    app: Flask, nobody: Caller, clock: Clock
) -> None:
    assert nobody.http.get("/privacy/versions/1").status_code == 404
    assert "None has been recorded yet" in nobody.http.get("/privacy/versions").text
    with begun(app, clock.now) as session:
        policy.announce(session, other(app), clock.now + 31 * DAY, clock.now, list)
        session.commit()
    first, second = (nobody.http.get(f"/privacy/versions/{n}").text for n in (1, 2))
    assert "<ins>" not in first
    assert "<ins>Your shoe size.</ins>" in second
    assert second.count("<ins>") == 1
    assert "<del>" not in second
    for wrong in ("0", "3", "999999999999", "x"):
        assert nobody.http.get(f"/privacy/versions/{wrong}").status_code == 404
    listed = nobody.http.get("/privacy/versions").text
    assert listed.index("to come") < listed.index("in force")
    assert "Version 1" in nobody.http.get("/privacy").text


def test_better_words_come_at_once_and_without_a_letter(
    app: Flask, alice: Caller, clock: Clock
) -> None:
    now = policy.lines(services_of(app).settings)
    better = tuple((about, f"{said}!" if about == "Why" else said) for about, said in now)
    moved = ((policy.ANSWERS, "Mallory Ltd"), *now)
    helped = (("Carries its letters", "Mallory Ltd, US"), *now)
    with begun(app, clock.now) as session:
        with pytest.raises(Malformed, match="says all of it already"):
            policy.correct(session, now, clock.now)
        for wrong in (moved, helped):
            with pytest.raises(Malformed, match="policy announce"):
                policy.correct(session, wrong, clock.now)
        assert policy.correct(session, better, clock.now).number == 2
        session.commit()
        assert getattr(policy.in_force(session, clock.now), "lines", ()) == better
        assert waiting(session, "policy_changes") == []


def test_no_version_is_a_yes_to_anything(app: Flask, alice: Caller, clock: Clock) -> None:
    with begun(app, clock.now) as session:
        policy.announce(session, other(app), clock.now + 30 * DAY, clock.now, list)
        session.commit()
        assert session.scalar(select(func.count()).select_from(ConsentLine)) == 0


def test_changes_are_told_line_by_line() -> None:
    a, b, c = (("Why", text) for text in "abc")
    assert policy.changes((a, b), (a, c)) == [
        Change("same", a), Change("gone", b), Change("new", c)
    ]  # fmt: skip


@pytest.mark.parametrize("text", ["", "{}x", "[1]", '[["a"]]', '[["a", 1]]', '{"a": 1}'])
def test_a_file_that_is_no_policy_is_refused(text: str) -> None:
    with pytest.raises(Malformed, match="policy print"):
        policy.from_text(text)


def test_check_says_that_the_page_is_not_what_was_announced(
    app: Flask, clock: Clock, settings: Settings
) -> None:
    begun(app, clock.now).close()

    def found(now: Settings) -> bool:
        return next(one.ok for one in check.look(now) if one.about == "policy")

    assert found(settings)
    assert not found(replace(settings, answering=Answering("Mallory Ltd")))


def test_all_of_it_in_a_terminal(
    app: Flask, alice: Caller, clock: Clock, settings: Settings, tmp_path: Any,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    begun(app, clock.now).close()
    environment = environment_of(settings)

    def typed(*words: str) -> tuple[int, str, str]:
        code = main(words, environment)
        return (code, *capsys.readouterr())

    code, printed, _ = typed("policy", "print")
    assert code == 0
    assert policy.from_text(printed) == policy.lines(settings)
    to_come = tmp_path / "policy.json"
    to_come.write_text(policy.to_text(other(app)))
    assert "30 days before" in typed("policy", "announce", "--on", "2026-01-01", "--file",
                                     str(to_come))[2]  # fmt: skip
    code, said, _ = typed("policy", "announce", "--on", "2099-01-01", "--file", str(to_come))
    assert (code, "1 letters wait to go" in said) == (0, True)
    assert "says all of it already" in typed("policy", "correct", "--file", str(to_come))[2]
    assert "cannot be read" in typed("policy", "correct", "--file", str(tmp_path))[2]
    listed = json.loads(typed("policy", "list", "--json")[1])
    assert [(one["version"], one["in_force"]) for one in listed] == [(1, True), (2, False)]
    assert "2  from 2099-01-01" in typed("policy", "list")[1]


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_letters_say_when_and_how_to_leave(language: str) -> None:
    said: dict[str, Any] = {
        "portal": "https://p.example",
        "until": 0,
        "path": "/privacy/versions/2",
    }
    assert "https://p.example/account/close" in write("service/policy_changes", language, said).text
    told = write("service/handover", language, said | {"successor": "Ben Ltd, 2 Other Street"}).text
    assert "Ben Ltd, 2 Other Street" in told
    assert "1970" in told
    assert "https://p.example/account/close" in told


def test_before_a_portal_changes_hands_everybody_hears_of_it_and_may_leave(
    app: Flask, alice: Caller, clock: Clock
) -> None:
    with begun(app, clock.now) as session:
        for day, name in ((29, "Ben Ltd"), (30, " ")):
            with pytest.raises(Malformed):
                handover.announce(session, name, clock.now + day * DAY, clock.now, list)
        planned, told = handover.announce(
            session, "Ben\n Ltd", clock.now + 30 * DAY, clock.now, list
        )
        session.commit()
        assert told == 1
        assert waiting(session, "handover") == [
            {"until": planned.effective, "successor": "Ben Ltd"}
        ]
        with pytest.raises(Malformed, match="announced already"):
            handover.announce(session, "Mallory", clock.now + 90 * DAY, clock.now, list)
        with pytest.raises(Malformed, match="a later day"):
            handover.complete(planned, "Ben Ltd", clock.now + 29 * DAY)
        with pytest.raises(Malformed, match="not what people were told: Ben Ltd"):
            handover.complete(planned, "Mallory", clock.now + 30 * DAY)
    shown = alice.http.get("/account").text
    assert "somebody else will run this portal:</p>" not in shown
    assert "<strong>Ben Ltd</strong>" in shown
    with Session(for_writing(services_of(app).engine)) as session:
        [planned] = announcing.of_kind(session, Kind.HANDOVER)
        handover.complete(planned, "Ben Ltd", clock.now + 30 * DAY)
        with pytest.raises(Malformed, match="over"):
            handover.call_off(session, planned, clock.now, list)


def test_a_handover_in_a_terminal(
    app: Flask, alice: Caller, clock: Clock, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    begun(app, clock.now).close()
    environment = environment_of(settings)

    def typed(*words: str) -> tuple[int, str]:
        code = main(("handover", *words), environment)
        return code, "".join(capsys.readouterr())

    assert typed("complete", "--number", "1")[1].startswith("There is no such handover.")
    code, said = typed("announce", "--to", "Ben Ltd", "--on", "2099-01-01")
    number = str(announced(app).number)
    assert (code, "1 letters wait to go" in said) == (0, True)
    assert "not what people were told" in typed("complete", "--number", number)[1]
    assert typed("call-off", "--number", number)[0] == 0
    assert json.loads(typed("list")[1])[0]["withdrawn"]
    assert "Ben Ltd" not in alice.http.get("/account").text
    with Session(services_of(app).engine) as session:
        assert waiting(session, "handover_off") == [{"successor": "Ben Ltd"}]


def test_who_runs_it_afterwards_is_the_next_version(
    app: Flask, clock: Clock, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    with begun(app, clock.now) as session:
        announcing.record(session, Kind.HANDOVER, "Ben Ltd", clock.now - DAY, clock.now - 40 * DAY)
        session.commit()
    number = str(announced(app).number)
    environment = environment_of(settings) | {"HOMEWARD_RESPONSIBLE": "Ben Ltd"}
    assert main(("handover", "complete", "--number", number), environment) == 0
    assert "version 2 of the policy says so" in capsys.readouterr().out
    with Session(services_of(app).engine) as session:
        assert (policy.ANSWERS, "Ben Ltd") in policy.versions(session)[-1].lines


def announced(app: Flask) -> Announcement:
    with Session(services_of(app).engine) as session:
        return announcing.of_kind(session, Kind.HANDOVER)[-1]
