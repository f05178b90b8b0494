"""The one schedule of what is kept: nothing stands in the database that is not in it."""

import tomllib
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from flask import Flask

import portal
from portal import jobs
from portal.db import Base
from portal.privacy.retention import BASES, of_people, schedule
from portal.settings import Settings

NO_DELETION = {"lapsed drills", "license reminders", "payments waiting"}


def test_every_column_of_the_database_has_its_class(app: Flask) -> None:
    """Whoever adds a column says here what it is for, or this is red."""
    named = sorted(
        (table, column)
        for kept in schedule()
        for table, columns in kept.columns.items()
        for column in columns
    )
    tables = Base.metadata.tables.values()
    there = sorted((table.name, column.name) for table in tables for column in table.columns)
    assert named == there


def test_every_job_that_deletes_belongs_to_a_class(settings: Settings) -> None:
    named = sorted(job for kept in schedule() for job in kept.jobs)
    assert named == sorted({job.name for job in jobs.of(settings)} - NO_DELETION)


def test_every_class_of_people_says_what_why_how_long_and_who() -> None:
    for kept in of_people():
        assert kept.columns, kept.name
        assert kept.basis in BASES
        for sentence in (kept.what, kept.why, kept.until, kept.readers):
            assert sentence.endswith("."), kept.name


def spanish() -> dict[str, str]:
    """What the catalogs know: English to Spanish."""
    known: dict[str, str] = {}
    for path in (Path(portal.__file__).parent / "translations" / "es").glob("*.po"):
        with path.open("rb") as file:
            known |= {entry.id: entry.string for entry in read_po(file, locale="es")}
    return known


def test_the_page_says_all_of_it_in_each_language(app: Flask) -> None:
    http = app.test_client(use_cookies=False)
    shown = http.get("/privacy").text
    assert all(kept.what in shown and kept.until in shown for kept in of_people())
    known = spanish()
    in_spanish = http.get("/privacy?lang=es").text
    for kept in of_people():
        for sentence in (kept.what, kept.why, kept.until, kept.readers):
            assert known[sentence] in in_spanish, sentence


@pytest.mark.parametrize("table", ["account", "device", "contact"])
def test_what_matters_most_is_in_it_once(table: str) -> None:
    assert sum(table in kept.columns for kept in schedule()) == 1


def test_it_is_plain_data() -> None:
    text = (Path(portal.__file__).parent / "privacy" / "retention.toml").read_text("utf-8")
    assert list(tomllib.loads(text)) == [kept.name for kept in schedule()]
