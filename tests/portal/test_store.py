"""The store and its group commits: together or not at all, and a full disk is not the end."""

import asyncio
import threading
from collections.abc import Coroutine, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from portal import db
from portal.intake import core
from portal.intake.commit import Asked, Loop, Threads, commit_each, keep
from portal.intake.core import CheckIn
from portal.intake.lines import SqliteLine
from portal.intake.operations import intake_of
from portal.intake.outcome import Outcome, Unavailable, Verdict
from portal.intake.store import Store
from shared import checkin
from shared.errors import BadSignature
from tests.cast import NOW, Clock, Laptop

pytestmark = pytest.mark.both_databases


def asked(laptop: Laptop, body: bytes, ms: int = NOW) -> Asked:
    claim, signature = checkin.parse_authorization(laptop.authorization(body, ms)["Authorization"])
    request = core.Request(claim, signature, body, ("203.0.113.7", 40_000), ms)
    return request, laptop.signing.public


def checked(laptop: Laptop, body: bytes, ms: int = NOW) -> CheckIn:
    return core.accept(*asked(laptop, body, ms))


@pytest.fixture
def store(app: Flask) -> Iterator[Store]:
    store = intake_of(app).store
    yield store
    store.close()


@pytest.fixture
def fleet(alice: Any, clock: Clock) -> list[Laptop]:
    return [alice.adopt(clock) for _ in range(8)]


def rows(app: Flask, table: str = "report") -> int:
    with intake_of(app).services.engine.connect() as connection:
        query = f"SELECT count(*) FROM {table}"  # noqa: S608  (named by the tests below)
        return int(connection.exec_driver_sql(query).scalar_one())


def test_one_commit_keeps_many_laptops(app: Flask, store: Store, fleet: list[Laptop]) -> None:
    outcomes = store.commit([checked(one, one.seal().wire) for one in fleet])
    assert {outcome.verdict for outcome in outcomes} == {Verdict.KEPT}
    assert len({outcome.device for outcome in outcomes}) == len(fleet)
    assert rows(app) == len(fleet)


def test_two_requests_of_one_laptop_may_share_a_commit(
    app: Flask, store: Store, laptop: Laptop
) -> None:
    first, second = laptop.seal().wire, laptop.seal().wire
    batch = [checked(laptop, body) for body in (first, second, first, second)]
    heads = [outcome.head.seq for outcome in store.commit(batch) if outcome.head]
    assert heads == [0, 1, 1, 1]
    assert (rows(app), rows(app, "fork")) == (2, 0)


def test_nothing_of_a_failed_commit_is_kept(app: Flask, store: Store, fleet: list[Laptop]) -> None:
    batch = [checked(one, one.seal().wire) for one in fleet]
    with pytest.raises(AttributeError):
        store.commit([*batch, None])  # type: ignore[list-item]  # stands for a row nobody foresaw
    assert rows(app) == 0
    store.commit(batch)
    assert rows(app) == len(fleet)


def test_one_that_cannot_be_stored_does_not_take_its_neighbors_with_it(
    app: Flask, store: Store, fleet: list[Laptop]
) -> None:
    poison: Any = None
    good = [checked(one, one.seal().wire) for one in fleet]
    outcomes = commit_each(store.commit, [*good[:4], poison, *good[4:]])
    assert [isinstance(outcome, Outcome) for outcome in outcomes] == [True] * 4 + [False] + [
        True
    ] * 4
    assert rows(app) == len(fleet)


def test_a_laptop_unknown_by_now_is_told_apart(store: Store, alice: Any) -> None:
    stranger = Laptop(held=None)
    assert store.commit([checked(stranger, b"")])[0].verdict is Verdict.UNKNOWN


def test_the_commit_is_durable_before_it_returns(app: Flask, store: Store) -> None:
    store.commit([])
    if not isinstance(store._line, SqliteLine):
        pytest.skip("what SQLite does to its file")
    connection = store._line._connection
    settings = {
        name: connection.execute(f"PRAGMA {name}").fetchone()[0]
        for name in ("journal_mode", "synchronous", "foreign_keys")
    }
    assert settings == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


def test_a_full_disk_refuses_and_goes_on_when_there_is_room(
    app: Flask, store: Store, laptop: Laptop
) -> None:
    store.commit([])
    if not isinstance(store._line, SqliteLine):
        pytest.skip("what SQLite does to its file")
    connection = store._line._connection
    pages = connection.execute("PRAGMA page_count").fetchone()[0]
    connection.execute(f"PRAGMA max_page_count = {pages}")
    kept, waiting = 0, b""
    with pytest.raises(Unavailable):  # noqa: PT012  (how much fits is SQLite's to say)
        for _ in range(200):
            waiting = laptop.seal(bytes(3000)).wire
            store.commit([checked(laptop, waiting)])
            kept += 1
    assert rows(app) == kept
    # A new connection has the disk's own limit again.
    assert store.commit([checked(laptop, waiting)])[0].verdict is Verdict.KEPT
    assert rows(app) == kept + 1


def test_a_full_disk_is_a_503_with_a_time_to_come_again(
    app: Flask, store: Store, alice: Any, laptop: Laptop
) -> None:
    body = laptop.seal(bytes(30_000)).wire
    store.commit([])
    if not isinstance(store._line, SqliteLine):
        pytest.skip("what SQLite does to its file")
    connection = store._line._connection
    connection.execute("PRAGMA max_page_count = 1")
    response = alice.http.post("/api/v1/check-in", data=body, headers=laptop.authorization(body))
    assert (response.status_code, response.json["code"]) == (503, "try-again")
    assert int(response.headers["Retry-After"]) > 0
    response = alice.http.post("/api/v1/check-in", data=body, headers=laptop.authorization(body))
    assert response.status_code == 200


def test_where_nothing_can_be_stored_nobody_waits_for_single_tries(
    laptop: Laptop,
) -> None:
    tries = []

    def commit(batch: Sequence[CheckIn]) -> list[Outcome]:
        tries.append(len(batch))
        raise Unavailable

    outcomes = commit_each(commit, [checked(laptop, b"")] * 5)
    assert all(isinstance(outcome, Unavailable) for outcome in outcomes)
    assert tries == [5]


def test_a_forged_request_is_told_apart_from_its_neighbors(
    app: Flask, store: Store, fleet: list[Laptop]
) -> None:
    batch = [asked(one, one.seal().wire) for one in fleet]
    batch[3] = (batch[3][0], Laptop().signing.public)
    outcomes = keep(store.commit, batch)
    assert [isinstance(outcome, Outcome) for outcome in outcomes].count(True) == len(fleet) - 1
    assert isinstance(outcomes[3], BadSignature)
    assert rows(app) == len(fleet) - 1


def test_with_nothing_to_keep_there_is_no_commit() -> None:
    laptop = Laptop()
    request, _ = asked(laptop, b"")
    outcomes = keep(SlowStore().commit, [(request, bytes(32))])
    assert isinstance(outcomes[0], BadSignature)


class SlowStore:
    """A store whose commits last until they are let through; counts what each carried."""

    def __init__(self) -> None:
        self.sizes: list[int] = []
        self.gate = threading.Event()
        self.entered = threading.Event()

    def commit(self, batch: Sequence[CheckIn]) -> list[Outcome]:
        self.sizes.append(len(batch))
        self.entered.set()
        assert self.gate.wait(10)
        return [Outcome(Verdict.KEPT, one.claim.ms) for one in batch]


def test_threads_that_wait_share_the_next_commit() -> None:
    slow, laptop = SlowStore(), Laptop()
    group = Threads(slow.commit)
    with ThreadPoolExecutor(20) as pool:
        first = pool.submit(group.submit, asked(laptop, b"", 1))
        assert slow.entered.wait(10)
        others = [pool.submit(group.submit, asked(laptop, b"", ms)) for ms in range(2, 20)]
        while len(group._waiting) < len(others):
            pass
        slow.gate.set()
        said = [future.result(10).device for future in [first, *others]]
    assert said == list(range(1, 20))
    assert slow.sizes == [1, 18]


def on_a_loop(work: Coroutine[Any, Any, list[int]]) -> list[int]:
    # In a thread of its own: where a browser test ran before, this one has a loop already.
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()


def test_tasks_that_wait_share_the_next_commit() -> None:
    slow, laptop = SlowStore(), Laptop()

    async def crowd() -> list[int]:
        with ThreadPoolExecutor(1) as worker:
            group = Loop(slow.commit, worker)
            tasks = [asyncio.create_task(group.submit(asked(laptop, b"", 1)))]
            while not slow.sizes:
                await asyncio.sleep(0)
            tasks += [asyncio.create_task(group.submit(asked(laptop, b"", n))) for n in (2, 3, 4)]
            await asyncio.sleep(0)
            slow.gate.set()
            return [outcome.device for outcome in await asyncio.gather(*tasks)]

    assert on_a_loop(crowd()) == [1, 2, 3, 4]
    assert slow.sizes == [1, 3]


def test_a_laptop_that_hangs_up_does_not_stop_the_others() -> None:
    slow, laptop = SlowStore(), Laptop()

    async def crowd() -> list[int]:
        with ThreadPoolExecutor(1) as worker:
            group = Loop(slow.commit, worker)
            gone, stays = (asyncio.create_task(group.submit(asked(laptop, b"", n))) for n in (1, 2))
            await asyncio.sleep(0)
            gone.cancel()
            slow.gate.set()
            return [(await stays).device, (await group.submit(asked(laptop, b"", 3))).device]

    assert on_a_loop(crowd()) == [2, 3]


def test_every_thread_hears_of_a_failure() -> None:
    def commit(_batch: Sequence[CheckIn]) -> list[Outcome]:
        raise Unavailable

    group, laptop = Threads(commit), Laptop()
    with ThreadPoolExecutor(8) as pool:
        futures = [pool.submit(group.submit, asked(laptop, b"")) for _ in range(8)]
        assert all(isinstance(future.exception(10), Unavailable) for future in futures)


def test_many_threads_at_once_lose_and_double_nothing(
    app: Flask, alice: Any, fleet: list[Laptop], clock: Clock
) -> None:
    bodies = [(one, one.seal().wire) for _ in range(6) for one in fleet]

    def tell(laptop: Laptop) -> list[int]:
        mine = [body for one, body in bodies if one is laptop]
        client = app.test_client()
        return [
            client.post(
                "/api/v1/check-in", data=body, headers=laptop.authorization(body)
            ).status_code
            for body in mine
        ]

    with ThreadPoolExecutor(len(fleet)) as pool:
        statuses = [status for found in pool.map(tell, fleet) for status in found]
    assert statuses == [200] * len(bodies)
    assert (rows(app), rows(app, "fork")) == (len(bodies), 0)


def test_a_laptop_cannot_fill_the_disk_with_forks(app: Flask, store: Store, laptop: Laptop) -> None:
    engine = intake_of(app).services.engine
    forks = [{"hash": n.to_bytes(32, "big"), "head": bytes(204)} for n in range(core.MAX_FORKS)]
    with db.for_writing(engine).begin() as connection:
        connection.execute(text("INSERT INTO fork VALUES (1, :hash, 0, :head, NULL, 0)"), forks)
    laptop.seal()
    outcome = store.commit([checked(laptop, laptop.seal().wire)])[0]
    assert outcome.verdict is Verdict.FORK
    assert rows(app, "fork") == core.MAX_FORKS
