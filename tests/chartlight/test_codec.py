"""Laws of the JSON codec: what goes out comes back, what is wrong is named, what is quoted is never shown."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chartlight import (
    Amendment,
    Decision,
    Determination,
    Encounter,
    EncounterContext,
    Evidence,
    Problem,
    Proposal,
    Source,
    decode_encounter,
)
from chartlight.codec import SCHEMA_VERSION, CodecError, decode, decode_context, decode_fact, decode_services, encode
from chartlight.facts import FACT_TYPES, Fact
from chartlight.labels import ProblemNature, SourceKind
from tests.chartlight.strategies import damaged, json_values, nouns, text

PUBLISHED = (Proposal, Determination, EncounterContext, Amendment, Decision)


def refused_or(cls: type, reading: Callable[[], object]) -> bool:
    """Whether the reading gave a ``cls`` or was refused with a message; any other error goes through."""
    try:
        return isinstance(reading(), cls)
    except CodecError as error:
        return bool(str(error))


@pytest.mark.parametrize("cls", PUBLISHED, ids=lambda c: c.__name__)
@given(data=st.data())
def test_what_goes_out_comes_back(cls: type, data: st.DataObject) -> None:
    thing = data.draw(nouns(cls))
    wire = json.loads(json.dumps(encode(thing), allow_nan=False))
    assert decode(cls, wire) == thing


@pytest.mark.parametrize("cls", FACT_TYPES, ids=lambda c: c.__name__)
@given(data=st.data())
def test_every_kind_of_fact_comes_back(cls: type[Fact], data: st.DataObject) -> None:
    fact = data.draw(nouns(cls))
    assert decode_fact(json.loads(json.dumps(encode(fact))), id="another") == fact


@pytest.mark.parametrize("cls", PUBLISHED, ids=lambda c: c.__name__)
@given(data=st.data())
def test_damaged_data_is_read_or_refused_and_nothing_else(cls: type, data: st.DataObject) -> None:
    wire = data.draw(damaged(encode(data.draw(nouns(cls)))))
    assert refused_or(cls, lambda: decode(cls, wire))


@given(json_values)
def test_an_encounter_is_read_or_refused_whatever_is_sent(line: object) -> None:
    assert refused_or(Encounter, lambda: decode_encounter(line))


@given(damaged({"id": "e1", "text": "Sore throat.", "context": {"setting": "office", "date_of_service": "2026-03-02"}}))
def test_an_encounter_with_one_thing_wrong_is_read_or_refused(line: object) -> None:
    assert refused_or(Encounter, lambda: decode_encounter(line))


@given(st.text("abcdefgh ", min_size=41, max_size=200))
def test_an_error_never_quotes_the_note(words: str) -> None:
    wrong = {"kind": "problem", "evidence": [{"start": 0, "end": 3, "quote": words}]}
    with pytest.raises(CodecError) as raised:
        decode_fact(wrong, id="f1", where="facts[0]")
    assert words not in str(raised.value)
    with pytest.raises(CodecError) as raised:
        decode_encounter({"id": "e1", "text": words, "context": {"setting": words}})
    assert words not in str(raised.value)


def test_an_error_names_the_place_and_what_is_allowed() -> None:
    with pytest.raises(CodecError, match=r"^facts\[2\]\.nature: 'chronic' is not one of minor, stable_chronic, "):
        decode_fact({"kind": "problem", "nature": "chronic"}, id="f", where="facts[2]")
    with pytest.raises(CodecError, match=r"^context\.seting: unknown key; known are .*setting"):
        decode_context({"seting": "office"})
    with pytest.raises(CodecError, match=r"^context\.date_of_service: an ISO date"):
        decode_context({"date_of_service": "03/02/2026"})
    with pytest.raises(CodecError, match=r"^services\[0\]\.code: missing"):
        decode_services([{}])
    with pytest.raises(CodecError, match=r"^kind: unknown fact kind 'x'; one of problem, data"):
        decode_fact({"kind": "x"}, id="f")


def test_unknown_keys_of_a_context_are_kept_in_a_batch() -> None:
    kept = decode_context({"payer": "medicare", "room": "4", "bed": 2}, keep_unknown=True)
    assert kept.payer == "medicare"
    assert kept.extra == (("bed", "2"), ("room", "4"))


def test_a_proposal_says_which_schema_it_follows() -> None:
    assert encode(Proposal(id="e1", determination=Determination(code=None)))["schema"] == SCHEMA_VERSION


def test_the_wire_shape_is_that_of_the_contract() -> None:
    from chartlight import Note

    note = Note("n1", "Hypertension, stable.")  # invented
    fact = Problem(id="f1", nature=ProblemNature.STABLE_CHRONIC, confidence=0.9, evidence=(Evidence.of(note, 0, 12),))
    assert encode(fact) == {
        "kind": "problem",
        "id": "f1",
        "nature": "stable_chronic",
        "addressed": True,
        "confidence": 0.9,
        "evidence": [{"start": 0, "end": 12, "quote": "Hypertension"}],
    }


def test_the_name_of_a_given_source_is_not_lost() -> None:
    fact = Problem(id="f1", nature=ProblemNature.MINOR, source=Source(SourceKind.GIVEN, "practice system", "7"))
    assert decode_fact(encode(fact), id="x") == fact


@given(st.dates(), st.datetimes(), text)
def test_dates_are_iso(day: date, moment: datetime, words: str) -> None:
    assert date.fromisoformat(encode(day)) == day
    assert datetime.fromisoformat(encode(moment)) == moment
    assert encode(words) == words


@pytest.mark.parametrize("number", [float("nan"), float("inf"), 10**400])
def test_a_number_that_is_none_is_refused(number: float) -> None:
    with pytest.raises(CodecError, match="a finite number was expected"):
        decode_fact({"kind": "drug", "code": "J0000", "dose": number}, id="f")
