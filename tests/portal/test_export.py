"""A copy of everything about an owner: all of hers, nothing of others, nothing that lets one in."""

import io
import json
import zipfile
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import inspect, text

from portal.context import services_of
from portal.db import Base
from portal.privacy.retention import of_people
from shared.encoding import b64, unb64
from tests.cast import Clock, Laptop
from tests.portal.conftest import Caller
from tests.portal.test_closing import stored_file

# Of no person, or by a network's or a laptop's hash alone.
OF_NOBODY = {
    "throttle", "pairing", "tracked_report", "provider_event", "dropped_file", "rights_request",
}  # fmt: skip


def copy(caller: Caller) -> zipfile.ZipFile:
    answer = caller.http.get("/account/export")
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["Cache-Control"] == "no-store"
    archive = zipfile.ZipFile(io.BytesIO(answer.data))
    assert archive.testzip() is None
    return archive


def rows(archive: zipfile.ZipFile, table: str) -> list[dict[str, Any]]:
    lines = archive.read(f"tables/{table}.jsonl").decode().splitlines()
    return [json.loads(line) for line in lines]


@pytest.mark.both_databases
def test_all_of_hers_is_in_it_and_files_as_they_were_sealed(
    app: Flask, alice: Caller, laptop: Laptop
) -> None:
    sha256 = stored_file(alice, laptop)
    archive = copy(alice)
    [account] = rows(archive, "account")
    assert account["email_norm"] == alice.owner.email
    [report] = rows(archive, "report")
    with services_of(app).engine.connect() as connection:
        kept = connection.execute(text("SELECT skeleton, body FROM report")).one()
    assert (unb64(report["skeleton"]), unb64(report["body"])) == (bytes(kept[0]), bytes(kept[1]))
    assert len(rows(archive, "device")) == 1
    assert {line["action"] for line in rows(archive, "audit")} >= {"registered", "paired"}
    path = services_of(app).settings.blobs / sha256.hex()[:2] / sha256.hex()
    assert archive.read(f"media/{sha256.hex()}") == path.read_bytes()


def test_every_table_of_people_is_in_it(alice: Caller, laptop: Laptop) -> None:
    archive = copy(alice)
    names = [name for name in archive.namelist() if name.startswith("tables/")]
    there = {name.removeprefix("tables/").removesuffix(".jsonl") for name in names}
    wanted = {table for kept in of_people() for table in kept.columns}
    assert there == wanted - OF_NOBODY
    index = archive.read("index.html").decode()
    assert all(kept.what in index for kept in of_people() if set(kept.columns) & there)


def test_nothing_of_bobs_is_in_it_and_nothing_that_lets_anybody_in(
    app: Flask, alice: Caller, bob: Caller, clock: Clock
) -> None:
    bob.adopt(clock)
    archive = copy(alice)
    said = b"".join(archive.read(name) for name in archive.namelist()).decode("latin-1")
    for mark in (bob.owner.email, b64(bob.owner.account.id), bob.owner.account.id.hex()):
        assert mark not in said
    with services_of(app).engine.connect() as connection:
        secret = connection.execute(text("SELECT verifier, recovery_verifier FROM account")).all()
        secret += connection.execute(text("SELECT token_hash FROM sign_in")).all()
    for row in secret:
        assert all(b64(bytes(value)) not in said for value in row)


def test_nobody_gets_one_without_signing_in(nobody: Caller) -> None:
    answer = nobody.http.get("/account/export")
    assert answer.status_code == 303
    assert "/sign-in" in answer.location


def test_it_is_streamed(app: Flask, alice: Caller, laptop: Laptop) -> None:
    for _ in range(8):
        body = b"".join(laptop.seal(bytes(60_000)).wire for _ in range(10))
        sent = alice.http.post("/api/v1/check-in", data=body, headers=laptop.authorization(body))
        assert sent.status_code == 200
    answer = alice.http.get("/account/export", buffered=False)
    pieces = [len(piece) for piece in answer.response]
    assert sum(pieces) > 4_000_000
    assert len(pieces) > 20
    assert "Content-Length" not in answer.headers


def test_tables_are_known_to_the_database(app: Flask) -> None:
    there = set(inspect(services_of(app).engine).get_table_names())
    assert set(Base.metadata.tables) <= there
