"""Who may call what, over every route there is: a new one is in these tests by itself."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from werkzeug.routing import Rule

from shared.encoding import b64
from tests.cast import Laptop

NOT_PATHS = {"HEAD", "OPTIONS"}
TAKES_NO_BODY = ("/leave", "/logout", "/end", "/end-others", "/seat")
# Whoever has the provider's secret: tests/portal/test_billing.py, test_order_feed.py.
SIGNED = {"POST /api/v1/billing/stripe", "POST /api/v1/billing/orders"}
FOR_ANYONE = {
    "POST /api/v1/accounts",
    "POST /api/v1/login/start",
    "POST /api/v1/login",
    "POST /api/v1/recovery",
    "GET /api/v1/portal-keys",
    "POST /api/v1/pair/<hex16:rid>",
    "GET /api/v1/pair/<hex16:rid>/orders",
    "GET /api/openapi.json",
    *SIGNED,
}
FOR_LAPTOPS = {
    "POST /api/v1/check-in",
    "PUT /api/v1/media/<hex32:sha256>",
    "GET /api/v1/wake",
    "POST /api/v1/leave",
}


def every_route(app: Flask) -> Iterator[tuple[str, Rule]]:
    for rule in app.url_map.iter_rules():
        if rule.rule.startswith("/api/"):
            yield from ((method, rule) for method in sorted((rule.methods or set()) - NOT_PATHS))


def path_of(rule: Rule, laptop: Laptop) -> str:
    """The route with this laptop's ids in it."""
    values = {
        "<hex16:device_id>": laptop.id.hex(),
        "<hex16:rid>": laptop.secret.rid.hex(),
        "<hex32:sha256>": "ab" * 32,
        "<hex32:session_id>": "cd" * 32,
        "<hex16:passkey_id>": "ef" * 16,
    }
    path: str = rule.rule
    for name, value in values.items():
        path = path.replace(name, value)
    assert "<" not in path, "a new kind of id: say here which one is Alice's"
    return path


def for_owners(app: Flask) -> Iterator[tuple[str, Rule]]:
    for method, rule in every_route(app):
        if f"{method} {rule.rule}" not in FOR_ANYONE | FOR_LAPTOPS:
            yield method, rule


def good_bodies(alice: Any, laptop: Laptop) -> dict[str, Any]:
    """Bodies that would be taken from Alice herself."""
    kept = alice.owner.laptops[laptop.id]
    given = {"orders": b64(alice.owner.stolen(laptop).raw)}
    kept.given.pop()
    return {
        "theft": given,
        "recovered": given,
        "orders": given,
        "keeping": given,
        "records": {"records": [], "forks": []},
        "commands": {"command": b64(alice.owner.command(laptop).raw)},
    }


def is_problem(answer: Any) -> bool:
    document = json.loads(answer.data)
    return (
        answer.content_type == "application/problem+json"
        and document["status"] == answer.status_code
        and document["type"] == "about:blank"
        and bool(document["code"])
        and document["detail"].endswith(".")
    )


def test_the_lists_above_name_routes_that_exist(app: Flask) -> None:
    routes = {f"{method} {rule.rule}" for method, rule in every_route(app)}
    assert routes >= FOR_ANYONE | FOR_LAPTOPS


def test_nobody_gets_in_without_signing_in(app: Flask, nobody: Any, laptop: Laptop) -> None:
    for method, rule in for_owners(app):
        answer = nobody.http.open(path_of(rule, laptop), method=method)
        assert answer.status_code == 401, rule.rule
        assert answer.json["code"] == "not-signed-in", rule.rule
        assert is_problem(answer), rule.rule


def test_an_invented_cookie_lets_nobody_in(app: Flask, nobody: Any, laptop: Laptop) -> None:
    nobody.http.set_cookie("homeward", "é" * 40)
    for method, rule in for_owners(app):
        assert nobody.http.open(path_of(rule, laptop), method=method).status_code == 401, rule.rule


def test_what_is_alices_does_not_exist_for_bob(
    app: Flask, alice: Any, bob: Any, laptop: Laptop
) -> None:
    bodies = good_bodies(alice, laptop)
    before = alice.get(f"/devices/{laptop.id.hex()}").json
    tried = 0
    for method, rule in for_owners(app):
        if "device_id" not in rule.rule and "sha256" not in rule.rule:
            continue
        body = bodies.get(rule.rule.rpartition("/")[2])
        answer = bob.http.open(path_of(rule, laptop), method=method, json=body)
        foreign = answer.status_code, answer.json
        unknown_path = path_of(rule, Laptop())
        unknown = bob.http.open(unknown_path, method=method, json=body)
        assert answer.status_code == 404, rule.rule
        assert foreign == (unknown.status_code, unknown.json), "nobody can tell one from the other"
        tried += 1
    assert tried >= 9
    assert alice.get(f"/devices/{laptop.id.hex()}").json == before
    assert bob.get("/devices").json == {"devices": []}


def test_laptops_routes_need_a_laptops_signature(app: Flask, nobody: Any, laptop: Laptop) -> None:
    stranger = Laptop()
    for method, rule in every_route(app):
        if f"{method} {rule.rule}" not in FOR_LAPTOPS or rule.rule.endswith("/wake"):
            continue
        for headers in ({}, {"Authorization": "Bearer x"}, stranger.authorization(b"")):
            answer = nobody.http.open(path_of(rule, laptop), method=method, headers=headers)
            assert (answer.status_code, answer.json["code"]) == (401, "unknown-device")
        forged = laptop.authorization(b"other bytes")
        answer = nobody.http.open(path_of(rule, laptop), method=method, headers=forged)
        assert (answer.status_code, answer.json["code"]) == (401, "bad-signature")


GARBAGE = [
    b"",
    b"{",
    b"[]",
    b"null",
    b"\xff\xfe",
    b'{"email": NaN}',
    b"[" * 100_000,
    b'{"a":1,"a":2}',
    b'{"orders":null,"command":1,"offer":[],"email":{},"version":"1"}',
    b'{"email":"\\ud800@\\udfff","login_verifier":"\\u0000"}',
    b'{"version":99999999999999999999999999,"sealed":"AAAA"}',
]


@pytest.mark.parametrize("body", GARBAGE, ids=[str(body[:20]) for body in GARBAGE])
def test_garbage_is_refused_with_a_problem_document(
    app: Flask, alice: Any, laptop: Laptop, body: bytes
) -> None:
    for method, rule in every_route(app):
        if method == "GET" or rule.rule.endswith(TAKES_NO_BODY):
            continue
        answer = alice.http.open(
            path_of(rule, laptop), method=method, data=body, content_type="application/json"
        )
        assert 400 <= answer.status_code < 500, (rule.rule, answer.status_code)
        assert is_problem(answer), rule.rule


def test_a_huge_body_is_turned_away(app: Flask, alice: Any, laptop: Laptop) -> None:
    huge = b'{"email":"' + b"a" * 2 * 1024 * 1024 + b'"}'
    for method, rule in every_route(app):
        if method == "GET" or rule.rule.endswith((*TAKES_NO_BODY, "<hex32:sha256>", "/check-in")):
            continue
        if f"{method} {rule.rule}" in SIGNED:  # 404 here, where nothing is sold
            continue
        answer = alice.http.open(
            path_of(rule, laptop), method=method, data=huge, content_type="application/json"
        )
        assert (answer.status_code, answer.json["code"]) == (413, "too-large"), rule.rule
        assert is_problem(answer), rule.rule


def test_unknown_addresses_and_methods_are_problem_documents(nobody: Any) -> None:
    for path in ("/nothing", "/devices/xyz", "/devices/" + "A" * 32, "/media/" + "0" * 63):
        assert is_problem(nobody.get(path))
        assert nobody.get(path).status_code == 404
    answer = nobody.ask("DELETE", "/portal-keys")
    assert (answer.status_code, answer.json["code"]) == (405, "method-not-allowed")
    assert "GET" in answer.headers["Allow"]
    assert is_problem(answer)


def test_nothing_of_the_api_stays_in_a_cache(app: Flask, alice: Any, laptop: Laptop) -> None:
    for method, rule in every_route(app):
        if method == "GET" and "sha256" not in rule.rule and not rule.rule.endswith("/wake"):
            answer = alice.http.get(path_of(rule, laptop))
            assert answer.headers["Cache-Control"] == "no-store", rule.rule
            assert answer.headers["X-Content-Type-Options"] == "nosniff", rule.rule
