"""What an authority can get: what there is, chosen by two people, and its owner hears of it."""

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.cli import main
from portal.context import services_of
from portal.db import Base, for_writing
from portal.mail.letters import write
from portal.mail.models import Mail
from portal.privacy import authority, export
from portal.privacy.models import AuthorityRequest
from portal.settings import Settings
from shared.errors import Malformed
from tests.cast import Clock
from tests.portal.conftest import Caller
from tests.portal.terminal import environment_of

DAY = 24 * 3600 * 1000
COURT = ("Court of Made-up Land", "Az 12/34")
TWO = ("Ana", "Ben")


@pytest.fixture
def session(app: Flask) -> Any:
    with Session(for_writing(services_of(app).engine), expire_on_commit=False) as made:
        yield made


def told(session: Session) -> list[str]:
    query = select(Mail.letter).where(Mail.letter.like("service/authority%"))
    return [letter.partition("_")[2] for letter in session.scalars(query.order_by(Mail.number))]


def taken(
    session: Session, caller: Caller, clock: Clock, silent_until: int | None = None
) -> AuthorityRequest:
    made = authority.take(session, caller.owner.email, *COURT, silent_until, clock.now)
    session.commit()
    return made


def test_an_owner_hears_at_once_that_and_later_what(
    session: Session, alice: Caller, clock: Clock
) -> None:
    asked = taken(session, alice, clock)
    assert told(session) == ["asked"]
    tables = authority.hand_over(session, asked, ["log", "sessions"], TWO, clock.now)
    session.commit()
    assert tables == {"audit", "sign_in", "known_browser"}
    assert told(session) == ["asked", "answered"]
    said = json.loads(session.scalars(select(Mail.said).order_by(Mail.number.desc())).first() or "")
    assert [row[0] for row in said["kept"]] == [
        kept.what for kept, _ in authority.could_go() if kept.name in ("log", "sessions")
    ]
    with pytest.raises(Malformed, match="was answered"):
        authority.refuse(session, asked, "Ana", clock.now)


def test_where_a_law_keeps_it_from_them_they_hear_on_its_last_day(
    session: Session, alice: Caller, clock: Clock
) -> None:
    asked = taken(session, alice, clock, clock.now + 10 * DAY)
    authority.refuse(session, asked, "Ana", clock.now)
    authority.tidy(session, clock.now + 10 * DAY - 1)
    assert told(session) == []
    for _ in range(2):
        authority.tidy(session, clock.now + 10 * DAY)
    assert told(session) == ["asked", "answered"]


def test_her_copy_holds_it_once_she_may_know(
    app: Flask, session: Session, alice: Caller, bob: Caller, clock: Clock
) -> None:
    taken(session, alice, clock, clock.now + DAY)

    def lines(caller: Caller) -> list[str]:
        archive = zipfile.ZipFile(io.BytesIO(caller.http.get("/account/export").data))
        return archive.read("tables/authority_request.jsonl").decode().splitlines()

    assert lines(alice) == []
    authority.tidy(session, clock.now + DAY)
    session.commit()
    assert [json.loads(line)["sender"] for line in lines(alice)] == [COURT[0]]
    assert lines(bob) == []


@pytest.mark.parametrize(
    ("classes", "by"),
    [([], TWO), (["log"], ("Ana", "ana ")), (["log"], ("Ana", "")), (["passwords"], TWO),
     (["log", "tracked"], TWO), (["log", "requests"], TWO)],
)  # fmt: skip
def test_nothing_goes_as_a_whole_by_one_alone_or_of_others(
    session: Session, alice: Caller, clock: Clock, classes: list[str], by: tuple[str, str]
) -> None:
    asked = taken(session, alice, clock)
    with pytest.raises(Malformed):
        authority.hand_over(session, asked, classes, by, clock.now)
    assert asked.answered is None
    assert authority.counts(session) == (1, 0)


@pytest.mark.parametrize(
    ("sender", "reference", "email"),
    [(" ", "x", None), ("x", " ", None), ("x", "x", "stranger@example.org")],
)
def test_what_says_nothing_is_not_taken(
    session: Session, alice: Caller, clock: Clock, sender: str, reference: str, email: str | None
) -> None:
    with pytest.raises(Malformed):
        authority.take(
            session, email or alice.owner.email, sender, reference, None, clock.now
        )  # fmt: skip
    with pytest.raises(Malformed, match="a day to come"):
        authority.take(session, alice.owner.email, "x", "x", clock.now, clock.now)


def test_it_is_forgotten_five_years_after_it_was_answered(
    session: Session, alice: Caller, clock: Clock
) -> None:
    asked = taken(session, alice, clock)
    authority.refuse(session, asked, "Ana", clock.now)
    for years, there in ((4, 1), (6, 0)):
        authority.tidy(session, clock.now + years * 365 * DAY)
        assert len(session.scalars(select(AuthorityRequest)).all()) == there


def test_everybody_reads_how_many_asked(
    app: Flask, session: Session, nobody: Caller, alice: Caller, clock: Clock
) -> None:
    assert "None has asked about an account." in nobody.http.get("/privacy").text
    asked = taken(session, alice, clock)
    shown = nobody.http.get("/privacy").text
    assert "1 has asked about an account. Nothing was handed over." in shown
    authority.hand_over(session, asked, ["log"], TWO, clock.now)
    session.commit()
    assert "Something was handed over once." in nobody.http.get("/privacy").text
    assert COURT[0] not in shown


def test_the_fields_are_exactly_those_of_a_copy(
    app: Flask, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    """No more and no less; what lets somebody in is in none, what laptops sent is sealed."""
    assert main(("authority", "fields", "--json"), environment_of(settings)) == 0
    rows = json.loads(capsys.readouterr().out)
    fields = {table: names for row in rows for table, names in row["fields"].items()}
    for row in rows:
        for table, names in row["fields"].items():
            assert set(names) <= set(Base.metadata.tables[table].columns.keys())
            assert names == export.shown(table, names)
    assert "verifier" not in fields["account"]
    assert {row["class"] for row in rows if row["sealed"]} == {"evidence"}
    assert main(("authority", "fields"), environment_of(settings)) == 0
    assert "evidence (sealed to its owner)" in capsys.readouterr().out


def test_all_of_it_in_a_terminal(
    app: Flask, alice: Caller, settings: Settings, tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    def typed(*words: str) -> tuple[int, str]:
        code = main(("authority", *words), environment_of(settings))
        return code, "".join(capsys.readouterr())

    given = ("take", "--from", COURT[0], "--reference", COURT[1], "--email")
    assert typed(*given, "nobody@example.org")[0] == 1
    assert typed(*given, alice.owner.email)[0] == 0
    out = tmp_path / "out.zip"
    going = ("hand-over", "--number", "1", "--class", "account", "--by", "Ana", "--out", str(out))
    assert "two people" in typed(*going, "--with", "Ana")[1]
    assert not out.exists()
    code, said = typed(*going, "--with", "Ben")
    assert (code, "and no key" in said) == (0, True)
    names = zipfile.ZipFile(out).namelist()
    assert {name for name in names if name.startswith("tables/")} == {
        "tables/account.jsonl", "tables/slot.jsonl", "tables/keyring_key.jsonl"
    }  # fmt: skip
    assert "was answered" in typed("refuse", "--number", "1", "--by", "Ana")[1]
    assert typed("refuse", "--number", "9", "--by", "Ana")[1].startswith("There is no such")
    assert json.loads(typed("list", "--json")[1])[0]["by"] == "Ana, Ben"
    assert "1 asked; 1 times" in typed("list")[1]


def test_a_file_that_stands_there_is_not_written_over_and_nothing_went(
    app: Flask, session: Session, alice: Caller, clock: Clock, settings: Settings, tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    taken(session, alice, clock)
    out = tmp_path / "out.zip"
    out.write_text("mine")
    words = ("authority", "hand-over", "--number", "1", "--class", "log", "--by", "Ana", "--with",
             "Ben", "--out", str(out))  # fmt: skip
    assert main(words, environment_of(settings)) == 1
    assert "Nothing went." in capsys.readouterr().err
    assert out.read_text() == "mine"
    session.expire_all()
    assert authority.counts(session) == (1, 0)


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_letters_name_no_authority_and_no_reference(language: str) -> None:
    said: dict[str, Any] = {"portal": "https://p.example", "at": 0, "kept": []}
    refused = write("service/authority_answered", language, said).text
    went = write("service/authority_answered", language, said | {"kept": [["A.", "6", "B."]]}).text
    assert refused != went
    assert "https://p.example/requests" in write("service/authority_asked", language, said).text
