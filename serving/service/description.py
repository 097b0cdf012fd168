"""The OpenAPI description: FastAPI's, with the schemas of the nouns, one shape of errors, and how to log in."""

from __future__ import annotations

import copy
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from chartlight import Amendment, Decision, Proposal, __version__
from chartlight.facts import FACT_TYPES
from chartlight.schema import schema_of
from serving.people.matrix import matrix
from serving.service.problems import MEDIA_TYPE
from serving.service.shapes import ProblemDetails

SUMMARY = """\
Submit a clinical note, read what is proposed, and record what a person decides. The rules determine, the machine proposes, a person decides.

* Errors are problems (RFC 9457) and never hold words of a note.
* Lists are paged: `next` is the `cursor` of the next page.
* What can change has an ETag; a change sends it back in If-Match (428 without, 412 when it has changed).
* Every POST has an Idempotency-Key; the same key gives the same answer again, and nothing twice.
* Offsets are half-open, in Unicode code points of the text as received; `?utf16=true` adds UTF-16 offsets.
"""


def describe(app: FastAPI) -> dict[str, Any]:
    """The description of an app, made once."""
    if app.openapi_schema is None:
        found = get_openapi(
            title="Chartlight", version=__version__, openapi_version="3.1.0", description=SUMMARY, routes=app.routes
        )
        schemas = found.setdefault("components", {}).setdefault("schemas", {})
        schemas |= nouns()
        schemas["ProblemDetails"] = ProblemDetails.model_json_schema()
        for name in ("HTTPValidationError", "ValidationError"):
            schemas.pop(name, None)
        found["components"]["securitySchemes"] = {
            "session": {"type": "apiKey", "in": "cookie", "name": "chartlight_session"},
            "token": {"type": "http", "scheme": "bearer"},
        }
        for path, methods in found["paths"].items():
            for method, operation in methods.items():
                _complete(operation, public=matrix()[method.upper(), path].is_public)
        app.openapi_schema = _with_nouns(found)
    return app.openapi_schema


def _complete(operation: dict[str, Any], *, public: bool) -> None:
    responses = operation.setdefault("responses", {})
    responses.pop("422", None)
    responses["default"] = {
        "description": "a problem",
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemDetails"}}},
    }
    if not public:
        operation["security"] = [{"token": []}, {"session": []}]


def nouns() -> dict[str, Any]:
    """The schemas of the nouns as components."""
    out: dict[str, Any] = {}
    for cls in (Proposal, Amendment, Decision):
        for name, schema in schema_of(cls)["$defs"].items():
            out[name] = _moved(schema)
    out["Fact"] = {"anyOf": [{"$ref": f"#/components/schemas/{cls.__name__}"} for cls in FACT_TYPES]}
    shown = copy.deepcopy(out["Proposal"])
    shown["description"] = "A proposal; its determination is null while the level is withheld."
    shown["properties"]["determination"] = {"anyOf": [shown["properties"]["determination"], {"type": "null"}]}
    out["ShownProposal"] = shown
    return out


def _moved(schema: Any) -> Any:
    if isinstance(schema, dict):
        return {
            k: v.replace("#/$defs/", "#/components/schemas/") if k == "$ref" else _moved(v) for k, v in schema.items()
        }
    return [_moved(x) for x in schema] if isinstance(schema, list) else schema


def _with_nouns(schema: Any) -> Any:
    if isinstance(schema, dict):
        if "x-noun" in schema:
            return {"$ref": f"#/components/schemas/{schema['x-noun']}"}
        return {k: _with_nouns(v) for k, v in schema.items()}
    return [_with_nouns(x) for x in schema] if isinstance(schema, list) else schema
