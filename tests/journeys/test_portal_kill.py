"""kill -9 under load: what was answered is there, once; what was not may be sent again."""

import os
import random
import shutil
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from portal import db
from portal.settings import from_environment
from shared import envelope
from shared.encoding import unb64
from shared.envelope import Envelope
from tests.cast import Laptop, Owner
from tests.portal.live import LiveOwner, LivePortal, answer, check_in, start_portal

KILLS = 20
SOAK_KILLS = 200
LAPTOPS = 6


@pytest.fixture(scope="module")
def keys() -> Owner:
    return Owner("alice@example.org")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    engine = db.make_engine(from_environment({"HOMEWARD_DATA_DIR": str(folder)}))
    db.migrate(engine)
    engine.dispose()
    return folder


@pytest.fixture
def portal(folder: Path) -> Iterator[LivePortal]:
    portal = start_portal(folder)
    yield portal
    portal.stop()
    shutil.rmtree(folder)


class Reporter(threading.Thread):
    """A laptop that reports without pause and, as the real one, sends again what was not
    answered. Remembers the chain hash of everything it was given an answer for.
    """

    def __init__(self, portal: LivePortal, laptop: Laptop, ended: threading.Event) -> None:
        super().__init__()
        self.laptop = laptop
        self.acknowledged: list[bytes] = []
        self.failure: BaseException | None = None
        self._portal, self._ended = portal, ended

    def run(self) -> None:
        try:
            while not self._ended.is_set():
                self._report(self.laptop.seal())
        except BaseException as error:  # shown by the test; a thread's own would be lost
            self.failure = error

    def _report(self, sealed: Envelope) -> None:
        while not self._ended.is_set():
            try:
                said = answer(check_in(self._portal, self.laptop, sealed.wire))
            except requests.RequestException:
                time.sleep(0.02)
                continue
            assert said.head is not None
            assert said.head.chain_hash == sealed.chain_hash
            self.acknowledged.append(sealed.chain_hash)
            return


def _stand_the_kills(portal: LivePortal, keys: Owner, kills: int) -> None:
    seed = int(os.environ.get("HOMEWARD_SEED", "0")) or random.randrange(2**32)
    print(f"HOMEWARD_SEED={seed}")
    dice = random.Random(seed)
    alice, ended = LiveOwner(portal, keys), threading.Event()
    reporters = [Reporter(portal, alice.adopt(), ended) for _ in range(LAPTOPS)]
    for reporter in reporters:
        reporter.start()
    try:
        for _ in range(kills):
            time.sleep(dice.uniform(0.05, 0.4))
            portal.kill()
            portal.start()
        time.sleep(0.2)
    finally:
        ended.set()
        for reporter in reporters:
            reporter.join()
    for reporter in reporters:
        _check(alice, reporter)


def _check(alice: LiveOwner, reporter: Reporter) -> None:
    assert reporter.failure is None
    assert reporter.acknowledged, "nothing was reported at all"
    kept = [envelope.parse(unb64(r["envelope"])) for r in alice.evidence(reporter.laptop)]
    assert [one.header.seq for one in kept] == list(range(len(kept)))
    # One more may be kept than was answered: the kill came between the commit and the answer.
    hashes = [one.chain_hash for one in kept]
    assert hashes[: len(reporter.acknowledged)] == reporter.acknowledged
    assert len(hashes) - len(reporter.acknowledged) in (0, 1)
    assert alice.get(f"/devices/{reporter.laptop.id.hex()}/forks") == {"forks": []}


def test_nothing_answered_is_lost_and_nothing_counts_twice(portal: LivePortal, keys: Owner) -> None:
    _stand_the_kills(portal, keys, KILLS)


@pytest.mark.soak
@pytest.mark.timeout(3600)
@pytest.mark.skipif("HOMEWARD_SOAK" not in os.environ, reason="./dev soak runs the long version")
def test_two_hundred_kills(portal: LivePortal, keys: Owner) -> None:
    _stand_the_kills(portal, keys, SOAK_KILLS)
