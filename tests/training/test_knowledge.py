"""The measuring of the knowledge tables, on invented quotations."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from nlp.tables import patterns
from training import ablation, knowledge
from training.knowledge import Quoted

NOTE = "Assessment: hypertension, not at goal. Plan: start lisinopril 10 mg daily; check a BMP."  # invented


def write(folder: Path) -> Path:
    record = {
        "id": "invented-1", "split": "train", "text": NOTE, "setting": "office",
        "problems": [{"quote": "hypertension, not at goal", "addressed": True, "icd10": ["I10"]}, {"quote": "x", "addressed": False}],
        "data": [{"quote": "check a BMP", "kind": "test_ordered"}, {"quote": "mother", "kind": "independent_historian"}],
        "risk": [{"quote": "start lisinopril", "kind": "rx_management"}, {"quote": "go on as planned", "kind": "rx_management"}],
    }  # fmt: skip
    (folder / "corpora").mkdir()
    path = folder / "corpora" / "dev.jsonl"
    other = {**record, "id": "invented-2", "split": "held_out"}
    path.write_text("".join(json.dumps(r) + "\n" for r in (record, other)), encoding="utf-8")
    return path


def test_only_what_the_tables_should_know_is_looked_for(tmp_path: Path) -> None:
    found = list(knowledge.quoted(write(tmp_path), "train"))
    assert [(q.element, q.quote) for q in found] == [
        ("problems", "hypertension, not at goal"),
        ("tests", "check a BMP"),
        ("drugs", "start lisinopril"),
        ("drugs", "go on as planned"),
    ]
    figures = knowledge.coverage(found)
    assert figures == {
        "problems": (1, 1), "problems whole": (1, 1), "tests": (1, 1), "drugs": (1, 2), "drugs named": (1, 1),
    }  # fmt: skip


def test_a_word_that_is_used_nowhere_may_be_a_drug() -> None:
    assert knowledge.names_something(Quoted("drugs", "start qwertinib today"))
    assert not knowledge.names_something(Quoted("drugs", "continue current treatment"))


def test_a_name_of_another_category_is_not_the_whole() -> None:
    assert knowledge.is_known(Quoted("problems", "gout", ("I10",)))
    assert not knowledge.is_whole(Quoted("problems", "gout", ("I10",)))


def test_counts_and_coverage_are_printed_and_held_out_shows_no_quotation(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path)
    assert knowledge.main(["--shared", str(tmp_path)]) == 0
    assert "100.0%  (wanted 90%)" in capsys.readouterr().out
    assert knowledge.main(["--shared", str(tmp_path), "--held-out"]) == 0
    out = capsys.readouterr().out
    assert "held_out" in out
    assert "lisinopril" not in out
    assert knowledge.main(["--shared", str(tmp_path / "none"), "--ablation"]) == 3


def test_missing_quotations_are_those_of_train(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path)
    assert knowledge.main(["--shared", str(tmp_path), "--missing", "drugs"]) == 0
    assert capsys.readouterr().out == "go on as planned\n"


@pytest.mark.parametrize("table", knowledge.SAMPLED)
def test_a_sample_is_the_same_for_the_same_seed(table: str) -> None:
    first, again = (list(knowledge.sample(table, 5, 7)) for _ in range(2))
    assert first == again
    assert len(first) == 5
    assert first != list(knowledge.sample(table, 5, 8))


@pytest.mark.parametrize("name", [n for n, files in ablation.WITHHELD.items() if files])
def test_the_withheld_files_are_files_of_a_table(name: str) -> None:
    from nlp.practice import _TAKEN_FROM

    assert all(any(known.startswith(file) for known in _TAKEN_FROM) for file in ablation.WITHHELD[name])


def test_phrases_are_withheld_in_place() -> None:
    table = {"a": {"phrases": ["one", "two"]}, "n": 3, "list": ["three"]}
    ablation._blank(table)
    assert table == {"a": {"phrases": [ablation.NOTHING]}, "n": 3, "list": [ablation.NOTHING]}
    assert all(patterns(name) for name in ablation.PHRASES)
