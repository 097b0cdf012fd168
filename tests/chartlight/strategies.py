"""Hypothesis strategies for the nouns, built from their fields: a new field is drawn without a change here."""

from __future__ import annotations

import types
import typing
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from enum import Enum
from typing import Any, Union

from hypothesis import strategies as st

from chartlight.codec import PAIRS
from chartlight.decision import Ruling, Verdict
from chartlight.determination import Step
from chartlight.evidence import Evidence
from chartlight.facts import Source
from chartlight.labels import RejectionReason
from chartlight.note import Span

text = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
words = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)
pairs = st.dictionaries(text, text, max_size=3).map(lambda d: tuple(sorted(d.items())))


@st.composite
def spans(draw: st.DrawFn, *, longest: int = 60) -> Span:
    start = draw(st.integers(0, 10_000))
    return Span(start, start + draw(st.integers(0, longest)))


@st.composite
def evidence(draw: st.DrawFn) -> Evidence:
    quote = draw(words)
    start = draw(st.integers(0, 10_000))
    return Evidence(Span(start, start + len(quote)), quote, document=draw(st.none() | words))


def nouns(cls: type) -> st.SearchStrategy[Any]:
    """Any well-formed instance of a noun."""
    if cls is Evidence:
        return evidence()
    if cls is Ruling:
        return st.one_of(
            st.builds(
                Ruling, about=text, verdict=st.just(Verdict.REJECTED), rejection=st.sampled_from(RejectionReason)
            ),
            st.builds(Ruling, about=text, verdict=st.sampled_from(Verdict).filter(lambda v: v is not Verdict.REJECTED)),
        )
    if cls is Step:
        plain = _build(Step, steps=st.just(()))
        return st.recursive(
            plain, lambda inner: _build(Step, steps=st.lists(inner, max_size=2).map(tuple)), max_leaves=4
        )
    return _build(cls)


def _build(cls: type, **given: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    hints = typing.get_type_hints(cls)
    values = {}
    for f in fields(cls):
        if f.name in given:
            values[f.name] = given[f.name]
        elif (cls.__name__, f.name) in PAIRS:
            values[f.name] = pairs
        elif f.name == "confidence":
            values[f.name] = st.floats(0, 1) if hints[f.name] is float else st.none() | st.floats(0, 1)
        elif f.name == "minutes":
            values[f.name] = st.integers(0, 1440)
        elif f.name == "evidence":
            # what a proposal holds must be shown by words of the note
            values[f.name] = st.lists(evidence(), min_size=1, max_size=3).map(tuple)
        else:
            values[f.name] = _of(hints[f.name])
    return st.builds(cls, **values)


def _of(hint: Any) -> st.SearchStrategy[Any]:
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if origin in (Union, types.UnionType):
        return st.one_of([st.none() if a is type(None) else _of(a) for a in args])
    if origin is tuple:
        return st.lists(_of(args[0]), max_size=2).map(tuple)
    if hint is datetime:
        return st.datetimes()
    if hint is date:
        return st.dates()
    if hint is Source:
        return _build(Source)
    if isinstance(hint, type) and issubclass(hint, Enum):
        return st.sampled_from(hint)
    if isinstance(hint, type) and is_dataclass(hint):
        return nouns(hint)
    plain = {str: text, int: st.integers(0, 10_000), float: st.floats(0, 1e6), bool: st.booleans()}
    return plain[hint]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.just(10**400) | st.floats() | text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3),
    max_leaves=6,
)
"""Anything that ``json.loads`` can give."""


@st.composite
def damaged(draw: st.DrawFn, data: Any) -> Any:
    """JSON data with one node, anywhere, replaced by something else."""
    if isinstance(data, dict) and data and draw(st.booleans()):
        key = draw(st.sampled_from(sorted(data)))
        return {**data, key: draw(damaged(data[key]))}
    if isinstance(data, list) and data and draw(st.booleans()):
        n = draw(st.integers(0, len(data) - 1))
        return [*data[:n], draw(damaged(data[n])), *data[n + 1 :]]
    return draw(json_values)
