"""Laws of spans, quotations, facts, labels, proposals and decisions. The notes are invented."""

from __future__ import annotations

import dataclasses
from datetime import datetime
from enum import Enum

import pytest
from hypothesis import given
from hypothesis import strategies as st

import chartlight
from chartlight import (
    Determination,
    DiagnosisSuggestion,
    Encounter,
    Evidence,
    Note,
    Problem,
    Proposal,
    Ruling,
    Span,
    TimeStatement,
    Verdict,
    labels,
)
from chartlight.evidence import MAX_EVIDENCE, MAX_QUOTE
from chartlight.labels import Label, Level, RejectionReason
from chartlight.offsets import from_utf16, to_utf16
from tests.chartlight.strategies import spans

any_text = st.text(st.characters(exclude_categories=["Cs"]), max_size=80) | st.sampled_from(
    ["🩺 ok", "é", "e\u0301", "line\r\nline", "\ufeffbom", "\U0001f468\u200d\u2695\ufe0f"]
)


@st.composite
def note_and_span(draw: st.DrawFn, *, least: int = 0) -> tuple[Note, Span]:
    text = draw(any_text.filter(lambda t: len(t) >= least))
    start = draw(st.integers(0, len(text) - least))
    return Note("n1", text), Span(start, draw(st.integers(start + least, len(text))))


@given(spans(), spans())
def test_overlap_is_mutual_and_means_a_shared_character(a: Span, b: Span) -> None:
    shared = set(range(a.start, a.end)) & set(range(b.start, b.end))
    assert a.overlaps(b) == b.overlaps(a)
    if len(a) and len(b):
        assert a.overlaps(b) == bool(shared)


@given(spans(), spans(), spans())
def test_containing_is_an_order(a: Span, b: Span, c: Span) -> None:
    assert a.contains(a)
    if a.contains(b) and b.contains(a):
        assert a == b
    if a.contains(b) and b.contains(c):
        assert a.contains(c)


@given(st.integers(-5, 5), st.integers(-5, 5))
def test_a_span_is_within_reason_or_refused(start: int, end: int) -> None:
    if 0 <= start <= end:
        assert len(Span(start, end)) == end - start
    else:
        with pytest.raises(ValueError, match="a span needs"):
            Span(start, end)


@given(note_and_span(least=1))
def test_a_quotation_is_the_text_at_its_span(where: tuple[Note, Span]) -> None:
    note, span = where
    quoted = Evidence.of(note, span.start, span.end)
    assert quoted.quote == note.text[span.start : span.end]
    assert quoted.is_verbatim_in(note)
    assert not quoted.is_verbatim_in(Note("n2", note.text + "x")), "the digest pins the text"
    assert not Evidence(Span(span.start + 1, span.end + 1), quoted.quote).is_verbatim_in(
        Note("n3", quoted.quote[:0] + note.text[: span.end])
    )


@given(note_and_span())
def test_utf16_offsets_come_back(where: tuple[Note, Span]) -> None:
    note, span = where
    start, end = to_utf16(note.text, span)
    assert from_utf16(note.text, start, end) == span
    as_browser_sees_it = note.text.encode("utf-16-le")[2 * start : 2 * end].decode("utf-16-le")
    assert as_browser_sees_it == note.words(span)


def test_a_utf16_offset_inside_a_character_is_refused() -> None:
    with pytest.raises(ValueError, match="falls inside a character"):
        from_utf16("🩺", 0, 1)


@given(st.text("qxz", min_size=6, max_size=30))
def test_words_of_the_note_are_in_no_repr(words: str) -> None:
    note = Note("n1", words)
    quoted = Evidence.of(note, 0, len(words))
    problem = Problem(id="f1", name=words, evidence=(quoted,))
    encounter = Encounter.of(note)
    for thing in (note, quoted, problem, encounter):
        assert words not in repr(thing)
        assert words not in str(thing)


def test_a_span_beyond_the_note_is_refused_without_its_text() -> None:
    with pytest.raises(ValueError, match=r"^note 'n1' has 12 characters, span ends at 99$"):
        Note("n1", "Sore throat.").words(Span(0, 99))


def all_nouns() -> list[type]:
    things = [getattr(chartlight, name) for name in chartlight.__all__]
    return [t for t in things if isinstance(t, type) and dataclasses.is_dataclass(t)]


@pytest.mark.parametrize("noun", all_nouns(), ids=lambda t: t.__name__)
def test_every_noun_is_frozen_slotted_and_keyword_only_above_three_fields(noun: type) -> None:
    params = noun.__dataclass_params__
    assert params.frozen
    assert "__slots__" in vars(noun)
    own = dataclasses.fields(noun)
    if noun not in (Evidence, chartlight.Section, chartlight.Citation, chartlight.Mdm):
        # those four are written in the order in which one says them
        assert len(own) <= 3 or all(f.kw_only for f in own)


LABELS = [t for t in vars(labels).values() if isinstance(t, type) and issubclass(t, Label) and t is not Label]


@pytest.mark.parametrize("vocabulary", [*LABELS, Verdict], ids=lambda t: t.__name__)
def test_every_label_is_lower_case_and_defined(vocabulary: type[Label]) -> None:
    assert issubclass(vocabulary, Enum)
    for member in vocabulary:
        assert member.value == member.value.lower().replace(" ", "_")
        assert member.definition.strip()
        assert vocabulary(member.value) is member


@given(st.permutations(list(Level)))
def test_levels_have_one_order(levels: list[Level]) -> None:
    assert sorted(levels) == [Level.STRAIGHTFORWARD, Level.LOW, Level.MODERATE, Level.HIGH]


@given(st.sampled_from(Level), st.sampled_from(Level))
def test_levels_compare_as_their_ranks(a: Level, b: Level) -> None:
    assert (a < b, a <= b, a > b, a >= b) == (a.rank < b.rank, a.rank <= b.rank, a.rank > b.rank, a.rank >= b.rank)


@given(st.integers())
def test_minutes_are_those_of_one_day(minutes: int) -> None:
    if 0 <= minutes <= 1440:
        assert TimeStatement(id="t1", minutes=minutes).minutes == minutes
    else:
        with pytest.raises(ValueError, match="minutes of one date"):
            TimeStatement(id="t1", minutes=minutes)


@pytest.mark.parametrize("confidence", [-0.1, 1.1])
def test_confidence_is_a_probability(confidence: float) -> None:
    with pytest.raises(ValueError, match="probability from 0 to 1"):
        Problem(id="f1", confidence=confidence)


def proposal_with(*evidence: Evidence) -> Proposal:
    return Proposal(id="e1", determination=Determination(code=None), facts=(Problem(id="f1", evidence=evidence),))


LONG = Note("n1", "invented words " * 100)


def test_a_proposal_refuses_a_fact_without_words() -> None:
    with pytest.raises(ValueError, match="fact f1 has no evidence"):
        proposal_with()
    with pytest.raises(ValueError, match=r"diagnosis I10 has no evidence"):
        Proposal(
            id="e1",
            determination=Determination(code=None),
            diagnoses=(DiagnosisSuggestion(code="I10", description="", confidence=0.5, rank=1),),
        )


@given(st.lists(st.integers(1, 400), min_size=1, max_size=5))
def test_a_proposal_keeps_the_lengths_of_the_contract(lengths: list[int]) -> None:
    evidence = [Evidence.of(LONG, 0, n) for n in lengths]
    if max(lengths) <= MAX_QUOTE and sum(lengths) <= MAX_EVIDENCE:
        assert proposal_with(*evidence).facts[0].evidence == tuple(evidence)
    else:
        with pytest.raises(ValueError, match="is longer than") as raised:
            proposal_with(*evidence)
        assert "invented" not in str(raised.value)


@given(st.sampled_from(Verdict), st.none() | st.sampled_from(RejectionReason))
def test_a_rejection_and_only_a_rejection_gives_its_reason(verdict: Verdict, reason: RejectionReason | None) -> None:
    if (verdict is Verdict.REJECTED) == (reason is not None):
        assert Ruling(about="level", verdict=verdict, rejection=reason).verdict is verdict
    else:
        with pytest.raises(ValueError, match="gives its reason"):
            Ruling(about="level", verdict=verdict, rejection=reason)


def test_the_digest_is_that_of_the_text() -> None:
    assert Note("a", "x").digest == Note("b", "x").digest != Note("a", "y").digest
    assert Note("a", "\ud800").digest.startswith("sha256:")


def test_a_decision_knows_when_it_was_made() -> None:
    decision = chartlight.Decision(
        proposal="e1",
        decided_by="coder-1",
        decided_at=datetime(2026, 3, 2, 9),
        code=None,
        diagnoses=(),
        determination=Determination(code=None),
    )
    with pytest.raises(dataclasses.FrozenInstanceError):
        decision.code = "99214"  # type: ignore[misc]
