"""JSON Schema (2020-12) of what goes over the wire, generated from the nouns; the published copies stand in ``chartlight/schemas``.

>>> schema_of(Proposal)["title"]
'Proposal'
"""

from __future__ import annotations

import json
import types
import typing
from dataclasses import MISSING, fields, is_dataclass
from datetime import date, datetime
from enum import Enum
from pathlib import Path
from typing import Any, Union

from chartlight.codec import PAIRS, SCHEMA_VERSION
from chartlight.context import EncounterContext
from chartlight.decision import Amendment, Decision
from chartlight.determination import Determination
from chartlight.evidence import Evidence
from chartlight.facts import Fact
from chartlight.labels import Label
from chartlight.proposal import Proposal

PUBLISHED: tuple[type, ...] = (Proposal, Determination, EncounterContext, Amendment, Decision)
"""The nouns whose schema is published, one file each."""


def schema_of(cls: type) -> dict[str, Any]:
    """The JSON Schema of what ``codec.encode`` gives for an instance of ``cls``."""
    definitions: dict[str, Any] = {}
    root = _schema(cls, definitions)
    name = cls.__name__
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:chartlight:schema:{name.lower()}:{SCHEMA_VERSION}",
        "title": name,
        "description": (cls.__doc__ or "").strip().splitlines()[0],
        **root,
        "$defs": dict(sorted(definitions.items())),
    }


def _schema(hint: Any, definitions: dict[str, Any]) -> dict[str, Any]:
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if origin in (Union, types.UnionType):
        rest = [_schema(a, definitions) for a in args if a is not type(None)]
        if type(None) in args:
            rest.append({"type": "null"})
        return {"anyOf": rest} if len(rest) > 1 else rest[0]
    if origin is tuple:
        if len(args) == 2 and args[1] is Ellipsis:
            return {"type": "array", "items": _schema(args[0], definitions)}
        return {"type": "array", "prefixItems": [_schema(a, definitions) for a in args], "items": False}
    if hint is datetime:
        return {"type": "string", "format": "date-time"}
    if hint is date:
        return {"type": "string", "format": "date"}
    if isinstance(hint, type) and issubclass(hint, Enum):
        entry: dict[str, Any] = {"enum": [m.value for m in hint]}
        if issubclass(hint, Label):
            entry["description"] = "; ".join(f"{m.value}: {m.definition}" for m in hint)
        definitions.setdefault(hint.__name__, entry)
        return {"$ref": f"#/$defs/{hint.__name__}"}
    if hint is Evidence:
        definitions.setdefault(
            "Evidence",
            {
                "type": "object",
                "description": "A verbatim quotation; offsets are half-open, in Unicode code points.",
                "required": ["start", "end", "quote"],
                "properties": {
                    "start": {"type": "integer", "minimum": 0},
                    "end": {"type": "integer", "minimum": 0},
                    "quote": {"type": "string"},
                    "document": {"type": "string"},
                },
            },
        )
        return {"$ref": "#/$defs/Evidence"}
    if isinstance(hint, type) and is_dataclass(hint):
        if hint.__name__ not in definitions:
            definitions[hint.__name__] = {}
            definitions[hint.__name__] = _object(hint, definitions)
        return {"$ref": f"#/$defs/{hint.__name__}"}
    plain = {str: "string", int: "integer", float: "number", bool: "boolean"}
    return {"type": plain[hint]} if hint in plain else {}


def _object(cls: Any, definitions: dict[str, Any]) -> dict[str, Any]:
    hints = typing.get_type_hints(cls)
    properties: dict[str, Any] = {}
    required = []
    if issubclass(cls, Fact):
        properties["kind"] = {"const": cls.kind.value}
        required.append("kind")
    if cls is Proposal:
        properties["schema"] = {"const": SCHEMA_VERSION}
        required.append("schema")
    for f in fields(cls):
        if (cls.__name__, f.name) in PAIRS:
            properties[f.name] = {"type": "object", "additionalProperties": {"type": "string"}}
        else:
            properties[f.name] = _schema(hints[f.name], definitions)
        if f.default is MISSING and f.default_factory is MISSING:
            required.append(f.name)
    doc = (cls.__doc__ or "").strip().splitlines()[0]
    return {
        "type": "object",
        "description": doc,
        "properties": properties,
        "required": required,
        "additionalProperties": False,
    }


def folder() -> Path:
    """Where the published schemas stand."""
    return Path(__file__).parent / "schemas"


def render(cls: type) -> str:
    """The text of the published file of ``cls``."""
    return json.dumps(schema_of(cls), indent=1, ensure_ascii=False) + "\n"


def publish() -> list[Path]:
    """Write the schema files anew (``make schemas``); returns their paths."""
    folder().mkdir(exist_ok=True)
    paths = []
    for cls in PUBLISHED:
        path = folder() / f"{cls.__name__.lower()}.v{SCHEMA_VERSION}.schema.json"
        path.write_text(render(cls), encoding="utf-8")
        paths.append(path)
    return paths


if __name__ == "__main__":
    for path in publish():
        print(path)
