"""Evidence goes to its owner: all of it, in order, and to nobody else."""

from typing import Any

import pytest

from portal.evidence.operations import MOST
from shared import envelope
from shared.encoding import unb64
from tests.cast import Clock, Laptop


def send(alice: Any, laptop: Laptop, count: int, ms: int) -> None:
    body = b"".join(laptop.seal().wire for _ in range(count))
    headers = laptop.authorization(body, ms)
    assert alice.http.post("/api/v1/check-in", data=body, headers=headers).status_code == 200


def page(alice: Any, laptop: Laptop, query: str = "") -> tuple[list[int], int | None]:
    found = alice.get(f"/devices/{laptop.id.hex()}/evidence{query}").json
    sealed = [envelope.parse(unb64(record["envelope"])) for record in found["records"]]
    return [one.header.seq for one in sealed], found["next"]


def test_it_comes_page_by_page_across_days(alice: Any, laptop: Laptop, clock: Clock) -> None:
    for _ in range(3):
        send(alice, laptop, 4, clock.now)
        clock.pass_(days=2)
    alice.sign_in()
    seen: list[int] = []
    after: int | None = -1
    while after is not None:
        seqs, after = page(alice, laptop, f"?after={after}&limit=5")
        assert len(seqs) <= 5
        seen += seqs
    assert seen == list(range(12))


def test_it_begins_after_what_the_owner_has(alice: Any, laptop: Laptop, clock: Clock) -> None:
    send(alice, laptop, 4, clock.now)
    assert page(alice, laptop, "?after=2") == ([3], None)
    assert page(alice, laptop, "?after=3") == ([], None)
    assert page(alice, laptop, "?limit=4") == ([0, 1, 2, 3], None)
    assert page(alice, laptop, "?limit=3") == ([0, 1, 2], 2)


def test_a_page_has_a_limit(alice: Any, laptop: Laptop, clock: Clock) -> None:
    send(alice, laptop, MOST + 1, clock.now)
    seqs, more = page(alice, laptop, "?limit=100000")
    assert (len(seqs), more) == (MOST, MOST - 1)
    assert page(alice, laptop, "?limit=0") == ([0], 0)


def test_a_laptop_that_never_reported_has_none(alice: Any, laptop: Laptop) -> None:
    assert page(alice, laptop) == ([], None)
    assert alice.get(f"/devices/{laptop.id.hex()}/forks").json == {"forks": []}


@pytest.mark.parametrize("query", ["after=x", "after=", "limit=1.5", "after=99999999999999999999"])
def test_nonsense_is_refused(alice: Any, laptop: Laptop, query: str) -> None:
    response = alice.get(f"/devices/{laptop.id.hex()}/evidence?{query}")
    assert (response.status_code, response.json["code"]) == (422, "malformed")


@pytest.mark.parametrize("what", ["evidence", "forks"])
def test_bob_and_nobody_see_nothing(
    alice: Any, bob: Any, nobody: Any, laptop: Laptop, clock: Clock, what: str
) -> None:
    send(alice, laptop, 1, clock.now)
    path = f"/devices/{laptop.id.hex()}/{what}"
    assert bob.get(path).status_code == 404
    assert nobody.get(path).status_code == 401
    assert alice.get(path).status_code == 200


def test_two_laptops_of_one_owner_are_kept_apart(alice: Any, laptop: Laptop, clock: Clock) -> None:
    other = alice.adopt(clock)
    send(alice, laptop, 2, clock.now)
    send(alice, other, 3, clock.now)
    assert page(alice, laptop)[0] == [0, 1]
    assert page(alice, other)[0] == [0, 1, 2]
