"""Who can see what is said once, and the page says it of each role."""

import pytest

from portal.privacy.retention import of_people, sealed
from portal.privacy.roles import roles
from tests.portal.conftest import Caller
from tests.portal.test_retention import spanish

NOBODY_SEES = ("second-factors", "guessing", "no-more-letters")  # hashes, and the program's own


def test_every_class_is_seen_by_roles_that_there_are_or_by_nobody() -> None:
    known = {role.name for role in roles()}
    for kept in of_people():
        assert set(kept.roles) <= known, kept.name
        assert bool(kept.roles) is (kept.name not in NOBODY_SEES), kept.name


def test_what_is_sealed_is_seen_by_its_owner_alone() -> None:
    """That one is marked as stolen, and when it was last heard, is not sealed: the portal acts on
    it.
    """
    assert sealed() == {"evidence"}


def test_nobody_else_sees_anything() -> None:
    assert [role.name for role in roles() if not role.sees] == ["others"]
    assert {name for role in roles() if role.name in ("laptop", "mail", "vies")
            for name in role.sees} == {
        "laptops", "letters-waiting", "letters-asked-for", "requests", "payments",
    }  # fmt: skip


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_page_says_of_each_role_how_and_what(nobody: Caller, language: str) -> None:
    shown = nobody.http.get(f"/privacy?lang={language}").text
    said = spanish() if language == "es" else {}
    by_name = {kept.name: kept.what for kept in of_people()}
    _, _, after = shown.partition('id="who"')
    for role in roles():
        part = after.split(f"<summary>{said.get(role.who, role.who)}</summary>")[1]
        part = part.split("</details>")[0]
        assert said.get(role.how, role.how) in part
        for name, what in by_name.items():
            assert (said.get(what, what) in part) is (name in role.sees)
