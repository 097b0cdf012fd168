"""Nouns to JSON and back, in the shapes of the batch contract; the one place where wire names are decided.

Written by hand because this package uses the standard library alone (a converter library would do the same). Encoding follows
the dataclass fields, with three differences that the contract fixes: a quotation is ``{"start", "end", "quote"}``, pairs of
names become objects, and empty optional fields of facts are left out. Decoding follows the type hints, refuses unknown keys by name, and
never quotes note text in an error.

>>> from chartlight.facts import Problem
>>> from chartlight.labels import ProblemNature
>>> encode(Problem(id="p1", nature=ProblemNature.MINOR))
{'kind': 'problem', 'id': 'p1', 'nature': 'minor', 'addressed': True}
>>> decode_fact({"kind": "problem", "nature": "minor"}, id="p1")
Problem(id='p1', evidence=(), source=Source(kind=<SourceKind.GIVEN: 'given'>, name='', version=''), confidence=None, nature=<ProblemNature.MINOR: 'minor'>, addressed=True, for_service=None)
"""

from __future__ import annotations

import math
import types
import typing
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, fields, is_dataclass
from datetime import date, datetime
from enum import Enum
from functools import cache
from typing import Any, TypeVar, Union

from chartlight.context import EncounterContext, Service
from chartlight.evidence import Evidence
from chartlight.facts import FACT_TYPES, GIVEN, AnyFact, Fact, Source
from chartlight.labels import FactKind
from chartlight.note import Span
from chartlight.proposal import Proposal

SCHEMA_VERSION = "1"
"""Version of the JSON shapes; raised when a field changes its meaning or goes away, not when one is added."""

Json = Any
T = TypeVar("T")

PAIRS = {("Versions", "models"), ("EncounterContext", "extra"), ("Proposal", "notes")}
"""Fields whose pairs of text go over the wire as an object."""


class CodecError(ValueError):
    """Data that does not fit the contract: ``where`` is a path such as ``facts[2].nature``; ``what`` says what to send instead."""

    def __init__(self, where: str, what: str) -> None:
        super().__init__(f"{where}: {what}" if where else what)
        self.where = where
        self.what = what


def encode(thing: Any) -> Json:
    """A noun as JSON data (dict, list, str, numbers); keys in the order of the fields."""
    if isinstance(thing, Enum):
        return thing.value
    if isinstance(thing, Evidence):
        out: dict[str, Json] = {"start": thing.start, "end": thing.end, "quote": thing.quote}
        if thing.document is not None:
            out["document"] = thing.document
        return out
    if isinstance(thing, Fact):
        return _encode_fact(thing)
    if isinstance(thing, Proposal):
        return _encode_proposal(thing)
    if is_dataclass(thing) and not isinstance(thing, type):
        name = type(thing).__name__
        return {
            f.name: dict(getattr(thing, f.name)) if (name, f.name) in PAIRS else encode(getattr(thing, f.name))
            for f in fields(thing)
        }
    if isinstance(thing, datetime | date):
        return thing.isoformat()
    if isinstance(thing, list | tuple):
        return [encode(x) for x in thing]
    return thing


def _encode_fact(fact: Fact) -> Json:
    out: dict[str, Json] = {"kind": fact.kind.value, "id": fact.id}
    order = [f.name for f in fields(fact) if f.name not in ("id", "evidence", "source", "confidence")]
    for name in [*order, "confidence", "evidence"]:
        value = getattr(fact, name)
        if value is None or (value == () and name != "addressed"):
            continue
        out[name] = encode(value)
    if fact.source != GIVEN:
        out["source"] = encode(fact.source)
    if fact.kind is FactKind.PROBLEM and "nature" not in out:
        out["nature"] = None
    return out


def _encode_proposal(p: Proposal) -> Json:
    out: dict[str, Json] = {"schema": SCHEMA_VERSION}
    for f in fields(p):
        value = getattr(p, f.name)
        out[f.name] = dict(value) if f.name == "notes" else encode(value)
    return out


def decode(cls: type[T], data: Json, where: str = "") -> T:
    """Build a noun of type ``cls`` from JSON data; raises ``CodecError`` naming the place and what was expected."""
    return typing.cast(T, _decode(cls, data, where))


def decode_fact(data: Json, *, id: str, where: str = "") -> AnyFact:
    """A fact from JSON; ``id`` is used when the data has none. Raises ``CodecError``."""
    if not isinstance(data, Mapping):
        raise CodecError(where, "a fact is an object with a 'kind'")
    kinds = {t.kind.value: t for t in FACT_TYPES}
    kind = data.get("kind")
    if kind not in kinds:
        raise CodecError(_at(where, "kind"), f"unknown fact kind {_show(kind)}; one of {', '.join(kinds)}")
    given = {"id": id, **{k: v for k, v in data.items() if k != "kind" and v is not None}}
    return typing.cast(AnyFact, _decode(kinds[kind], given, where))


def decode_context(data: Json, *, keep_unknown: bool = False, where: str = "context") -> EncounterContext:
    """The encounter context; unknown keys are an error, or kept in ``extra`` (as text) with ``keep_unknown`` (batch)."""
    if data is None:
        return EncounterContext()
    if not isinstance(data, Mapping):
        raise CodecError(where, "an object with keys such as date_of_service and setting")
    known = {f.name for f in fields(EncounterContext)} - {"extra"}
    inside = {k: v for k, v in data.items() if k in known and v is not None}
    extra = {k: v for k, v in data.items() if k not in known}
    if extra and not keep_unknown:
        raise CodecError(_at(where, next(iter(extra))), f"unknown key; known are {', '.join(sorted(known))}")
    context = decode(EncounterContext, inside, where)
    if not extra:
        return context
    kept = tuple(sorted((str(k), v if isinstance(v, str) else repr(v)) for k, v in extra.items()))
    return EncounterContext(**{f: getattr(context, f) for f in known}, extra=kept)


def decode_services(data: Json, where: str = "services") -> tuple[Service, ...]:
    """The list of other services of the date; raises ``CodecError``."""
    return typing.cast("tuple[Service, ...]", _decode(tuple[Service, ...], data or [], where))


@cache
def _hints(cls: type) -> dict[str, Any]:
    return typing.get_type_hints(cls)


def _at(where: str, name: str) -> str:
    return f"{where}.{name}" if where else name


def _show(value: Json) -> str:
    """A short, safe rendering of a wrong value: labels are words of a closed list, so anything long is not shown."""
    text = repr(value)
    return text if len(text) <= 40 else f"a {type(value).__name__} of {len(text)} characters"


def _decode(hint: Any, data: Json, where: str) -> Any:
    origin = typing.get_origin(hint)
    if origin in (Union, types.UnionType):
        return _decode_union(typing.get_args(hint), data, where)
    if origin is tuple:
        args = typing.get_args(hint)
        if len(args) == 2 and args[1] is Ellipsis:
            if isinstance(data, Mapping) and typing.get_origin(args[0]) is tuple:
                return tuple((str(k), str(v)) for k, v in data.items())
            if isinstance(data, str) or not isinstance(data, Sequence):
                raise CodecError(where, f"a list was expected, got {_show(data)}")
            return tuple(_decode(args[0], x, f"{where}[{n}]") for n, x in enumerate(data))
        if isinstance(data, str) or not isinstance(data, Sequence) or len(data) != len(args):
            raise CodecError(where, f"a list of {len(args)} was expected, got {_show(data)}")
        return tuple(_decode(a, x, f"{where}[{n}]") for n, (a, x) in enumerate(zip(args, data, strict=True)))
    if isinstance(hint, type) and issubclass(hint, Enum):
        try:
            return hint(data)
        except ValueError:
            allowed = ", ".join(str(m.value) for m in hint)
            raise CodecError(where, f"{_show(data)} is not one of {allowed}") from None
    if hint is datetime or hint is date:
        if not isinstance(data, str):
            raise CodecError(where, f"an ISO date (YYYY-MM-DD) was expected, got {_show(data)}")
        try:
            return hint.fromisoformat(data)
        except ValueError:
            raise CodecError(where, f"an ISO date (YYYY-MM-DD) was expected, got {_show(data)}") from None
    if hint is Evidence:
        return _decode_evidence(data, where)
    if hint is Source and isinstance(data, Mapping):
        return _decode_dataclass(Source, data, where)
    if isinstance(hint, type) and is_dataclass(hint):
        return _decode_dataclass(hint, data, where)
    if hint is float and isinstance(data, int | float) and not isinstance(data, bool):
        try:
            number = float(data)
        except OverflowError:  # an integer of hundreds of digits
            number = math.inf
        if not math.isfinite(number):
            raise CodecError(where, "a finite number was expected")
        return number
    if hint is Any:
        return data
    if isinstance(hint, type) and isinstance(data, hint) and not (hint is int and isinstance(data, bool)):
        return data
    name = getattr(hint, "__name__", str(hint))
    raise CodecError(where, f"{name} was expected, got {_show(data)}")


def _decode_union(options: tuple[Any, ...], data: Json, where: str) -> Any:
    if data is None and type(None) in options:
        return None
    rest = [o for o in options if o is not type(None)]
    if all(isinstance(o, type) and issubclass(o, Fact) for o in rest):
        return decode_fact(data, id=where or "f", where=where)
    if len(rest) == 1:
        return _decode(rest[0], data, where)
    for option in rest:
        try:
            return _decode(option, data, where)
        except CodecError:
            continue
    raise CodecError(where, f"{_show(data)} fits none of the allowed shapes")


def _decode_evidence(data: Json, where: str) -> Evidence:
    if not isinstance(data, Mapping):
        raise CodecError(where, "a quotation is an object with start, end and quote")
    start = _decode(int, data.get("start"), _at(where, "start"))
    end = _decode(int, data.get("end"), _at(where, "end"))
    quote = _decode(str, data.get("quote"), _at(where, "quote"))
    document = _decode(str | None, data.get("document"), _at(where, "document"))
    try:
        return Evidence(Span(start, end), quote, document=document)
    except ValueError as error:
        raise CodecError(where, str(error)) from None


def _decode_dataclass(cls: type, data: Json, where: str) -> Any:
    if not isinstance(data, Mapping):
        raise CodecError(where, f"an object was expected for {cls.__name__}, got {_show(data)}")
    hints = _hints(cls)
    known = {f.name: f for f in fields(cls) if f.init}
    if cls is Proposal:
        data = {k: v for k, v in data.items() if k != "schema"}
    unknown = [str(k) for k in data if k not in known and k != "kind"]
    if unknown:
        raise CodecError(_at(where, unknown[0][:40]), f"unknown key; known are {', '.join(sorted(known))}")
    missing = [n for n, f in known.items() if n not in data and f.default is MISSING and f.default_factory is MISSING]
    if missing:
        raise CodecError(_at(where, missing[0]), "missing; it must be given")
    values = {n: _decode(hints[n], data[n], _at(where, n)) for n in known if n in data}
    try:
        return cls(**values)
    except CodecError:
        raise
    except ValueError as error:
        raise CodecError(where, str(error)) from None
