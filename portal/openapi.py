"""GET /api/openapi.json: OpenAPI 3.1 from the routes and forms themselves, so it cannot lag."""

import re
from collections.abc import Callable, Iterator
from typing import Any

from flask import Blueprint, current_app
from pydantic.json_schema import models_json_schema
from werkzeug.routing import Rule

from portal.forms import Form
from portal.guards import cookie_name

blueprint = Blueprint("openapi", __name__, url_prefix="/api")
_REF = "#/components/schemas/{model}"
_PARAMETER = re.compile(r"<(?:(\w+):)?(\w+)>")
_BYTES = {"hex16": 32, "hex32": 64}
_PROBLEM = {
    "type": "object",
    "required": ["type", "title", "status", "detail", "code"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "A sentence with the next step."},
        "code": {"type": "string", "description": "Stable, for programs."},
    },
}


@blueprint.get("/openapi.json")
def show() -> dict[str, Any]:
    """This document."""
    return {
        "openapi": "3.1.0",
        "info": {"title": "Homeward portal", "version": "1"},
        "paths": _paths(),
        "components": {
            "schemas": {"Problem": _PROBLEM, **_schemas()},
            "securitySchemes": {
                "owner": {"type": "apiKey", "in": "cookie", "name": cookie_name()},
                "laptop": {"type": "apiKey", "in": "header", "name": "Authorization"},
            },
        },
    }


def _routes() -> Iterator[tuple[Rule, Callable[..., Any]]]:
    for rule in sorted(current_app.url_map.iter_rules(), key=lambda rule: rule.rule):
        if rule.rule.startswith("/api/"):
            yield rule, current_app.view_functions[rule.endpoint]


def _paths() -> dict[str, dict[str, Any]]:
    paths: dict[str, dict[str, Any]] = {}
    for rule, view in _routes():
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            path = _PARAMETER.sub(r"{\2}", rule.rule)
            paths.setdefault(path, {})[method.lower()] = _operation(rule, view)
    return paths


def _operation(rule: Rule, view: Callable[..., Any]) -> dict[str, Any]:
    problem = {"schema": {"$ref": _REF.format(model="Problem")}}
    operation: dict[str, Any] = {
        "operationId": rule.endpoint.replace(".", "_"),
        "summary": " ".join((view.__doc__ or "").split("\n\n")[0].split()),
        "parameters": [_parameter(*found) for found in _PARAMETER.findall(rule.rule)],
        "responses": {
            "2XX": {"description": "As docs/api.md says."},
            "default": {
                "description": "Refused.", "content": {"application/problem+json": problem},
            },
        },
    }  # fmt: skip
    if form := _form(view):
        schema = {"$ref": _REF.format(model=form.__name__)}
        content = {"application/json": {"schema": schema}}
        operation["requestBody"] = {"required": True, "content": content}
    if who := vars(view).get("who"):
        operation["security"] = [{who: []}]
    return operation


def _parameter(converter: str, name: str) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "string"}
    if digits := _BYTES.get(converter):
        schema["pattern"] = f"^[0-9a-f]{{{digits}}}$"
    return {"name": name, "in": "path", "required": True, "schema": schema}


def _form(view: Callable[..., Any]) -> type[Form] | None:
    return vars(view).get("takes")


def _schemas() -> dict[str, Any]:
    forms = {form for _, view in _routes() if (form := _form(view))}
    ordered = sorted(forms, key=lambda form: form.__name__)
    _, document = models_json_schema([(form, "validation") for form in ordered], ref_template=_REF)
    found: dict[str, Any] = document.get("$defs", {})
    return found
