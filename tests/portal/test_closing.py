"""Closing an account: until its day it can be kept, then all of it goes, also from a backup."""

import json
import shutil
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, inspect, select, text
from sqlalchemy.orm import Session

from portal import jobs
from portal.accounts.models import Account
from portal.cli import main
from portal.context import services_of
from portal.db import for_writing
from portal.intake.models import DroppedFile
from portal.intake.operations import intake_of
from portal.mail.letters import write
from portal.mail.models import Mail
from portal.privacy import closing
from portal.privacy.closing import Eraser
from portal.privacy.ledger import Ledger
from portal.privacy.retention import outliving
from shared import media
from shared.encoding import b64
from tests.cast import Clock, Laptop, Owner
from tests.portal.asking import refused
from tests.portal.conftest import Caller
from tests.portal.terminal import environment_of


def ask(caller: Caller, days: int = 30, verifier: str | None = None) -> Any:
    proof = caller.owner.credentials()["login_verifier"]
    body = {"login_verifier": verifier or proof, "days": days}
    return caller.post("/account/closing", body)


def run_jobs(app: Flask, clock: Clock) -> None:
    for job in jobs.of(services_of(app).settings):
        job.run(services_of(app).engine, clock.now)


def everything(engine: Engine) -> dict[str, str]:
    """What stands in each table, as text."""
    with engine.connect() as connection:
        return {
            table: repr(connection.execute(text(f"SELECT * FROM {table}")).all())  # noqa: S608
            for table in inspect(engine).get_table_names()
        }


def naming(engine: Engine, owner: Owner) -> set[str]:
    """The tables in which anything of hers stands: her id, her email, a key."""
    marks = (repr(owner.account.id)[2:-1], owner.account.id.hex(), owner.email)
    return {
        table for table, rows in everything(engine).items() if any(mark in rows for mark in marks)
    }


@pytest.mark.parametrize("days", [13, 0, -1, 367, 10**9])
def test_the_day_is_within_bounds(alice: Caller, days: int) -> None:
    assert refused(ask(alice, days), 422, "malformed")


def test_it_takes_the_password(alice: Caller) -> None:
    assert refused(ask(alice, verifier=b64(bytes(32))), 401, "wrong-credentials")
    assert "This account is to be closed" not in alice.http.get("/account").text


@pytest.mark.both_databases
def test_on_the_twenty_ninth_day_all_is_there_and_on_the_thirtieth_nothing(
    app: Flask, alice: Caller, bob: Caller, laptop: Laptop, clock: Clock
) -> None:
    engine = services_of(app).engine
    record = laptop.seal().wire
    alice.http.post("/api/v1/check-in", data=record, headers=laptop.authorization(record))
    before = naming(engine, bob.owner)
    assert ask(alice).status_code == 200
    assert "This account is to be closed" in alice.http.get("/account").text
    clock.pass_(days=29)
    run_jobs(app, clock)
    alice.sign_in()
    assert len(alice.get("/devices").json["devices"]) == 1
    clock.pass_(days=1)
    run_jobs(app, clock)
    assert refused(alice.get("/account"), 401, "not-signed-in")
    assert naming(engine, alice.owner) <= {"audit", "mail"}
    assert everything(engine)["report"] == everything(engine)["device"] == "[]"
    assert naming(engine, bob.owner) >= before - {"sign_in", "mail"}
    bob.sign_in()


def test_until_then_it_can_be_kept(app: Flask, alice: Caller, clock: Clock) -> None:
    ask(alice, 14)
    clock.pass_(days=13)
    alice.sign_in()
    assert alice.http.post("/account/close/keep").status_code == 303
    clock.pass_(days=30)
    run_jobs(app, clock)
    alice.sign_in()
    assert "This account is to be closed" not in alice.http.get("/account").text


def test_another_day_may_be_chosen(app: Flask, alice: Caller, clock: Clock) -> None:
    ask(alice, 14)
    ask(alice, 90)
    clock.pass_(days=60)
    run_jobs(app, clock)
    alice.sign_in()


def test_the_last_letter_says_what_stays_and_names_no_account(
    app: Flask, alice: Caller, clock: Clock
) -> None:
    ask(alice, 14)
    clock.pass_(days=14)
    run_jobs(app, clock)
    with Session(services_of(app).engine) as session:
        [letter] = session.scalars(select(Mail)).all()
    assert (letter.letter, letter.account_id) == ("service/account_gone", None)
    kept = json.loads(letter.said)["kept"]
    assert kept == [one.in_a_letter for one in outliving()]
    text = " ".join(write(letter.letter, "en", {"at": 0, "kept": kept, "portal": ""}).text.split())
    assert all(one.what in text and one.until in text for one in outliving())


def stored_file(alice: Caller, laptop: Laptop) -> bytes:
    """A picture that arrived; its digest."""
    sealed = media.seal(b"\xff\xd8 a room", "image/jpeg", laptop.id, laptop.seq, 0)
    record = laptop.seal(attachments=(sealed.attachment,))
    alice.http.post("/api/v1/check-in", data=record.wire, headers=laptop.authorization(record.wire))
    sha256 = sealed.attachment.sha256
    put = alice.http.put(
        f"/api/v1/media/{sha256.hex()}", data=sealed.ciphertext,
        headers=laptop.authorization(sha256),
    )  # fmt: skip
    assert put.status_code == 201
    return sha256


def test_files_go_with_their_owner_also_after_a_crash(
    app: Flask, alice: Caller, laptop: Laptop, clock: Clock
) -> None:
    blobs = intake_of(app).blobs
    sha256 = stored_file(alice, laptop)
    ask(alice, 14)
    clock.pass_(days=14)
    by_name = {job.name: job for job in jobs.of(services_of(app).settings)}
    engine = services_of(app).engine
    by_name["closed accounts"].run(engine, clock.now)
    assert blobs.has(sha256)
    with Session(for_writing(engine)) as session:
        by_name["dropped files"].work(session, clock.now)  # killed before it is committed
    assert not blobs.has(sha256)
    by_name["dropped files"].run(engine, clock.now)
    with Session(engine) as session:
        assert session.scalars(select(DroppedFile)).all() == []


def test_killed_between_ledger_and_commit_it_is_erased_at_the_next_start(
    app: Flask, alice: Caller, clock: Clock
) -> None:
    services = services_of(app)
    eraser = Eraser(services.settings.pepper, Ledger(services.settings.data_dir))
    with Session(for_writing(services.engine)) as session:
        account = session.scalars(select(Account)).one()
        closing.erase(session, account, eraser, clock.now)
        session.rollback()  # the power went
    with Session(for_writing(services.engine)) as session:
        assert closing.replay(session, eraser, clock.now) == 1
        session.commit()
        assert closing.replay(session, eraser, clock.now) == 0
    assert naming(services.engine, alice.owner) <= {"audit"}


def test_a_restored_backup_forgets_again_and_writes_no_letter(
    app: Flask, alice: Caller, bob: Caller, clock: Clock, tmp_path: Any
) -> None:
    services = services_of(app)
    if services.engine.dialect.name != "sqlite":
        pytest.skip("a file is copied")
    with services.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    kept = shutil.copy(services.settings.data_dir / "portal.db", tmp_path / "backup.db")
    ask(alice, 14)
    clock.pass_(days=14)
    run_jobs(app, clock)
    services.engine.dispose()
    for file in services.settings.data_dir.glob("portal.db*"):
        file.unlink()
    shutil.copy(kept, services.settings.data_dir / "portal.db")
    eraser = Eraser(services.settings.pepper, Ledger(services.settings.data_dir))
    with Session(for_writing(services.engine)) as session:
        assert closing.replay(session, eraser, clock.now) == 1
        session.commit()
        assert session.scalars(select(Mail.letter)).all().count("service/account_gone") == 0
    bob.sign_in()
    answer = alice.post("/login", alice.owner.credentials())
    assert refused(answer, 401, "wrong-credentials")


def test_a_ledger_with_half_a_line_is_read_as_far_as_it_goes(tmp_path: Any) -> None:
    ledger = Ledger(tmp_path)
    assert ledger.gone() == []
    ledger.note(bytes(16))
    ledger.note(bytes(16))
    with (tmp_path / "erased").open("a") as file:
        file.write("0123")
    assert ledger.gone() == [bytes(16)]


def test_a_dry_run_says_what_would_go_and_lets_it_stay(
    app: Flask, alice: Caller, laptop: Laptop, clock: Clock, capsys: pytest.CaptureFixture[str]
) -> None:
    services = services_of(app)
    ask(alice, 14)
    with Session(for_writing(services.engine)) as session:
        session.execute(text("UPDATE closing SET gone = 1"))
        session.commit()
    before = everything(services.engine)
    environment = environment_of(services.settings)
    assert main(["purge", "--dry-run", "--json"], environment) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["gone"]["account"] > 0
    assert said["gone"]["laptops"] > 0
    assert everything(services.engine) == before
    assert Ledger(services.settings.data_dir).gone() == []
    assert main(["purge"], environment) == 0
    assert "account: " in capsys.readouterr().out
    assert naming(services.engine, alice.owner) <= {"audit", "mail"}
    assert main(["purge"], environment) == 0


def test_old_audit_lines_go_after_two_years(app: Flask, alice: Caller, clock: Clock) -> None:
    engine = services_of(app).engine
    clock.pass_(days=729)
    run_jobs(app, clock)
    assert "registered" in everything(engine)["audit"]
    clock.pass_(days=2)
    run_jobs(app, clock)
    assert "registered" not in everything(engine)["audit"]
