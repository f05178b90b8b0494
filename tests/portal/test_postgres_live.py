"""A portal process on a PostgreSQL server: both are killed, and nothing answered is lost."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests

from tests.cast import Laptop, Owner
from tests.portal.live import LiveOwner, LivePortal, answer, check_in, start_portal
from tests.postgres import Databases


@pytest.fixture
def portal(postgres: Databases, migrated_postgres: str, tmp_path: Path) -> LivePortal:
    folder = tmp_path / "data"
    folder.mkdir()
    return start_portal(folder, postgres.server.url(postgres.new(migrated_postgres)))


def acknowledged(portal: LivePortal, laptop: Laptop, reports: int) -> int:
    """How many were, before it was gone."""
    for number in range(reports):
        try:
            answer(check_in(portal, laptop, laptop.seal().wire))
        except (requests.RequestException, AssertionError):
            return number
    return reports


def test_portal_and_database_killed_while_laptops_report_lose_nothing_they_answered_for(
    portal: LivePortal, postgres: Databases
) -> None:
    try:
        alice = LiveOwner(portal, Owner("alice@example.org"))
        laptops = [alice.adopt() for _ in range(4)]
        with ThreadPoolExecutor() as crowd:
            counts = [crowd.submit(acknowledged, portal, one, 10_000) for one in laptops]
            while min(len(alice.evidence(one)) for one in laptops) < 5:
                pass
            postgres.server.kill()
            portal.kill()
        postgres.server.start()
        portal.start()
        for laptop, count in zip(laptops, counts, strict=True):
            kept = len(alice.evidence(laptop))
            assert count.result() <= kept <= count.result() + 1
    finally:
        portal.stop()


def test_a_database_that_was_away_is_found_again(portal: LivePortal, postgres: Databases) -> None:
    try:
        alice = LiveOwner(portal, Owner("alice@example.org"))
        laptop = alice.adopt()
        answer(check_in(portal, laptop, laptop.seal().wire))
        postgres.server.kill()
        waiting = laptop.seal().wire
        refused = check_in(portal, laptop, waiting)
        assert (refused.status_code, refused.json()["code"]) == (503, "try-again")
        postgres.server.start()
        answer(check_in(portal, laptop, waiting))
        assert len(alice.evidence(laptop)) == 2
    finally:
        portal.stop()
