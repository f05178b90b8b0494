"""The API's own description cannot lag behind the API."""

import re
from typing import Any

from flask import Flask

from portal.accounts.forms import Credentials
from tests.cast import Owner


def test_every_route_appears_with_its_methods(app: Flask, nobody: Any) -> None:
    document = nobody.http.get("/api/openapi.json").json
    assert document["openapi"].startswith("3.1")
    for rule in app.url_map.iter_rules():
        if not rule.rule.startswith("/api/"):  # pages are for people
            continue
        path = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule)
        for method in rule.methods - {"HEAD", "OPTIONS"}:
            operation = document["paths"][path][method.lower()]
            assert operation["summary"].endswith("."), path
            names = [parameter["name"] for parameter in operation["parameters"]]
            assert names == re.findall(r"{(\w+)}", path)


def test_every_reference_leads_somewhere(nobody: Any) -> None:
    answer = nobody.http.get("/api/openapi.json")
    schemas = answer.json["components"]["schemas"]
    named = set(re.findall(r'"#/components/schemas/(\w+)"', answer.text))
    assert named <= set(schemas)
    assert {"Registration", "Adoption", "OrdersForm", "CommandForm", "Problem"} <= named


def test_it_says_who_must_sign_in(nobody: Any) -> None:
    paths = nobody.http.get("/api/openapi.json").json["paths"]
    assert paths["/api/v1/devices"]["get"]["security"] == [{"owner": []}]
    assert paths["/api/v1/check-in"]["post"]["security"] == [{"laptop": []}]
    assert "security" not in paths["/api/v1/login"]["post"]


def test_bytes_are_described_by_their_length(nobody: Any, alice_keys: Owner) -> None:
    schemas = nobody.http.get("/api/openapi.json").json["components"]["schemas"]
    verifier = schemas[Credentials.__name__]["properties"]["login_verifier"]
    text = alice_keys.credentials()["login_verifier"]
    assert verifier["minLength"] == verifier["maxLength"] == len(text)
