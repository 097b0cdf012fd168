"""The corpora of our own: every annotation is what the guidelines demand, and no text of a corpus is kept."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from chartlight.labels import DataNature, Level, ProblemNature, RiskNature
from rules.codesets.reader import open_release
from training import compact, corpora
from training.notes import DAY

LEVELS = [level.value for level in Level]
NATURES = {n.value for n in ProblemNature}
RISK = {n.value for n in RiskNature}
DATA = {n.value for n in DataNature}
TRAPS = {"negated", "historical", "family", "possible", "hypothetical"}
NOTES = corpora.invented()
UNSEEN = corpora.unseen()


def complaints(record: Mapping[str, Any]) -> list[str]:
    """What is wrong with a record, whatever corpus it is of."""
    out = []
    catalogue = open_release(DAY)
    for p in record["problems"]:
        if p["addressed"] != (p["class"] in NATURES):
            out.append(f"class {p['class']}")
        out += [f"code {c}" for c in (*p["icd10"], *p["alt"]) if not catalogue.is_billable(c)]
    out += [f"assertion {m['assertion']}" for m in record["other_mentions"] if m["assertion"] not in TRAPS]
    out += [f"data {d['kind']}" for d in record["data"] if d["kind"] not in DATA]
    out += [f"risk {r['kind']}" for r in record["risk"] if r["kind"] not in RISK]
    for element, level in record["levels"].items():
        if level not in LEVELS or level not in record["defensible"][element]:
            out.append(f"level {element}")
    addressed = {c for p in record["problems"] if p["addressed"] for c in p["icd10"]}
    out += [f"core {c}" for c in record["icd10"]["core"] if c not in addressed]
    out += [f"code {c}" for c in record["icd10"]["optional"] if not catalogue.is_billable(c)]
    return out


@pytest.mark.parametrize("note", [*NOTES, *UNSEEN], ids=lambda n: n.id)
def test_an_invented_note_is_annotated_by_the_guidelines(note: corpora.AnnotatedNote) -> None:
    assert complaints(note.record) == []


def test_there_are_enough_and_each_once() -> None:
    assert len(NOTES) >= 400
    assert len({n.id for n in NOTES}) == len({n.text for n in NOTES}) == len(NOTES)


def test_the_unseen_notes_are_others() -> None:
    assert len(UNSEEN) >= 60
    assert not {n.text for n in UNSEEN} & {n.text for n in NOTES}
    assert not {n.id for n in UNSEEN} & {n.id for n in NOTES}


def test_every_kind_of_the_guidelines_occurs() -> None:
    records = [n.record for n in NOTES]
    assert {p["class"] for r in records for p in r["problems"] if p["addressed"]} == NATURES - {"multimorbid_intensive"}
    assert {d["kind"] for r in records for d in r["data"]} == DATA
    assert {x["kind"] for r in records for x in r["risk"]} == RISK
    assert {m["assertion"] for r in records for m in r["other_mentions"]} == TRAPS
    assert {r["setting"] for r in records} >= {"office", "ed", "inpatient", "observation", "consult", "nursing", "home"}
    assert Counter(bool(r["time"]) for r in records)[True] >= 20


def test_our_annotations_of_reports_hold_no_words_of_them() -> None:
    rows = [json.loads(line) for line in corpora.REPORTS.read_text(encoding="utf-8").splitlines()]
    assert len(rows) >= 400
    for row in rows:
        assert not {"text", "comment"} & set(row)
        for name in ("problems", "other_mentions", "data", "risk"):
            assert all(not {"quote", "name"} & set(r) for r in row[name])


@pytest.mark.shared
def test_our_annotations_fit_the_reports(shared: Path) -> None:
    notes = corpora.ours(shared)
    assert len(notes) >= 400
    for note in notes:
        assert complaints(note.record) == [], note.id


def test_a_malformed_note_is_named_with_file_and_line(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("==== NOTE x\nInvented.\n---- ANNOTATION\n# x office\nQ what\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"a\.txt: note 'x': line 2 .* cannot be read"):
        list(compact.read_notes(path))


def test_a_quotation_that_is_not_there_is_refused() -> None:
    record = {"id": "x", "problems": [{"quote": "gout", "addressed": True}]}
    with pytest.raises(ValueError, match="a quotation under 'problems' is not in the text"):
        corpora.placed(record, "Invented: no such word.")


def test_a_missing_corpus_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(corpora.CorpusMissing, match="SHARED=/path"):
        corpora.dev(tmp_path)
