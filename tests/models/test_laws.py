"""What holds for every text: properties of ``propose``, over arbitrary text and over text that looks like notes. All notes are invented."""

from __future__ import annotations

import contextlib
import io
import json
import logging
import os
import subprocess
import sys
import tomllib
from datetime import date
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from chartlight import Diagnosis, Encounter, EncounterContext, Evidence, Note, Proposal
from chartlight.codec import decode, encode
from chartlight.encounter import Document
from chartlight.evidence import MAX_EVIDENCE, MAX_QUOTE
from chartlight.labels import PatientStatus, Setting, Stage
from chartlight.schema import folder

pytest.importorskip("spacy", reason="reading needs chartlight[run]")


from models.propose import Proposer, UnreadableNote, load
from rules.codesets.reader import open_release

ROOT = Path(__file__).parents[2]
CASES = ROOT / "tests" / "cases" / "proposals"
EXAMPLES = settings(max_examples=80)
TODAY = date(2026, 3, 2)

_HEADINGS = ("CC:", "HPI:", "PMH:", "Family history:", "ROS:", "Exam:", "Labs:", "ASSESSMENT:", "A/P:", "PLAN:", "Impression:", "DISCHARGE DIAGNOSES:", "## Plan", "PROCEDURE PERFORMED:", "")  # fmt: skip
_WORDS = (
    "hypertension", "type 2 diabetes", "left knee pain", "pneumonia", "COPD", "CKD stage 3b", "sepsis", "rash", "asthma", "headache", "breast lump", "UTI", "MI", "PE",
    "no evidence of", "denies", "possible", "rule out", "history of", "mother had", "return if", "at goal", "worse", "new", "not at goal", "resolved", "due to", "with", "versus",
    "continue lisinopril 10 mg", "start metformin", "increase", "stop", "CBC", "A1c 8.9", "chest X-ray", "BMP", "ibuprofen", "admit", "physical therapy", "DNR", "MRI of the right hip",
    "reviewed notes from Lakeside Hospital", "history from the daughter", "discussed with Dr. Roe", "total time 42 minutes", "I spent 15 minutes", "both", "right", "left",
    "and", ",", ";", ":", "-", "?", "1.", "2)", "•", "°", "½", "µg", "é", "e\u0301", "🩺", "\u200b", "\u00a0", "\t", "\r\n", "\x00", "\ufeff", "120/80", "10/6/2025", "___", "[ ]",
)  # fmt: skip

_lines = st.builds(
    lambda heading, words, end: f"{heading} {' '.join(words)}{end}",
    st.sampled_from(_HEADINGS),
    st.lists(st.sampled_from(_WORDS), max_size=9),
    st.sampled_from(("\n", ".\n", " ", "\r\n", "\n\n")),
)
note_like = st.lists(_lines, min_size=1, max_size=8).map("".join)
texts = st.one_of(note_like, note_like, note_like, st.text(st.characters(exclude_categories=["Cs"]), max_size=200))
contexts = st.builds(
    EncounterContext,
    date_of_service=st.none() | st.dates(date(2021, 1, 1), date(2026, 12, 31)),
    setting=st.none() | st.sampled_from(Setting),
    stage=st.none() | st.sampled_from(Stage),
    patient_status=st.none() | st.sampled_from(PatientStatus),
)
signatures = st.none() | st.booleans()
SEVERAL = "A note that holds a secret word: xylozyme. Assessment: Hypertension with xylozyme, worse. Plan: Start lisinopril, stop xylozyme."


@st.composite
def encounters(draw: st.DrawFn) -> Encounter:
    """Encounters of one to three documents with any context."""
    context = draw(contexts)
    if draw(st.integers(0, 3)):
        return Encounter.of(Note("n", draw(texts)), context)
    documents = draw(st.lists(st.tuples(texts, signatures), min_size=1, max_size=3))
    made = tuple(Document(note=Note(f"doc{n}", text), signed=signed) for n, (text, signed) in enumerate(documents))
    return Encounter(id="e", documents=made, context=context, is_single_text=False)


@pytest.fixture(scope="module")
def proposer() -> Proposer:
    load()
    return Proposer(today=lambda: TODAY)


def _propose(proposer: Proposer, encounter: Encounter) -> Proposal | None:
    """The proposal, None for a text that is refused; every other exception fails the test."""
    if any(not d.note.text.strip() for d in encounter.documents):
        with pytest.raises(UnreadableNote):
            proposer.propose(encounter)
        return None
    return proposer.propose(encounter)


def _all_evidence(p: Proposal) -> list[Evidence]:
    time = p.determination.time
    things: list[Any] = [*p.facts, *p.diagnoses, *p.more, *p.set_aside, *p.questions, *([time] if time else [])]
    return [e for thing in things for e in thing.evidence]


@EXAMPLES
@given(encounter=encounters())
@example(encounter=Encounter.of(Note("n", SEVERAL)))
def test_a_proposal_keeps_its_promises(encounter: Encounter, proposer: Proposer) -> None:
    p = _propose(proposer, encounter)
    if p is None:
        return
    texts = {(None if encounter.is_single_text else d.note.id): d.note.text for d in encounter.documents}

    # every quotation is verbatim, within the contract's lengths, from a document of the encounter
    for e in _all_evidence(p):
        assert texts[e.document][e.start : e.end] == e.quote
        assert 0 < len(e.quote) <= MAX_QUOTE
    for thing in (*p.facts, *p.diagnoses, *p.more):
        assert thing.evidence
        assert sum(len(e.quote) for e in thing.evidence) <= MAX_EVIDENCE
    assert all(a.evidence for a in p.set_aside)

    # ids are unique; the facts that diagnoses, items and questions name exist
    ids = [f.id for f in p.facts]
    assert len(ids) == len(set(ids))
    named = {i for d in (*p.diagnoses, *p.more) for i in d.facts}
    named |= {q.about for q in p.questions if q.about} | {f.counts_as for f in p.facts if getattr(f, "counts_as", None)}
    assert named <= set(ids)
    assert {i for entry in p.determination.ledger for i in entry.facts} <= set(ids)

    # codes are billable on the date, each once; ranks are 1 to n; nothing is likelier than certain
    assert p.context.date_of_service is not None
    catalogue = open_release(p.context.date_of_service)
    codes = [d.code for d in (*p.diagnoses, *p.more)]
    assert all(catalogue.is_billable(c) for c in codes)
    assert len(codes) == len(set(codes))
    for shown in (p.diagnoses, p.more):
        assert [d.rank for d in shown] == list(range(1, len(shown) + 1))
        assert all(0 <= d.confidence <= 1 for d in shown)
    assert not any(isinstance(f, Diagnosis) for f in p.facts)

    # nothing addressed means no code
    if not any(f.kind.value == "problem" and f.addressed for f in p.facts):  # type: ignore[union-attr]
        assert p.determination.code is None
        assert p.determination.mdm is None
        assert p.questions or p.determination.unsupported

    # over the wire and back
    data = json.loads(json.dumps(encode(p)))
    _validator().validate(data)
    data.pop("schema")
    assert encode(decode(Proposal, data)) == encode(p)


def _validator() -> Any:
    schema = json.loads((folder() / "proposal.v1.schema.json").read_text(encoding="utf-8"))
    return jsonschema.Draft202012Validator(schema)


@pytest.fixture(scope="module")
def other() -> Proposer:
    """A second proposer of the process, with an index of its own."""
    return Proposer(today=lambda: TODAY)


@EXAMPLES
@given(encounter=encounters())
def test_the_same_encounter_gives_the_same_proposal(encounter: Encounter, proposer: Proposer, other: Proposer) -> None:
    first = _propose(proposer, encounter)
    assert first == _propose(proposer, encounter)
    assert first == _propose(other, encounter)


_IN_A_PROCESS = (
    "import json, runpy, sys; json.dump(runpy.run_path(sys.argv[1])['of_cases'](json.load(sys.stdin)), sys.stdout)"
)


def of_cases(notes: list[str]) -> list[str]:
    """The proposals for the notes, one line of JSON each."""
    proposer = Proposer(today=lambda: TODAY)
    return [json.dumps(encode(proposer.propose(Encounter.of(Note(str(n), t))))) for n, t in enumerate(notes)]


def test_every_process_gives_the_same_proposal_and_prints_nothing() -> None:
    """The order of a set depends on the process's hash seed; a proposal must not."""
    tables = [tomllib.loads(path.read_text(encoding="utf-8")) for path in sorted(CASES.glob("*.toml"))]
    notes = [case["note"] for table in tables for case in table.values() if isinstance(case, dict) and "note" in case]
    seed = "2" if os.environ.get("PYTHONHASHSEED") == "1" else "1"  # this process has another one
    done = subprocess.run(
        [sys.executable, "-c", _IN_A_PROCESS, __file__],
        input=json.dumps(notes),
        env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert len(notes) > 100
    assert json.loads(done.stdout) == of_cases(notes), "or something else was printed"
    assert done.stderr == ""


SECRET = "xylozyme"


@EXAMPLES
@given(around=note_like)
def test_nothing_of_the_note_is_shown_printed_or_logged(around: str, proposer: Proposer) -> None:
    text = f"{around}\nAssessment: {SECRET} deficiency, worse; {SECRET}-induced asthma, new.\nPlan: Start {SECRET} 10 mg, {SECRET} level."
    seen: list[str] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            seen.append(self.format(record) + repr(record.args))

    root, keep = logging.getLogger(), Keep(level=1)
    before = root.level
    root.addHandler(keep)
    root.setLevel(1)
    printed = io.StringIO()
    try:
        with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
            p = proposer.propose(Encounter.of(Note("n", text), EncounterContext(date_of_service=TODAY)))
    finally:
        root.removeHandler(keep)
        root.setLevel(before)
    assert SECRET in " ".join(e.quote for e in _all_evidence(p)).lower(), "the proposal quotes it, so it could leak"
    shown = repr(p).lower()
    assert SECRET not in shown
    assert SECRET not in (printed.getvalue() + "".join(seen)).lower()


@pytest.mark.parametrize("text", ["", " ", "\n\t \r\n", "\u00a0"])
def test_an_empty_note_is_refused_by_name(text: str, proposer: Proposer) -> None:
    with pytest.raises(UnreadableNote, match="'n7' is empty"):
        proposer.propose(Encounter.of(Note("n7", text)))


def test_a_note_that_is_too_long_is_refused_without_its_words(proposer: Proposer) -> None:
    text = f"{SECRET} " * 260_000
    with pytest.raises(UnreadableNote, match="2340000 characters") as refused:
        proposer.propose(Encounter.of(Note("n8", text)))
    assert SECRET not in str(refused.value)


def test_a_note_of_one_endless_line_is_read(proposer: Proposer) -> None:
    p = proposer.propose(Encounter.of(Note("n", "Assessment: hypertension, worse, " * 1500)))
    assert [d.code for d in p.diagnoses] == ["I10"]


def test_half_a_character_is_refused(proposer: Proposer) -> None:
    """JSON may carry a lone surrogate; no file can, so nothing could be written back."""
    with pytest.raises(UnreadableNote, match="'n9' holds half a character"):
        proposer.propose(Encounter.of(Note("n9", "Assessment: hypertension \ud800, worse.")))


@pytest.mark.parametrize("text", ["x" * 30_000, "(" * 5_000, "1. " * 5_000, "\n" * 5_000 + "a"])
def test_texts_that_are_hard_to_read_are_read(text: str, proposer: Proposer) -> None:
    p = proposer.propose(Encounter.of(Note("n", text)))
    assert all(text[e.start : e.end] == e.quote for e in _all_evidence(p))
