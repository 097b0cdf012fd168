"""The published JSON Schemas: current, valid, and true of everything that is sent."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from chartlight.codec import SCHEMA_VERSION, encode
from chartlight.schema import PUBLISHED, folder, render, schema_of
from tests.chartlight.strategies import nouns

NAMES = [cls.__name__ for cls in PUBLISHED]


@pytest.mark.parametrize("cls", PUBLISHED, ids=NAMES)
def test_the_published_file_is_the_current_one(cls: type) -> None:
    path = folder() / f"{cls.__name__.lower()}.v{SCHEMA_VERSION}.schema.json"
    assert path.read_text(encoding="utf-8") == render(cls), "run `make schemas` and read the difference"


def test_nothing_else_is_published() -> None:
    files = {p.name for p in folder().glob("*.json")}
    assert files == {f"{name.lower()}.v{SCHEMA_VERSION}.schema.json" for name in NAMES}


@pytest.mark.parametrize("cls", PUBLISHED, ids=NAMES)
def test_the_schema_is_valid(cls: type) -> None:
    Draft202012Validator.check_schema(schema_of(cls))


@pytest.mark.parametrize("cls", PUBLISHED, ids=NAMES)
@given(data=st.data())
def test_everything_that_is_sent_fits_the_schema(cls: type, data: st.DataObject) -> None:
    wire = json.loads(json.dumps(encode(data.draw(nouns(cls)))))
    errors = [e.message for e in Draft202012Validator(schema_of(cls)).iter_errors(wire)]
    assert errors == []


@pytest.mark.parametrize("cls", PUBLISHED, ids=NAMES)
def test_the_schema_refuses_an_unknown_key_and_a_missing_one(cls: type) -> None:
    validator = Draft202012Validator(schema_of(cls))
    required: list[Any] = schema_of(cls)["$defs"][cls.__name__]["required"]
    messages = [e.message for e in validator.iter_errors({"not_a_key": 1})]
    assert any("not_a_key" in m for m in messages)
    assert all(any(f"'{name}' is a required property" in m for m in messages) for name in required)
