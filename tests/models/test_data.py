"""What counts as data: cases that a coder can write in ``tests/cases/reading/data.toml``, and laws of every reading."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chartlight.note import Note

pytest.importorskip("spacy", reason="reading needs chartlight[run]")

from models.predictors import data
from nlp.bridge import read

FILE = Path(__file__).parents[1] / "cases" / "reading" / "data.toml"
TABLE = tomllib.loads(FILE.read_text(encoding="utf-8"))
CASES = {name: case for name, case in TABLE.items() if isinstance(case, dict)}


def test_the_notes_are_invented() -> None:
    assert TABLE["invented"] is True
    assert TABLE["shape"] == "data"


@pytest.mark.parametrize("name", CASES)
def test_the_note_gives_these_facts(name: str) -> None:
    case: dict[str, Any] = CASES[name]
    assert case.keys() == {"note", "expect"}
    found = data.find(read(Note(name, case["note"])))
    assert sorted(f"{f.nature}: {f.item}" for f in found) == sorted(case["expect"])


@pytest.mark.parametrize("name", CASES)
def test_every_fact_quotes_its_note(name: str) -> None:
    note = Note(name, CASES[name]["note"])
    for fact in data.find(read(note)):
        assert fact.evidence
        assert all(note.text[e.start : e.end] == e.quote for e in fact.evidence)


@pytest.mark.parametrize("name", CASES)
def test_a_thing_counts_as_a_fact_that_is_there(name: str) -> None:
    found = data.find(read(Note(name, CASES[name]["note"])))
    ids = [f.id for f in found]
    assert len(set(ids)) == len(ids)
    assert {f.counts_as for f in found} <= set(ids)
    assert len({f.counts_as for f in found}) == len({(f.item, f.nature.startswith("test")) for f in found})


@given(st.lists(st.sampled_from(sorted(c["note"] for c in CASES.values())), min_size=1, max_size=3))
@settings(max_examples=25, deadline=None)
def test_no_thing_is_found_twice_in_the_same_way(notes: list[str]) -> None:
    found = data.find(read(Note("n", "\n\n".join(notes))))
    pairs = [(f.item, f.nature) for f in found]
    assert len(set(pairs)) == len(pairs)
