"""Faithfulness and the kinds of error, on invented notes."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("spacy", reason="reading needs chartlight[run]")

from chartlight import EncounterContext
from chartlight.encounter import Encounter
from chartlight.note import Note, Span
from models.propose import load
from nlp.bridge import read
from training import errors, faithful
from training.corpora import AnnotatedNote, placed

if TYPE_CHECKING:
    from chartlight import Proposal

TEXT = "Subjective: He feels well and likes his new dog.\nAssessment: Hypertension, not at goal.\nPlan: Increase lisinopril to 40 mg daily.\n"
RECORD = {
    "setting": "office",
    "problems": [{"quote": "Hypertension", "class": "chronic_worsening", "addressed": True, "icd10": ["I10"], "support": []}],
    "other_mentions": [],
    "data": [],
    "risk": [{"quote": "Increase lisinopril to 40 mg daily", "kind": "rx_management"}],
    "time": None,
    "levels": {"problems": "moderate", "data": "straightforward", "risk": "moderate"},
    "defensible": {"problems": ["moderate"], "data": ["straightforward"], "risk": ["moderate"]},
    "icd10": {"core": ["I10"], "optional": []},
}  # fmt: skip
NOTE = AnnotatedNote(id="inv-f", source="invented", text=TEXT, record=placed(dict(RECORD), TEXT))


def proposal() -> Proposal:
    return load().propose(Encounter.of(Note(NOTE.id, TEXT), EncounterContext(date_of_service=date(2026, 3, 2))))


@given(st.text(max_size=60), st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), max_size=4))
def test_blanking_moves_nothing(text: str, places: list[tuple[int, int]]) -> None:
    spans = [Span(min(a, b, len(text)), min(max(a, b), len(text))) for a, b in places]
    out = faithful.blanked(text, spans)
    assert len(out) == len(text)
    inside = {n for s in spans for n in range(s.start, s.end)}
    assert all(out[n] == (" " if n in inside and not c.isspace() else c) for n, c in enumerate(text))


def test_what_is_kept_are_headings_and_the_sentences_with_quotations() -> None:
    only = faithful.quoted_only(read(Note("n", TEXT)), faithful.quotations(proposal()))
    assert len(only) == len(TEXT)
    assert "Hypertension, not at goal" in only
    assert "Increase lisinopril" in only
    assert "Assessment" in only
    assert "dog" not in only


def test_a_proposal_stays_with_its_quotations_and_falls_without_them() -> None:
    counts = faithful.measure([NOTE], load())
    assert counts["only"]["level"] == 1
    assert counts["only"]["codes kept"] == counts["only"]["codes"] == 1
    assert counts["without"]["codes kept"] == 0
    assert counts["without"]["level"] == 0
    assert "same level" in "\n".join(faithful.table(counts))


def test_errors_are_told_by_kind() -> None:
    right = errors.judge(NOTE, load())
    assert right.is_fair
    assert right.annotated["level"] == right.proposed["level"] == "moderate"
    assert not any("not found" in kind or "code" in kind for kind in right.errors)
    other = dict(RECORD) | {"icd10": {"core": ["I11.9", "E11.9"], "optional": []}, "problems": []}
    kinds = errors.judge(AnnotatedNote(id="inv-g", source="invented", text=TEXT, record=placed(other, TEXT)), load()).errors  # fmt: skip
    assert {"problem too many", "code missing: nothing near", "code too many: another category"} <= set(kinds)


def test_the_tables_count_every_note_once() -> None:
    rows = [errors.Judged({"level": a}, {"level": p}, frozenset({a}), c, ("x",)) for a, p, c in [("low", "low", 0.9), ("low", "high", 0.3), ("high", "high", 0.95)]]  # fmt: skip
    table = errors.confusion(rows)
    assert sum(int(n) for line in table[1:] for n in line.split()[1:]) == 3
    assert errors.risk_coverage(rows, 3)[1].split()[1] == "0.0%"
    assert errors.risk_coverage(rows, 3)[3].split()[1] == "33.3%"
    assert errors.commonest(rows) == ["    3  x"]
    assert [line.split()[3] for line in errors.calibration(rows)[1:]] == ["1", "2"]
