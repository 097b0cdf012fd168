"""What reading finds, as cases that a coder can write: ``tests/cases/reading/*.toml``; the table name is the test id.

Every file says ``invented = true``: its notes were made up for it. Unknown keys, expectations that cannot be read and markup that does not parse are
errors, because a case that tests nothing must not pass.

``assertion``     ``id = "No {negated:fever}, but {present:cough}."``: the problems at the marked words carry that assertion
``times``         ``id = ["note", "42 total accepted TP-01", ...]``: all statements of minutes, in order; ``approximate`` at the end if so
``sections``      ``note`` with ``sections = ["plan: first words of the body"]``, ``sentences = ["1| text of item one"]``, ``blocks = ["head"]``
``kind``          ``note`` with ``kind = "visit"``
``circumstances`` ``note`` with any of ``setting stage status date age sex``; ``"none"`` where the note must be silent
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from chartlight.labels import Assertion, DocumentKind, EntityLabel, SectionKind, TimeRole
from chartlight.note import Note

pytest.importorskip("spacy", reason="reading needs chartlight[run]")

from nlp.bridge import read
from nlp.pipes import circumstances, document_kind, sections, sentences, times

CASES = Path(__file__).parents[1] / "cases" / "reading"
SHAPES = ("assertion", "times", "sections", "kind", "circumstances")
_TIME = re.compile(rf"\d+ (?:{'|'.join(TimeRole)}) (?:accepted|refused) TP-\d\d(?: approximate)?")
_MARK = re.compile(r"\{(?P<label>[a-z]+):(?P<words>[^{}]+)\}")


def _cases(shape: str) -> list[Any]:
    """All cases of one shape: from every file whose ``shape`` says so."""
    found = []
    for path in sorted(CASES.glob("*.toml")):
        table = tomllib.loads(path.read_text(encoding="utf-8"))
        if table.pop("shape", None) != shape:
            continue
        assert table.pop("invented", False) is True, f"{path.name}: say that the notes are invented"
        if shape in ("assertion", "times"):
            rows = {f"{group}/{name}": case for group, cases in table.items() for name, case in cases.items()}
        else:
            rows = table
        found += [pytest.param(case, id=f"{path.stem}/{name}") for name, case in rows.items()]
    return found


def _only(case: dict[str, Any], *allowed: str) -> None:
    unknown = case.keys() - set(allowed)
    assert not unknown, f"unknown keys: {sorted(unknown)}"
    assert len(case) > 1, "a note and nothing expected of it"


def test_every_file_has_a_shape_that_is_tested() -> None:
    shapes = {p.stem: tomllib.loads(p.read_text(encoding="utf-8")).get("shape") for p in CASES.glob("*.toml")}
    # data and risk are cases of the models, read by tests/models
    others = {stem for stem, shape in shapes.items() if shape not in SHAPES} - {"data", "risk"}
    assert shapes
    assert not others


def unmark(marked: str) -> tuple[str, list[tuple[int, int, Assertion]]]:
    """The note without its markup, and the marked places with the assertion written there."""
    text, at, places = "", 0, []
    for mark in _MARK.finditer(marked):
        text += marked[at : mark.start()]
        places.append((len(text), len(text) + len(mark["words"]), Assertion(mark["label"])))
        text, at = text + mark["words"], mark.end()
    text += marked[at:]
    assert places, "nothing is marked"
    assert not re.search(r"[{}]", text), "markup that does not parse"
    return text, places


@pytest.mark.parametrize("case", _cases("assertion"))
def test_assertion(case: str) -> None:
    text, places = unmark(case)
    reading = read(Note("invented", text))
    problems = [m for m in reading.mentions if m.label is EntityLabel.PROBLEM]
    said = {
        (text[start:end], wanted.value): {
            m.assertion.value for m in problems if m.span.start < end and start < m.span.end
        }
        for start, end, wanted in places
    }
    assert said == {(words, wanted): {wanted} for words, wanted in said}


@pytest.mark.parametrize("case", _cases("times"))
def test_times(case: list[str]) -> None:
    note, *expected = case
    for line in expected:
        assert _TIME.fullmatch(line), "written as '42 total accepted TP-01'"
    parts = sections.match(note)
    found = times.match(note, parts, sentences.match(note, parts))
    assert [
        f"{t.minutes} {t.role.value} {'accepted' if t.is_accepted else 'refused'} {t.row}{' approximate' if t.is_approximate else ''}"
        for t in found
    ] == expected


@pytest.mark.parametrize("case", _cases("sections"))
def test_sections_sentences_and_blocks(case: dict[str, Any]) -> None:
    _only(case, "note", "sections", "sentences", "blocks")
    note = case["note"]
    parts = sections.match(note)
    if "sections" in case:
        for line in case["sections"]:
            SectionKind(line.partition(":")[0])
        found = [(s.kind.value, note[s.body.start : s.body.end].strip()) for s in parts]
        assert [kind for kind, _ in found] == [line.partition(":")[0] for line in case["sections"]]
        for (_, body), line in zip(found, case["sections"], strict=True):
            assert body.startswith(line.partition(": ")[2])
    if "sentences" in case:
        found = [(s.marker, note[s.span.start : s.span.end]) for s in sentences.match(note, parts)]
        assert [f"{marker}| {words}" if marker else words for marker, words in found] == case["sentences"]
    if "blocks" in case:
        reading = read(Note("invented", note))
        assert [reading.text_of(reading.sentences[b.head].span) for b in reading.blocks] == case["blocks"]


@pytest.mark.parametrize("case", _cases("kind"))
def test_kind(case: dict[str, Any]) -> None:
    _only(case, "note", "kind")
    kind, evidence = document_kind.match(case["note"], sections.match(case["note"]), (), ())
    assert kind is DocumentKind(case["kind"]), [case["note"][e.start : e.end] for e in evidence]


@pytest.mark.parametrize("case", _cases("circumstances"))
def test_circumstances(case: dict[str, Any]) -> None:
    _only(case, "note", "setting", "stage", "status", "date", "age", "sex")
    found = circumstances.match(case["note"])
    shown = {
        "setting": found.setting and found.setting.value,
        "stage": found.stage and found.stage.value,
        "status": found.status and found.status.value,
        "date": found.date_of_service and found.date_of_service.isoformat(),
        "age": found.age,
        "sex": found.sex and found.sex.value,
    }
    expected = {key: None if value == "none" else value for key, value in case.items() if key != "note"}
    assert {key: shown[key] for key in expected} == expected
