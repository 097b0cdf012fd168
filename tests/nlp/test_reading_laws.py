"""What holds for every text, however odd: reading never raises, keeps every offset, and loses nothing.

The texts are drawn by Hypothesis; none is a note.
"""

from __future__ import annotations

import itertools
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from chartlight.note import Note

pytest.importorskip("spacy", reason="reading needs chartlight[run]")

from nlp.bridge import read
from nlp.fold import fold, fold_word, words
from nlp.pipes import circumstances, document_kind, sections, sentences, times

PIECES = (
    "ASSESSMENT:", "PLAN", "A/P:", "## Plan\n", "Imp:", "HPI: ", "FAMILY HISTORY:", "\n", "\r\n", "\r", "\t", " ", "\u00a0", "\u2028", "\x00", "\x0b",
    "1. ", "2) ", "- ", "• ", "(3) ", "#4", "Dr. ", "b.i.d. ", "140/90. ", "e.g. ", "no ", "denies ", "history of ", "?", "(-) ", "+", "-ve ",
    "if ", "mother had ", "likely ", "versus ", "but ", "fever", "chest pain", "hypertension", "CT of the abdomen", "metformin 500 mg", "; ", ", ", ". ",
    "I spent 42 minutes total on the date of this encounter. ", "9:00 to 9:42 ", "one and a half hours", "99999 minutes ", "half an hour ",
    "DOS: 03/02/2026", "62M", "___", "[ ]", "🩺", "👩‍⚕️", "e\u0301", "é", "Ménière's", "İ", "ß", "ﬁ", "\ud83d", "\udc00", "痛み", "ألم", "x" * 400, "x\n" * 40, " " * 400,
)  # fmt: skip
texts = st.one_of(
    st.lists(st.sampled_from(PIECES), max_size=30).map("".join),
    st.text(max_size=200),
    st.text(alphabet=st.characters(), max_size=80),
)
# spaCy keeps its strings in UTF-8, where a lone half of a surrogate pair has no place
encodable = texts.map(lambda text: re.sub("[\ud800-\udfff]", "\ufffd", text))


@given(texts)
@example("")
@example("PLAN:")
@example("\ud83d PLAN: fever\x00")
@example("PLAN: " + "no fever or " * 900)
def test_sections_are_gapless_and_in_order(text: str) -> None:
    found = sections.match(text)
    assert found[0].span.start == 0
    assert found[-1].span.end == len(text)
    assert all(a.span.end == b.span.start for a, b in itertools.pairwise(found))
    assert all(s.span.contains(s.body) and s.body.end == s.span.end for s in found)
    assert all(s.span.contains(s.heading) and s.heading.end <= s.body.start for s in found if s.heading)


@given(texts)
@example("PLAN: " + "no fever or " * 900)
@example("a" * 7000)
def test_sentences_lie_in_order_inside_their_sections(text: str) -> None:
    parts = sections.match(text)
    found = sentences.match(text, parts)
    assert all(a.span.end <= b.span.start for a, b in itertools.pairwise(found))
    for sentence in found:
        words_there = text[sentence.span.start : sentence.span.end]
        assert parts[sentence.section].body.contains(sentence.span)
        assert words_there == words_there.strip() != ""


@given(texts)
def test_no_letter_or_figure_of_a_body_is_lost(text: str) -> None:
    """What stands outside all sentences is a list marker, punctuation or nothing."""
    parts = sections.match(text)
    kept = {n for s in sentences.match(text, parts) for n in range(s.span.start, s.span.end)}
    for part in parts:
        left_out = "".join(text[n] if n not in kept else "\n" for n in range(part.body.start, part.body.end))
        for piece in left_out.split("\n"):
            bare = [c for c in piece.lower().replace("problem", "") if c.isalnum()]
            # "12." and "a)" are markers
            assert len(bare) <= 2 or not any(c.isalpha() for c in bare), "words left out"


@given(encodable)
@example("Assessment: hypertension. Plan: no fever\x00 but cough 👩‍⚕️.")
@example("I spent 42 minutes total on the date of this encounter.\r\nTotal time: 99999 minutes, 25 hours.")
def test_every_place_of_a_reading_slices_the_text_as_received(text: str) -> None:
    reading = read(Note("invented", text))
    assert reading.note.text == text
    for sentence, (first, last) in zip(reading.sentences, reading.sentence_words, strict=True):
        assert all(sentence.span.contains(place) for place in reading.places[first:last])
    for mention in reading.mentions:
        assert reading.sentences[mention.sentence].span.contains(mention.span)
        assert fold(reading.text_of(mention.span))
        if mention.cue is not None:
            assert reading.sentences[mention.sentence].span.contains(mention.cue)
    for block in reading.blocks:
        assert block.head == block.sentences[0]
    heard = [i for block in reading.blocks for i in block.sentences]
    assert len(heard) == len(set(heard))
    for spent in reading.times:
        assert 0 < spent.minutes <= 1440
        assert spent.span.end <= len(text)
        assert reading.text_of(spent.span).strip()
        assert any(c.isalnum() for c in reading.text_of(spent.span))
    assert all(place.end <= len(text) for place in reading.kind_evidence)


def test_a_lone_surrogate_is_read() -> None:
    reading = read(Note("invented", "Assessment: \ud83d hypertension."))
    assert [reading.text_of(m.span) for m in reading.mentions] == ["hypertension"]


@given(texts)
def test_times_of_a_text_agree_or_are_refused(text: str) -> None:
    """Never two different totals that count (TP-16)."""
    parts = sections.match(text)
    found = times.match(text, parts, sentences.match(text, parts))
    assert len({t.minutes for t in found if t.is_accepted and t.role.value == "total"}) <= 1


@given(texts)
def test_kind_and_circumstances_of_any_text(text: str) -> None:
    kind, evidence = document_kind.match(text, sections.match(text), (), ())
    assert len(evidence) <= 3
    assert all(place.end <= len(text) for place in evidence)
    found = circumstances.match(text)
    assert found.age is None or 0 <= found.age < 1000
    if not any(c.isalpha() for c in text):
        assert kind.value == "not_a_note"


@given(texts)
def test_folding_again_changes_nothing(text: str) -> None:
    for word, start, end in words(text):
        assert 0 <= start < end <= len(text)
        assert word == "".join(word.split())
        assert fold_word(word) == word


@given(st.text(alphabet="abceikmnoprstuyhæœ", min_size=1, max_size=12))
@example("haemophiliacs")
@example("aaemia")
@example("diseases")
@example("boxes")
@example("series")
def test_a_folded_word_is_folded(word: str) -> None:
    assert fold_word(fold_word(word)) == fold_word(word)


@given(st.lists(st.sampled_from(["fever", "cough", "nausea", "headache"]), min_size=1, max_size=6, unique=True))
def test_no_reaches_all_of_a_list(names: list[str]) -> None:
    reading = read(Note("invented", f"No {', '.join(names)}."))
    assert {m.assertion.value for m in reading.mentions if m.label.value == "problem"} == {"negated"}
