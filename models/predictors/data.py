"""Data items: tests ordered and reviewed, outside notes, historians, interpretations, discussions.

Idea: the test table says what a name is and to which panel it belongs; the section and the words around it in the sentence say whether its result was
looked at or the test was asked for. One fact for each unique thing and kind, with the quotations that say it; a thing both reviewed and ordered
gives two facts that count once (D-06). Needs: a reading. Gives: ``DataItem`` facts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from chartlight import DataItem, Source, Span
from chartlight.labels import Assertion, DataNature, EntityLabel, SectionKind, SourceKind
from models.predictors.evidence import quote
from nlp import lexicon
from nlp.groups import group
from nlp.reading import Mention, Reading

S = SectionKind
SOURCE = Source(SourceKind.PATTERN, "data", "1")
_PLANNING = frozenset({S.PLAN, S.ASSESSMENT_PLAN, S.INSTRUCTIONS})
_JUDGING = frozenset({S.ASSESSMENT, S.DISCHARGE_DIAGNOSES})
_NEVER = frozenset({S.VITALS, S.FAMILY_HISTORY, S.SOCIAL_HISTORY, S.MEDICATIONS, S.ALLERGIES, S.REVIEW_OF_SYSTEMS, S.SURGICAL_HISTORY, S.ATTESTATION})  # fmt: skip
_PAST = frozenset({S.PAST_HISTORY})
_VALUE = re.compile(r"^[^.;\n]{0,25}?(?:\d|normal|negative|positive|unremarkable|elevated|within|clear|pending)", re.I)
_FUTURE = re.compile(r"\b(?:next|return|follow[- ]?up|in \w+ (?:days?|weeks?|months?|years?)|future)\b", re.I)
_AGE = re.compile(r"\b(\d{1,3}|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)[- ](year|month|week|day)s?[- ]?(?:old|of age)|\b(\d{1,2}) ?(?:y/?o|yo)\b", re.I)  # fmt: skip
_ADULT_YEARS = 18


@dataclass(frozen=True, slots=True)
class _Test:
    mention: Mention
    item: str
    nature: DataNature


def item_of(mention: Mention) -> tuple[str, lexicon.TestName | None]:
    """The unique thing that a test mention is: the panel that holds it, else itself (D-05, D-22)."""
    known = lexicon.tests().get(mention.key)
    if known is None and len(mention.key) == 1:
        from nlp.fold import fold

        known = lexicon.tests().get(fold(mention.key[0]))
        if known is None:
            return mention.key[0], None
    if known is None:
        return " ".join(mention.key), None
    return known.panel or known.item, known


def find(reading: Reading) -> list[DataItem]:
    """The data items of one document, tests first, in order of the note."""
    grouped: dict[tuple[str, DataNature], list[Span]] = {}
    for test in _tests(reading):
        grouped.setdefault((test.item, test.nature), []).append(test.mention.span)
    out: list[DataItem] = []
    first: dict[str, str] = {}
    for (item, nature), spans in grouped.items():
        id = f"d{len(out) + 1}"
        first.setdefault(item, id)
        out.append(
            DataItem(
                id=id,
                nature=nature,
                item=item,
                counts_as=first[item],
                evidence=quote(reading.note, spans),
                source=SOURCE,
                confidence=0.7,
            )
        )
    for nature, item, span in (*_historian(reading), *_interpretations(reading), *_discussions(reading), *_notes(reading)):
        id = f"d{len(out) + 1}"
        out.append(
            DataItem(
                id=id,
                nature=nature,
                item=item,
                counts_as=id,
                evidence=quote(reading.note, [span]),
                source=SOURCE,
                confidence=0.6,
            )
        )
    return out


def _tests(reading: Reading) -> Iterator[_Test]:
    for m in reading.mentions:
        if m.label is not EntityLabel.TEST:
            continue
        item, known = item_of(m)
        if known is not None and not known.counts:
            continue
        nature = _nature(reading, m, known)
        if nature is not None:
            yield _Test(m, item, nature)


def _nature(reading: Reading, m: Mention, known: lexicon.TestName | None) -> DataNature | None:
    """Ordered, reviewed or neither, by section and the words around the name."""
    kind = reading.kind_of(m.sentence)
    if kind in _NEVER:
        return None
    if kind is S.EXAM and not (known is None or known.kind in ("imaging", "physiological")):
        return None
    sentence = reading.sentences[m.sentence].span
    text = reading.text_of(sentence)
    at, end = m.span.start - sentence.start, m.span.end - sentence.start
    before, after = text[:at], text[end:]
    if m.assertion is Assertion.NEGATED and m.cue is not None and m.cue.end <= m.span.start:
        return None
    if m.assertion is Assertion.FAMILY:
        return None
    ordered = bool(group("data_phrases", "ordered").search(before) or group("data_phrases", "ordered_after").match(after.lstrip()))
    resulted = bool(
        group("data_phrases", "reviewed_after").match(after.lstrip(" ,")) or _VALUE.match(after)
    )
    reviewed = resulted or bool(group("data_phrases", "reviewed").search(before))
    conditional = bool(
        group("data_phrases", "planned_conditional").search(before)
        or group("data_phrases", "planned_conditional_after").search(after)
        or group("data_phrases", "not_ordered").search(before)
    )
    if kind in _PLANNING or kind in _JUDGING:
        if reviewed and not ordered:
            return DataNature.TEST_REVIEWED
        if conditional:
            return None
        if ordered or kind in (S.PLAN, S.ASSESSMENT_PLAN) and not reviewed:
            weak = group("data_phrases", "reviewed_weak").search(before[-30:])
            return DataNature.TEST_REVIEWED if weak and not ordered else DataNature.TEST_ORDERED
        return None
    if kind is S.RESULTS:
        return DataNature.TEST_REVIEWED
    if kind in _PAST:
        return DataNature.TEST_REVIEWED if resulted and known is not None and known.kind != "laboratory" else None
    if ordered and not reviewed and kind is S.HOSPITAL_COURSE:
        return DataNature.TEST_REVIEWED
    if reviewed:
        return DataNature.TEST_REVIEWED
    if kind is S.EXAM and resulted:
        return DataNature.TEST_REVIEWED
    return None


def is_child(reading: Reading) -> bool:
    """Whether the first age that the note states is below eighteen years."""
    match = _AGE.search(reading.note.text[:3000])
    if not match:
        return False
    if match[3]:
        return int(match[3]) < _ADULT_YEARS
    if match[2].lower() != "year":
        return True
    number = match[1].lower()
    if not number.isdigit():
        return True
    return int(number) < _ADULT_YEARS


_SAYING = re.compile(
    r"\b(?:mother|mom|mum|father|dad|parents?|grandmother|grandfather|guardian|wife|husband|daughter|son|caregiver|sister|brother)\s+"
    r"(?:also\s+)?(?:states?|stated|reports?|reported|says|said|notes|noted|denies|denied|describes|described|feels|thinks|believes|relates|noticed|is concerned|gives|brought|brings|complains|mentions)\b",
    re.I,
)

_Item = tuple[DataNature, str, Span]


def _historian(reading: Reading) -> Iterator[_Item]:
    """History from someone else because the patient cannot give it (D-12): stated as the source, or a child's parent telling it."""
    text = reading.note.text
    reason = is_child(reading) or group("data_phrases", "historian_reason").search(text) is not None
    for index, sentence in enumerate(reading.sentences):
        if reading.kind_of(index) in (S.FAMILY_HISTORY, S.PLAN, S.INSTRUCTIONS):
            continue
        words = reading.text_of(sentence.span)
        match = group("data_phrases", "historian").search(words)
        if match is None and reason:
            match = _SAYING.search(words)
        elif match is not None and not reason and group("data_phrases", "historian_not").search(words):
            match = None
        if match is not None:
            start = sentence.span.start
            yield DataNature.INDEPENDENT_HISTORIAN, "historian", Span(start + match.start(), start + match.end())
            return


def _interpretations(reading: Reading) -> Iterator[_Item]:
    seen: set[str] = set()
    for index, sentence in enumerate(reading.sentences):
        words = reading.text_of(sentence.span)
        match = group("data_phrases", "independent_interpretation").search(words)
        if match is None or group("data_phrases", "independent_interpretation_not").search(words):
            continue
        tests = [m for m in reading.mentions_in(index, EntityLabel.TEST)]
        item = item_of(tests[0])[0] if tests else "study"
        if item not in seen:
            seen.add(item)
            start = sentence.span.start
            yield DataNature.INDEPENDENT_INTERPRETATION, item, Span(start + match.start(), start + match.end())


def _discussions(reading: Reading) -> Iterator[_Item]:
    for index, sentence in enumerate(reading.sentences):
        if reading.kind_of(index) in (S.PAST_HISTORY, S.FAMILY_HISTORY):
            continue
        words = reading.text_of(sentence.span)
        match = group("data_phrases", "external_discussion").search(words)
        if match is None or group("data_phrases", "external_discussion_not").search(words):
            continue
        start = sentence.span.start
        yield DataNature.EXTERNAL_DISCUSSION, "discussion", Span(start + match.start(), start + match.end())
        return


def _notes(reading: Reading) -> Iterator[_Item]:
    seen: set[str] = set()
    for index, sentence in enumerate(reading.sentences):
        words = reading.text_of(sentence.span)
        match = group("data_phrases", "external_note").search(words)
        if match is None or group("data_phrases", "external_note_not").search(words):
            continue
        sources: Sequence[str] = [lexicon.documents()[m.key].item for m in reading.mentions_in(index, EntityLabel.DOCUMENT)]
        item = sources[0] if sources else "outside record"
        if item not in seen:
            seen.add(item)
            start = sentence.span.start
            yield DataNature.EXTERNAL_NOTE, item, Span(start + match.start(), start + match.end())
