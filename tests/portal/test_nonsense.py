"""Nonsense for every route of /api/openapi.json, over real sockets: a problem document, nothing
stored, and the next good envelope is taken.
"""

import copy
import json
import os
import random
import re
import socket
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from typing import Any

import pytest
import requests

from tests.cast import Laptop
from tests.portal.live import LiveOwner, LivePortal, answer, check_in

ROUNDS = 200 if os.environ.get("HOMEWARD_SOAK") else 12
DEEP = b'{"a":' * 40_000 + b"1" + b"}" * 40_000
BODIES = (
    b"", b"null", b"[]", b"1", b"{}", DEEP, b"[" * 100_000, b'{"a":NaN}', b'{"a":1e999}',
    b'{"a":' + b"9" * 5000 + b"}", bytes(100), b"\xff\xfe", b'{"a":1,"a":2}',
    b'{"email":"\\u0000@\\ud800"}', b"x" * 300_000, b"\xef\xbb\xbf{}",
)  # fmt: skip
JUNK = (
    None, True, -1, 0, 2**31, 2**53 + 1, 2**63, 2**64, 10**400, 1.5, "", "\0", "\0" * 50,
    "é" * 40, "a" * 5000, "A" * 43, "==", [], {}, [[]], [None], {"a": 1}, "00" * 16, "a\0@b.c",
)  # fmt: skip
QUERIES = (
    "after=-1&limit=99999999999999999999", "after=99999999999999999999999", "after=1&after=2",
    "after=-9223372036854775809&limit=1", "limit=0", "limit=-1", "after=%00", "after=1e3",
    "ticket=%00", "ticket=" + "A" * 5000, "ticket=%ff", "ticket=x&ticket=y",
)  # fmt: skip
IDS = ("zz", "0" * 31, "A" * 32, "%00", "..%2f..", "%ff%fe", "-1", "a" * 3000)


@pytest.fixture(scope="module")
def laptop(live_alice: LiveOwner, portal: LivePortal) -> Laptop:
    laptop = live_alice.adopt()
    answer(check_in(portal, laptop, laptop.seal().wire))
    return laptop


@pytest.fixture(scope="module")
def openapi(portal: LivePortal) -> dict[str, Any]:
    shown = requests.get(portal.url.replace("/v1", "/openapi.json"), timeout=30).json()
    return dict(shown)


Ask = Callable[..., None]


@pytest.fixture(params=["alice", "nobody"])
def ask(request: pytest.FixtureRequest, portal: LivePortal, live_alice: LiveOwner) -> Ask:
    """Asks as Alice, then as nobody, and looks at the answer."""
    http: Any = live_alice.http if request.param == "alice" else requests

    def asking(method: str, path: str, **options: Any) -> None:
        url = portal.url.replace("/api/v1", "") + path
        said = http.request(method, url, timeout=30, allow_redirects=False, **options)
        assert said.status_code < 500, f"{method} {path[:80]}: {said.status_code}"
        if said.status_code >= 400 and method != "HEAD":
            assert said.headers["Content-Type"] == "application/problem+json"
            assert re.fullmatch(r"[a-z0-9-]+", said.json()["code"])

    return asking


@pytest.fixture(autouse=True)
def nothing_stored(portal: LivePortal, laptop: Laptop) -> Iterator[None]:
    before = rows(portal)
    yield
    assert rows(portal) == before
    answer(check_in(portal, laptop, laptop.seal().wire))
    assert portal.process is not None
    assert portal.process.poll() is None
    assert "Traceback" not in portal.log


def rows(portal: LivePortal) -> dict[str, int]:
    """How much stands in each table. Failed tries are counted, and traces left, on purpose."""
    file = next(portal.folder.glob("*.db"))
    with closing(sqlite3.connect(file)) as base:
        tables = base.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        return {
            name: base.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0]  # noqa: S608
            for (name,) in tables
            if name not in ("throttle", "audit")
        }


def routes(openapi: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, ways in openapi["paths"].items():
        for method, way in ways.items():
            # Signing out would work, whatever is sent along.
            if method in ("get", "post", "put", "delete") and not path.endswith("/logout"):
                yield method.upper(), path, way


def filled(path: str, laptop: Laptop) -> str:
    def value(found: "re.Match[str]") -> str:
        if "device" in found[1]:
            return laptop.id.hex()
        return "0" * (64 if "sha" in found[1] else 32)

    return re.sub(r"\{(\w+)\}", value, path)


def test_bodies_that_are_none(ask: Ask, openapi: dict[str, Any], laptop: Laptop) -> None:
    for method, path, _ in routes(openapi):
        for body in BODIES if method != "GET" else BODIES[:3]:
            ask(method, filled(path, laptop), data=body)


def test_ids_and_queries_that_are_none(ask: Ask, openapi: dict[str, Any], laptop: Laptop) -> None:
    for method, path, _ in routes(openapi):
        if "{" in path:
            for bad in IDS:
                ask(method, re.sub(r"\{\w+\}", bad, path), data=b"{}")
        for query in QUERIES if method == "GET" else ():
            ask(method, f"{filled(path, laptop)}?{query}")


def test_methods_a_route_does_not_have(ask: Ask, openapi: dict[str, Any], laptop: Laptop) -> None:
    for path, ways in openapi["paths"].items():
        for method in ("GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "TRACE", "FOO"):
            if method.lower() not in ways:
                ask(method, filled(path, laptop), data=b"{}")


def test_headers_that_are_none(ask: Ask, openapi: dict[str, Any], laptop: Laptop) -> None:
    mine = laptop.id.hex()
    for method, path, _ in routes(openapi):
        for headers in (
            {"Authorization": "Homeward "},
            {"Authorization": f"Homeward {mine}.1.AAAA"},
            {"Authorization": f"Homeward {mine}.{'9' * 26}.{'A' * 86}.0"},
            {"Authorization": "\xff\xfe".encode("latin-1")},
            {"Cookie": "homeward=;;;=;"},
            {"Content-Type": "application/json; charset=utf-99"},
            {"Content-Encoding": "gzip"},
        ):
            ask(method, filled(path, laptop), data=b"{}", headers=headers)


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_wrong_types_anywhere_in_a_body(ask: Ask, openapi: dict[str, Any], laptop: Laptop) -> None:
    seed = int(os.environ.get("HOMEWARD_SEED", "0")) or random.randrange(2**32)
    print(f"HOMEWARD_SEED={seed}")
    dice = random.Random(seed)
    for method, path, way in routes(openapi):
        content = way.get("requestBody", {}).get("content", {}).get("application/json")
        if content:
            whole = example(content["schema"], openapi)
            for _ in range(ROUNDS):
                body = json.dumps(disfigured(whole, dice)).encode()
                ask(method, filled(path, laptop), data=body)


def example(schema: dict[str, Any], openapi: dict[str, Any]) -> Any:
    """A body of the right form, so that one wrong value reaches as far as it can."""
    if "$ref" in schema:
        schema = openapi["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    if "anyOf" in schema:
        return example(schema["anyOf"][0], openapi)
    match schema.get("type"):
        case "object":
            fields = schema.get("properties", {})
            return {name: example(field, openapi) for name, field in fields.items()}
        case "array":
            return [example(schema.get("items", {}), openapi)] * max(1, schema.get("minItems", 1))
        case "integer":
            return schema.get("minimum", 1)
        case "string":
            found = re.search(r"\{(\d+)\}", schema.get("pattern", ""))
            return "0" * int(found[1]) if found else "A" * schema.get("minLength", 4)
    return schema.get("const")


def disfigured(whole: Any, dice: random.Random) -> Any:
    """A copy in which something, anywhere, is something else."""
    root = [copy.deepcopy(whole)]
    spots: list[tuple[Any, Any]] = [(root, 0)]
    for holder, name in spots:
        inner = holder[name]
        if isinstance(inner, dict):
            spots += [(inner, one) for one in inner]
        elif isinstance(inner, list):
            spots += [(inner, one) for one in range(len(inner))]
    holder, name = dice.choice(spots)
    holder[name] = dice.choice(JUNK)
    return root[0]


CHUNKED = "Transfer-Encoding: chunked"
BROKEN = {
    "half a body": (("Content-Length: 1000",), b"abc"),
    "far less than it says": (("Content-Length: 99999999999999",), b"abc"),
    "half a chunk": ((CHUNKED,), b"ff\r\nabc"),
    "a chunk without a length": ((CHUNKED,), b"zz\r\nabc\r\n0\r\n\r\n"),
    "a chunk longer than memory": ((CHUNKED,), b"fffffffffffffff\r\nabc"),
    "a whole body in chunks": ((CHUNKED,), b"3\r\nabc\r\n0\r\n\r\n"),
    "two lengths": (("Content-Length: 3", "Content-Length: 4"), b"abcd"),
    "a length below nothing": (("Content-Length: -3",), b"abcd"),
    "length and chunks": (("Content-Length: 3", CHUNKED), b"3\r\nabc\r\n0\r\n\r\n"),
    "two signatures": (("Authorization: Homeward x",) * 2 + ("Content-Length: 0",), b""),
    "a NUL in a header": (("X: a\0b", "Content-Length: 0"), b""),
    "no end of headers": (tuple(f"X{i}: a" for i in range(3000)), b""),
}


@pytest.mark.parametrize("name", BROKEN)
@pytest.mark.parametrize(
    "start",
    ["POST /api/v1/check-in", "POST /api/v1/login", f"PUT /api/v1/media/{'0' * 64}",
     "POST /api/v1/accounts"],
)  # fmt: skip
def test_requests_that_are_none(portal: LivePortal, laptop: Laptop, start: str, name: str) -> None:
    headers, body = BROKEN[name]
    head = "".join(f"{line}\r\n" for line in (f"{start} HTTP/1.1", "Host: x", *headers, ""))
    with socket.create_connection(("127.0.0.1", portal.port), timeout=30) as line:
        line.sendall(head.encode() + body)
        line.shutdown(socket.SHUT_WR)
        said = line.recv(4096)
    # Who hung up may get no answer at all; never one that says the portal is at fault.
    assert not said or said.split(b" ", 2)[1].startswith(b"4"), said


def test_what_is_no_http_at_all(portal: LivePortal, laptop: Laptop) -> None:
    for data in (
        b"\x16\x03\x01" + bytes(100),
        b"\r\n\r\n",
        b"GET /\0 HTTP/1.1\r\n\r\n",
        bytes(999),
    ):
        with socket.create_connection(("127.0.0.1", portal.port), timeout=30) as line:
            line.sendall(data)
            with suppress(OSError):  # it may have hung up already
                line.shutdown(socket.SHUT_WR)
                assert b" 5" not in line.recv(4096)[:12]
