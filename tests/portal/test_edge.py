"""The edge as granian serves it: laptops over real sockets, slow ones and nonsense among them."""

import http.client
import os
import random
import shutil
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import requests

from shared import envelope, media, receipt
from shared.encoding import b64, unb64
from shared.sighting import open_sighting
from tests.cast import Laptop, Owner
from tests.portal.live import LiveOwner, LivePortal, answer, check_in, now_ms, start_portal

CANARY = "127.83.41.9"  # an address of this machine that appears nowhere by accident


@pytest.fixture
def laptop(live_alice: LiveOwner) -> Laptop:
    return live_alice.adopt()


def wake(portal: LivePortal, ticket: str | None) -> Any:
    return requests.get(f"{portal.url}/wake", params={"ticket": ticket}, timeout=30).json()


def put(portal: LivePortal, laptop: Laptop, sha256: bytes, content: bytes) -> requests.Response:
    return requests.put(
        f"{portal.url}/media/{sha256.hex()}",
        data=content,
        headers=laptop.authorization(sha256, now_ms()),
        timeout=30,
    )


def test_a_report_goes_all_the_way_to_its_owner(
    portal: LivePortal, live_alice: LiveOwner, laptop: Laptop
) -> None:
    sealed = laptop.seal(b'{"v":1,"said":"hello"}')
    said = answer(check_in(portal, laptop, sealed.wire))
    assert said.head is not None
    assert said.head.chain_hash == sealed.chain_hash
    assert [unb64(r["envelope"]) for r in live_alice.evidence(laptop)] == [sealed.wire]


def test_many_laptops_at_once_are_all_kept(portal: LivePortal, live_alice: LiveOwner) -> None:
    fleet = [live_alice.adopt() for _ in range(8)]

    def tell(laptop: Laptop) -> None:
        with requests.Session() as http_:
            for _ in range(10):
                answer(check_in(portal, laptop, laptop.seal().wire, http_))

    with ThreadPoolExecutor(len(fleet)) as pool:
        list(pool.map(tell, fleet))
    assert [len(live_alice.evidence(laptop)) for laptop in fleet] == [10] * len(fleet)


def test_refusals_are_problem_documents(portal: LivePortal, laptop: Laptop) -> None:
    def refused(response: requests.Response) -> tuple[int, str]:
        assert response.headers["Content-Type"] == "application/problem+json"
        return response.status_code, response.json()["code"]

    assert refused(check_in(portal, Laptop(), b"")) == (401, "unknown-device")
    assert refused(requests.post(f"{portal.url}/check-in", timeout=30)) == (401, "unknown-device")
    assert refused(check_in(portal, laptop, b"nonsense")) == (422, "malformed")
    assert refused(check_in(portal, laptop, bytes(1024 * 1024 + 1))) == (413, "too-large")
    laptop.seal()
    assert refused(check_in(portal, laptop, laptop.seal().wire)) == (409, "fork")
    assert refused(requests.get(f"{portal.url}/wake?ticket=x", timeout=30)) == (401, "bad-ticket")
    assert refused(requests.get(f"{portal.url}/check-in", timeout=30))[0] == 405
    assert refused(requests.post(f"{portal.url}/login", data=bytes(2**21), timeout=30))[0] == 413


def test_a_large_file_streams_in_and_out(
    portal: LivePortal, live_alice: LiveOwner, laptop: Laptop
) -> None:
    sealed = media.seal(os.urandom(5_000_000), "image/jpeg", laptop.id, 0, 0)
    sha256 = sealed.attachment.sha256
    early = put(portal, laptop, sha256, sealed.ciphertext)
    assert (early.status_code, early.json()["code"]) == (404, "not-listed")
    answer(check_in(portal, laptop, laptop.seal(attachments=(sealed.attachment,)).wire))
    wrong = put(portal, laptop, sha256, sealed.ciphertext[:-1] + b"?")
    assert (wrong.status_code, wrong.json()["code"]) == (422, "body-mismatch")
    longer = put(portal, laptop, sha256, sealed.ciphertext + b"?")
    assert (longer.status_code, longer.json()["code"]) == (413, "too-large")
    assert put(portal, laptop, sha256, sealed.ciphertext).status_code == 201
    assert put(portal, laptop, sha256, sealed.ciphertext).status_code == 200
    came = live_alice.http.get(f"{portal.url}/media/{sha256.hex()}", timeout=30)
    assert came.content == sealed.ciphertext
    assert list((portal.folder / "blobs").rglob("*.part")) == []


def test_a_parked_laptop_is_called_the_moment_it_is_stolen(
    portal: LivePortal, live_alice: LiveOwner, laptop: Laptop
) -> None:
    ticket = answer(check_in(portal, laptop, b"")).wake
    with ThreadPoolExecutor(1) as pool:
        parked = pool.submit(wake, portal, ticket)
        time.sleep(0.3)  # long enough to be parked; too early would be answered as well
        assert not parked.done()
        order = live_alice.keys.stolen(laptop, now_ms())
        live_alice.post(f"/devices/{laptop.id.hex()}/theft", {"orders": b64(order.raw)})
        assert parked.result(20) == {"wake": True}
    assert answer(check_in(portal, laptop, b"")).orders == (order.raw,)


def test_a_call_between_two_connections_is_not_lost(
    portal: LivePortal, live_alice: LiveOwner, laptop: Laptop
) -> None:
    ticket = answer(check_in(portal, laptop, b"")).wake
    command = live_alice.keys.command(laptop, now=now_ms())
    live_alice.post(f"/devices/{laptop.id.hex()}/commands", {"command": b64(command.raw)})
    assert wake(portal, ticket) == {"wake": True}


def test_a_laptop_that_comes_again_frees_its_first_place(
    portal: LivePortal, live_alice: LiveOwner, laptop: Laptop
) -> None:
    ticket = answer(check_in(portal, laptop, b"")).wake
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(wake, portal, ticket)
        time.sleep(0.3)
        second = pool.submit(wake, portal, ticket)
        assert first.result(20) == {"wake": False}
        command = live_alice.keys.command(laptop, now=now_ms())
        live_alice.post(f"/devices/{laptop.id.hex()}/commands", {"command": b64(command.raw)})
        assert second.result(20) == {"wake": True}


def test_fifty_half_sent_uploads_leave_the_pages_alone(
    portal: LivePortal, live_alice: LiveOwner, laptop: Laptop
) -> None:
    sealed = media.seal(os.urandom(200_000), "image/jpeg", laptop.id, 0, 0)
    answer(check_in(portal, laptop, laptop.seal(attachments=(sealed.attachment,)).wire))
    sha256 = sealed.attachment.sha256
    authorization = laptop.authorization(sha256, now_ms())["Authorization"]
    starts = (
        f"PUT /api/v1/media/{sha256.hex()} HTTP/1.1\r\nHost: x\r\n"
        f"Authorization: {authorization}\r\nContent-Length: 200104\r\n\r\n",
        f"POST /api/v1/check-in HTTP/1.1\r\nHost: x\r\n"
        f"Authorization: {authorization}\r\nContent-Length: 5000\r\n\r\n",
        "POST /api/v1/login HTTP/1.1\r\nHost: x\r\n"
        "Content-Type: application/json\r\nContent-Length: 500\r\n\r\n",
    )
    with ExitStack() as held:
        for number in range(51):
            line = held.enter_context(socket.create_connection(("127.0.0.1", portal.port)))
            line.sendall(starts[number % 3].encode() + b"half")
        assert len(live_alice.get("/devices")["devices"]) > 0
        answer(check_in(portal, laptop, laptop.seal().wire))
        assert put(portal, laptop, sha256, sealed.ciphertext).status_code == 201
    _wait_until(lambda: not list((portal.folder / "blobs").rglob("*.part")))


def test_no_address_is_written_anywhere_in_the_clear(
    portal: LivePortal, live_alice: LiveOwner, laptop: Laptop
) -> None:
    body = laptop.seal().wire
    for sent in (body, body, b"nonsense", laptop.seal().without_body().wire):
        line = http.client.HTTPConnection("127.0.0.1", portal.port, source_address=(CANARY, 0))
        line.request("POST", "/api/v1/check-in", sent, laptop.authorization(sent, now_ms()))
        line.getresponse().read()
        line.request("GET", "/api/v1/devices")
        line.getresponse().read()
        line.request("POST", "/api/v1/login", b"{")
        line.getresponse().read()
        line.close()
    kept = live_alice.evidence(laptop)
    seen = _open(live_alice, laptop, kept[0])
    assert seen.ip == CANARY, "the canary must have come in to be looked for"
    written = [path for path in portal.folder.rglob("*") if path.is_file()]
    assert {"portal.db", "portal.log"} <= {path.name for path in written}
    for path in written:
        content = path.read_bytes()
        assert CANARY.encode() not in content, path
        assert socket.inet_aton(CANARY) not in content, path


def _open(live_alice: LiveOwner, laptop: Laptop, kept: Any) -> Any:
    sealed = envelope.parse(unb64(kept["envelope"]))
    commit = receipt.parse(unb64(kept["receipt"])).sighting_commit
    vault = live_alice.keys.laptops[laptop.id].vault_key
    return open_sighting(unb64(kept["sighting"]), sealed.chain_hash, commit, vault)


def test_nonsense_never_makes_it_fail(portal: LivePortal, laptop: Laptop) -> None:
    seed = int(os.environ.get("HOMEWARD_SEED", "0")) or random.randrange(2**32)
    print(f"HOMEWARD_SEED={seed}")
    dice = random.Random(seed)
    paths = (
        "check-in",
        f"media/{'0' * 64}",
        "media/x",
        "wake?ticket=%ff",
        "wake?ticket=%00&ticket=",
    )
    with requests.Session() as http_:
        for _ in range(150):
            content = dice.randbytes(dice.randrange(400))
            headers = dice.choice(
                (
                    laptop.authorization(content, now_ms()),
                    {"Authorization": f"Homeward {'0' * 90}"},
                    {},
                )
            )
            response = http_.request(
                dice.choice(("POST", "PUT", "GET")), f"{portal.url}/{dice.choice(paths)}",
                data=content, headers=headers, timeout=30,
            )  # fmt: skip
            assert response.status_code < 500, response.text
    _raw(portal, dice.randbytes(2000))
    _raw(
        portal, b"POST /api/v1/check-in HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz"
    )
    answer(check_in(portal, laptop, laptop.seal().wire))
    assert "Traceback" not in portal.log


def _raw(portal: LivePortal, data: bytes) -> None:
    with socket.create_connection(("127.0.0.1", portal.port)) as line:
        line.sendall(data)


def test_it_stops_when_asked_even_with_laptops_parked(
    migrated: Path, tmp_path: Path, alice_keys: Owner
) -> None:
    folder = tmp_path / "data"
    shutil.copytree(migrated, folder)
    portal = start_portal(folder)
    laptop = LiveOwner(portal, alice_keys).adopt()
    ticket = answer(check_in(portal, laptop, laptop.seal().wire)).wake
    with socket.create_connection(("127.0.0.1", portal.port)) as parked:
        parked.sendall(f"GET /api/v1/wake?ticket={ticket} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        time.sleep(0.3)
        assert portal.stop() == 0
    assert "Traceback" not in portal.log


def _wait_until(true: Any, seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.05)
