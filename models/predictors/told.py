"""Data other than tests: who told the history, what the author saw with own eyes, talks with other clinicians, papers from outside.

Idea: a phrase of each kind, with the person, study or paper that must stand beside it; look-alikes cancel it (D-10 to D-18).
Needs: a view of a reading. Gives: ``Item`` values, one for each unique source.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from chartlight import Span
from chartlight.labels import DataNature, EntityLabel, SectionKind
from models.predictors.test_items import Named, join, named
from models.predictors.view import View
from nlp import lexicon
from nlp.groups import lower_group
from nlp.reading import Mention

S, N = SectionKind, DataNature
_RELATIVES = frozenset({"family", "caregiver", "guardian", "witness", "staff"})
_AGE = re.compile(
    r"\b(\d{1,3}|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)(?:[ -]and[ -]a[ -]half)?[ -]?(year|month|week|day)s?[ -]?(?:old|of age)\b|"
    r"\b(\d{1,2}) ?(?:y/?o|yo)\b|\b(?:newborn|neonate|infant)\b"
)
_AGE_IN = 3000
_ADULT_YEARS = 18
_TELLS = re.compile(
    r"^(?:,? (?:who|also|both|then|again|does|do|has|have|had|is|was|are|were|did|not|no|any|currently))*\s*"
    r"(?:states?|stat(?:ed|ing)|reports?|report(?:ed|ing)|says|said|not(?:es|ed)|denies|den(?:y|ied)|describe[sd]?|feels?|felt|thinks?|thought|believe[sd]?|relate[sd]?|"
    r"notice[sd]?|concern(?:ed|s)?|gives?|gave|brought|brings?|complain(?:s|ed)|mention(?:s|ed)|tells?|told|admits?|admitted|provide[sd]?|explain(?:s|ed)|wants?|worr(?:y|ied)|"
    r"indicate[sd]?|recalls?|observed|saw|seen|found|giving|tried)\b"
)
_STUDY = re.compile(
    r"\b(?:x-?rays?|radiographs?|films?|images?|imaging|ct|mri|cxr|ekg|ecg|tracings?|echo\w*|ultrasound|angiogram|scans?|views|study|studies|slides?|strips?)\b"
)
_SEEN = re.compile(
    r"\b(?:(?:independent(?:ly)?|personal(?:ly)?)[ ,]|by (?:me|my|myself)\b|my (?:own |independent |personal |preliminary |initial )*(?:read|reading|interpretation|review|observation|over-?read)|"
    r"i (?:interpret|see |do not see|appreciate|agree with)|wet read|myself)"
)
_CALLS = frozenset(
    [
        "discuss",
        "discussed",
        "discussion",
        "spoke",
        "spoken",
        "speaking",
        "talked",
        "conferred",
        "consulted",
        "consultation",
        "curbside",
        "curbsided",
        "called",
        "phoned",
        "telephoned",
        "paged",
        "contacted",
        "messaged",
        "texted",
        "rang",
        "telephone",
        "phone",
        "peer",
        "chat",
        "chatted",
        "consult",
        "econsult",
        "coordinated",
        "multidisciplinary",
        "multi",
        "mdt",
        "tumor",
        "interdisciplinary",
        "accepted",
        "agree",
        "agreed",
        "concur",
        "concurred",
        "recommended",
        "recommend",
        "d",
        "staffed",
        "reached",
    ]
)
_PAPERS = frozenset(
    [
        "record",
        "note",
        "letter",
        "report",
        "chart",
        "summary",
        "paper",
        "paperwork",
        "documentation",
        "correspondence",
        "document",
        "packet",
        "mar",
        "sheet",
        "everywhere",
        "hie",
        "carequality",
    ]
)


@dataclass(frozen=True, slots=True)
class Item:
    """A data item that is no test, with the words that say it."""

    nature: DataNature
    item: str
    spans: tuple[Span, ...]


_NAME = re.compile(r"\.?\s[a-z]+\b")
_PATIENTS = frozenset({"child", "baby", "infant", "kid", "newborn"})


def is_child(view: View) -> bool:
    """Whether the first age that the note states is below eighteen years."""
    match = _AGE.search(view.text[:_AGE_IN])
    if not match:
        return False
    number = match[1] or match[3]
    if number is None or (match[2] and match[2] != "year") or not number.isdigit():
        return True
    return int(number) < _ADULT_YEARS


def historian(view: View) -> Iterator[Item]:
    """History from someone else because the patient cannot give it (D-12): named as the source, or a child's relative who tells it."""
    reading = view.reading
    child = is_child(view)
    reason = child or lower_group("data_phrases", "historian_reason").search(view.text) is not None
    people = _people(view)
    found: list[Span] = []
    for index in sorted(people):
        kind = reading.kind_of(index)
        if kind in (S.FAMILY_HISTORY, S.INSTRUCTIONS, S.PLAN, S.VITALS, S.EXAM, S.RESULTS, S.MEDICATIONS):
            continue
        words = view.sentence(index)
        match = lower_group("data_phrases", "historian").search(words)
        if match is not None and (reason or not lower_group("data_phrases", "historian_not").search(words)):
            found.append(view.place(index, match.start(), match.end()))
            continue
        if not reason:
            continue
        for m in people[index]:
            tells = _TELLS.match(view.after(m))
            if tells:
                found.append(Span(m.span.start, m.span.end + tells.end()))
                break
    if found:
        yield Item(N.INDEPENDENT_HISTORIAN, "historian", tuple(found[:4]))


def _people(view: View) -> dict[int, list[Mention]]:
    out: dict[int, list[Mention]] = {}
    for m in view.reading.mentions:
        if m.label is EntityLabel.PERSON and lexicon.people()[m.key].kind in _RELATIVES and _PATIENTS.isdisjoint(m.key):
            out.setdefault(m.sentence, []).append(m)
    return out


def interpretations(view: View) -> Iterator[Item]:
    """Studies done or reported elsewhere that the author saw with own eyes (D-14)."""
    reading = view.reading
    seen: set[str] = set()
    tests: list[Named] | None = None
    for index in range(len(reading.sentences)):
        words = view.sentence(index)
        if not _SEEN.search(words):
            continue
        match = lower_group("data_phrases", "independent_interpretation").search(words) or _SEEN.search(words)
        if (
            match is None
            or not _STUDY.search(words)
            or lower_group("data_phrases", "independent_interpretation_not").search(words)
        ):
            continue
        if tests is None:
            tests = [t for t in join(named(view)) if t.kind in ("imaging", "physiological")]
        here = [t for t in tests if t.mention.sentence == index] or [t for t in tests if t.mention.sentence < index][
            -1:
        ]
        item = here[0].item if here else "study"
        if item not in seen:
            seen.add(item)
            place = view.place(index, match.start(), match.end())
            spans = (
                place,
                *(t.mention.span for t in here if t.mention.sentence == index and not t.mention.span.overlaps(place)),
            )
            yield Item(N.INDEPENDENT_INTERPRETATION, item, spans)


def discussions(view: View) -> Iterator[Item]:
    """Talks with other clinicians or appropriate sources, one for each named person; the rules count one (D-16)."""
    found: dict[str, Span] = {}
    for index in _sentences_with(view, _CALLS):
        if view.reading.kind_of(index) in (S.PAST_HISTORY, S.FAMILY_HISTORY):
            continue
        words = view.sentence(index)
        match = lower_group("data_phrases", "external_discussion").search(words)
        if match is not None and not lower_group("data_phrases", "external_discussion_not").search(words):
            # "Dr. X": whoever follows the title; else the words themselves
            name = _NAME.match(words, match.end()) if match.group().endswith(("dr", "dr.")) else None
            end = name.end() if name else match.end()
            found.setdefault(f"dr. {name.group().strip('. ')}" if name else "", view.place(index, match.start(), end))
    for name_of, span in found.items():
        yield Item(N.EXTERNAL_DISCUSSION, name_of or "discussion", (span,))


def notes(view: View) -> Iterator[Item]:
    """Papers from outside that were read, one item for each source (D-10, D-11)."""
    found: dict[str, list[Span]] = {}
    for index in _sentences_with(view, _PAPERS):
        words = view.sentence(index)
        match = lower_group("data_phrases", "external_note").search(words)
        if match is None or lower_group("data_phrases", "external_note_not").search(words):
            continue
        sources = [lexicon.documents()[m.key] for m in view.reading.mentions_in(index, EntityLabel.DOCUMENT)]
        if sources and all(source.external == "no" for source in sources):
            continue
        found.setdefault(sources[0].item if sources else "outside record", []).append(
            view.place(index, match.start(), match.end())
        )
    for item, spans in found.items():
        yield Item(N.EXTERNAL_NOTE, item, tuple(spans[:3]))


def _sentences_with(view: View, words: frozenset[str]) -> Iterator[int]:
    for index in range(len(view.reading.sentences)):
        if not words.isdisjoint(view.reading.words_of(index)):
            yield index
