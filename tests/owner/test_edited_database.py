"""Somebody with full write access edits the portal's database: what the client then believes."""

import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import pytest

from tests.owner.conftest import Ran, Run, Served
from tests.owner.http_laptop import HttpLaptop

REPORTS = 4


@pytest.fixture
def told(run: Run, laptop: HttpLaptop, name: str) -> dict[int, Any]:
    """What the laptop truly said, seen and verified once by Alice."""
    for _ in range(REPORTS):
        laptop.report()
    return believed(run("evidence", name, "--json"))


def believed(ran: Ran) -> dict[int, Any]:
    return {one["seq"]: one["record"] for one in ran.said["reports"]}


def codes(ran: Ran) -> set[str]:
    return {finding["code"] for finding in ran.said["findings"]}


class Rows:
    """The rows of one laptop, for whoever holds the file."""

    def __init__(self, file: sqlite3.Connection, device_id: bytes) -> None:
        self.file = file
        found = file.execute("SELECT number FROM device WHERE id = ?", (device_id,)).fetchone()
        self.number = found[0]

    def edit(self, statement: str, *values: object) -> int:
        """`:device` stands for the laptop; how many rows were touched."""
        filled = statement.replace(":device", str(self.number))
        return self.file.execute(filled, values).rowcount

    def column(self, name: str, seq: int) -> bytes:
        query = f"SELECT {name} FROM report WHERE device = {self.number} AND seq = ?"  # noqa: S608
        found: bytes = self.file.execute(query, (seq,)).fetchone()[0]
        return found


@contextmanager
def editing(portal: Served, laptop: HttpLaptop) -> Iterator[Rows]:
    with closing(sqlite3.connect(portal.database)) as file, file:
        yield Rows(file, laptop.core.id)


def test_a_deleted_report_is_a_gap(
    run: Run, laptop: HttpLaptop, name: str, told: dict[int, Any], portal: Served
) -> None:
    with editing(portal, laptop) as rows:
        assert rows.edit("DELETE FROM report WHERE device = :device AND seq = 1") == 1
    shown = run("evidence", name, "--json")
    assert shown.code == 1
    assert "gap" in codes(shown)
    assert set(believed(shown)) == {0, 2, 3}


def test_a_cut_off_end_is_truncated_even_with_the_head_set_back(
    run: Run, laptop: HttpLaptop, name: str, told: dict[int, Any], portal: Served
) -> None:
    with editing(portal, laptop) as rows:
        rows.edit("DELETE FROM report WHERE device = :device AND seq > 1")
        rows.edit("UPDATE head SET seq = 1 WHERE device = :device")
    shown = run("evidence", name, "--json")
    assert shown.code == 1
    assert "truncated" in codes(shown)


def test_an_exchanged_body_is_not_believed(
    run: Run, laptop: HttpLaptop, name: str, told: dict[int, Any], portal: Served
) -> None:
    with editing(portal, laptop) as rows:
        other = rows.column("body", 2)
        rows.edit("UPDATE report SET body = ? WHERE device = :device AND seq = 1", other)
    shown = run("evidence", name, "--json")
    assert shown.code == 1
    assert set(believed(shown)) == {0, 2, 3}


def test_an_erased_body_is_told_and_the_rest_holds(
    run: Run, laptop: HttpLaptop, name: str, told: dict[int, Any], portal: Served
) -> None:
    with editing(portal, laptop) as rows:
        rows.edit("UPDATE report SET body = NULL WHERE device = :device AND seq = 1")
    shown = run("evidence", name, "--json")
    assert shown.code == 0
    assert codes(shown) == {"erased-body"}
    assert set(believed(shown)) == {0, 2, 3}


def test_another_laptops_reports_are_not_believed(
    run: Run, laptop: HttpLaptop, name: str, told: dict[int, Any], portal: Served
) -> None:
    bobs = HttpLaptop(portal.url)
    bobs.offer()
    run("pair", bobs.code, "--yes", "--json")
    bobs.learn_owner()
    for _ in range(REPORTS):
        bobs.report()
    with editing(portal, laptop) as rows:
        rows.edit("DELETE FROM report WHERE device = :device")
        rows.edit("UPDATE report SET device = :device WHERE device = (SELECT number FROM device "
                  "WHERE id = ?)", bobs.core.id)  # fmt: skip
    shown = run("evidence", name, "--json")
    assert shown.code == 1
    assert "grafted" in codes(shown)
    assert not believed(shown)


def test_exchanged_device_keys_are_named_and_not_used(
    run: Run, laptop: HttpLaptop, name: str, told: dict[int, Any], portal: Served
) -> None:
    with editing(portal, laptop) as rows:
        assert rows.edit("UPDATE device SET device_key = zeroblob(32) WHERE number = :device") == 1
    shown = run("evidence", name, "--json")
    assert codes(shown) == {"device-key-changed"}
    assert believed(shown) == told


def test_deleted_orders_are_noticed_and_nothing_is_signed_on_top(
    run: Run, laptop: HttpLaptop, name: str, portal: Served
) -> None:
    run("stolen", name)
    with editing(portal, laptop) as rows:
        rows.edit("DELETE FROM orders WHERE device_number = :device AND serial = 2")
        rows.edit("UPDATE device SET orders_serial = 1 WHERE number = :device")
    assert run("recovered", name, "--json").refusal == "orders-rolled-back"
    assert run("stolen", name, "--json").refusal == "orders-rolled-back"
    shown = {one["name"]: one for one in run("devices", "--json").said["devices"]}[name]
    assert [finding["code"] for finding in shown["findings"]] == ["orders-rolled-back"]


def test_an_older_directory_is_refused(
    run: Run, laptop: HttpLaptop, name: str, portal: Served
) -> None:
    with closing(sqlite3.connect(portal.database)) as file, file:
        older = file.execute("SELECT directory_version, directory_sealed FROM account").fetchone()
    run("stolen", name)
    with closing(sqlite3.connect(portal.database)) as file, file:
        newer = file.execute("SELECT directory_version, directory_sealed FROM account").fetchone()
        put = "UPDATE account SET directory_version = ?, directory_sealed = ?"
        file.execute(put, older)
    try:
        assert run("evidence", name, "--json").refusal == "older-directory"
        assert run("devices", "--json").refusal == "older-directory"
    finally:
        with closing(sqlite3.connect(portal.database)) as file, file:
            file.execute(put, newer)


def test_an_older_directory_under_the_newest_number_does_not_open(
    run: Run, laptop: HttpLaptop, name: str, portal: Served
) -> None:
    with closing(sqlite3.connect(portal.database)) as file, file:
        older = file.execute("SELECT directory_sealed FROM account").fetchone()[0]
    run("stolen", name)
    with closing(sqlite3.connect(portal.database)) as file, file:
        newer = file.execute("SELECT directory_sealed FROM account").fetchone()[0]
        file.execute("UPDATE account SET directory_sealed = ?", (older,))
    try:
        assert run("evidence", name, "--json").refusal == "cannot-open"
    finally:
        with closing(sqlite3.connect(portal.database)) as file, file:
            file.execute("UPDATE account SET directory_sealed = ?", (newer,))


EDITS = (
    "DELETE FROM report WHERE device = :device AND seq = {a}",
    "DELETE FROM report WHERE device = :device AND seq >= {a}",
    "UPDATE report SET body = (SELECT body FROM report WHERE device = :device AND seq = {b}) "
    "WHERE device = :device AND seq = {a}",
    "UPDATE report SET skeleton = (SELECT skeleton FROM report WHERE device = :device "
    "AND seq = {b}) WHERE device = :device AND seq = {a}",
    "UPDATE report SET body = CAST(substr(body, 1, {cut}) || x'ff' || substr(body, {cut} + 2) "
    "AS BLOB) WHERE device = :device AND seq = {a}",
    "UPDATE report SET skeleton = CAST(substr(skeleton, 1, {cut}) || x'ff' || "
    "substr(skeleton, {cut} + 2) AS BLOB) WHERE device = :device AND seq = {a}",
    "UPDATE report SET seq = seq + 100 WHERE device = :device AND seq = {a}",
    "UPDATE report SET receipt = NULL, sighting = NULL WHERE device = :device AND seq >= {a}",
    "UPDATE report SET body = NULL WHERE device = :device AND seq = {a}",
    "UPDATE report SET received = received + 3600000 WHERE device = :device AND seq = {a}",
    "UPDATE report SET sighting = (SELECT sighting FROM report WHERE device = :device "
    "AND seq = {b}) WHERE device = :device AND seq = {a}",
)


@pytest.mark.parametrize("edit", EDITS)
def test_whatever_is_edited_nothing_else_is_believed_and_it_has_a_name(
    edit: str, run: Run, laptop: HttpLaptop, name: str, told: dict[int, Any], portal: Served
) -> None:
    """Property: what is believed is what the laptop said; a change that can be seen is named."""
    dice = random.Random(edit)
    a, b = dice.sample(range(REPORTS), 2)
    with editing(portal, laptop) as rows:
        touched = rows.edit(edit.format(a=a, b=b, cut=dice.randrange(10, 190)))
    assert touched
    shown = run("evidence", name, "--json")
    assert shown.said["findings"]
    assert all(told[seq] == record for seq, record in believed(shown).items())
