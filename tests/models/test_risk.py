"""What counts as a decision: cases that a coder can write in ``tests/cases/reading/risk.toml``, and laws of every reading."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chartlight.labels import RiskNature
from chartlight.note import Note

pytest.importorskip("spacy", reason="reading needs chartlight[run]")

from models.predictors import risk
from nlp.bridge import read

FILE = Path(__file__).parents[1] / "cases" / "reading" / "risk.toml"
TABLE = tomllib.loads(FILE.read_text(encoding="utf-8"))
CASES = {name: case for name, case in TABLE.items() if isinstance(case, dict)}


def test_the_notes_are_invented() -> None:
    assert TABLE["invented"] is True
    assert TABLE["shape"] == "risk"


@pytest.mark.parametrize("name", CASES)
def test_the_note_gives_these_decisions(name: str) -> None:
    case: dict[str, Any] = CASES[name]
    assert case.keys() == {"note", "expect"}
    found = [f for f in risk.find(read(Note(name, case["note"]))) if f.nature is not RiskNature.NONE]
    assert sorted(f.nature for f in found) == sorted(line.split(": ", 1)[0] for line in case["expect"])
    for line in case["expect"]:
        nature, words = line.split(": ", 1)
        quotes = [e.quote for f in found if f.nature == nature for e in f.evidence]
        assert any(words in quote for quote in quotes), f"{words!r} is in none of {quotes}"


@pytest.mark.parametrize("name", CASES)
def test_every_decision_quotes_its_note(name: str) -> None:
    note = Note(name, CASES[name]["note"])
    for fact in risk.find(read(note)):
        assert fact.evidence
        assert all(note.text[e.start : e.end] == e.quote for e in fact.evidence)


@given(st.permutations(["Start metformin 500 mg.", "Refer to physical therapy.", "Take acetaminophen as needed."]))
@settings(max_examples=6, deadline=None)
def test_the_order_of_the_plan_never_matters(sentences: list[str]) -> None:
    found = risk.find(read(Note("n", "PLAN: " + " ".join(sentences))))
    assert sorted(f.nature for f in found) == ["otc_drug", "rx_management", "therapy_referral"]
