"""The reading pipeline: spaCy with scispaCy's tokenizer and the components of ``nlp.pipes``, one ``Doc`` per document.

Each component declares what it needs and gives (spaCy's ``requires`` and ``assigns``); the pipeline is checked against that in the
tests. Components compute with ``match`` functions and write our own frozen values to extension attributes; ``nlp.bridge`` makes a ``Reading``.
"""

from __future__ import annotations

import warnings
from bisect import bisect_right
from functools import cache

import spacy
from spacy.language import Language
from spacy.tokens import Doc

from chartlight.labels import Assertion, EntityLabel, SectionKind
from chartlight.note import Span
from nlp import lexicon
from nlp.fold import words as folded_words
from nlp.pipes import assertion, blocks, document_kind, implicit, mentions, sections, sentences, times
from nlp.reading import Mention, StatusPhrase

EXTENSIONS = (
    "source",
    "sections",
    "sentences",
    "folded",
    "found",
    "mentions",
    "status",
    "blocks",
    "times",
    "document_kind",
)
MAX_CHARACTERS = 2_000_000
"""Longest text that is read; a note of this length is no note."""

_ENTITY = {label.value: label for label in EntityLabel}


@Language.component("chartlight_sections", assigns=["doc._.source", "doc._.sections"])
def _sections(doc: Doc) -> Doc:
    if doc._.source is None:
        # spaCy puts doc.text together from the tokens each time it is asked for: kept once
        doc._.source = doc.text
    doc._.sections = implicit.split(doc._.source, sections.match(doc._.source))
    return doc


@Language.component("chartlight_sentences", requires=["doc._.sections"], assigns=["doc._.sentences", "doc._.folded"])
def _sentences(doc: Doc) -> Doc:
    source = doc._.source
    doc._.sentences = sentences.match(source, doc._.sections)
    folded: list[str] = []
    places: list[Span] = []
    bounds: list[tuple[int, int]] = []
    for sentence in doc._.sentences:
        first = len(folded)
        for word, start, end in folded_words(source[sentence.span.start : sentence.span.end]):
            folded.append(word)
            places.append(Span(sentence.span.start + start, sentence.span.start + end))
        bounds.append((first, len(folded)))
    doc._.folded = (tuple(folded), tuple(places), tuple(bounds))
    return doc


@Language.component("chartlight_phrases", requires=["doc._.folded"], assigns=["doc._.found"])
def _phrases(doc: Doc) -> Doc:
    folded, places, bounds = doc._.folded
    source = doc._.source
    starts = [first for first, last in bounds if first < last]
    torn = [n + 1 for n in range(len(folded) - 1) if _is_torn(source, places, n)]
    barriers = [*starts, *torn]
    found = mentions.phrases().match(folded, barriers)
    doc._.found = tuple(mentions.with_sides(found, folded, barriers))
    return doc


_TEARS = frozenset('()[];:\n"?!')


def _is_torn(source: str, places: tuple[Span, ...], n: int) -> bool:
    """Whether a bracket, colon, semicolon or line end stands after word ``n``: no phrase goes on there ("drugs (rash)")."""
    start, end = places[n].end, places[n + 1].start
    return end > start and not _TEARS.isdisjoint(source[start:end])


@Language.component(
    "chartlight_mentions", requires=["doc._.found", "doc._.sentences", "doc._.sections"], assigns=["doc._.mentions"]
)
def _mentions(doc: Doc) -> Doc:
    folded, places, bounds = doc._.folded
    found, source = doc._.found, doc._.source
    out: list[Mention] = []
    at = 0
    for index, (first, last) in enumerate(bounds):
        while at < len(found) and found[at].start < first:
            at += 1
        inside = []
        n = at
        while n < len(found) and found[n].start < last:
            if found[n].end <= last:
                inside.append(found[n])
            n += 1
        if not inside:
            continue
        kind = doc._.sections[doc._.sentences[index].section].kind
        breaks = [k for k in range(first + 1, last) if ";" in source[places[k - 1].end : places[k].start]]
        near = assertion.cues(inside, folded, (first, last), breaks)
        named = [(_ENTITY[f.label], f.start, f.end, f.key) for f in inside if f.label in _ENTITY]
        named += [(EntityLabel.TEST, s, e, (item,)) for s, e, item in mentions.studies(inside, folded)]
        for label, start, end, key in _longest(named, prefer_problem=kind in _NAMING):
            said, cue = assertion.decide(start, end, near, kind)
            if (
                said is Assertion.NEGATED
                and cue is not None
                and any(other is EntityLabel.TEST and end <= s and e <= cue.start for other, s, e, _ in named)
            ):
                # "chest pain, troponin negative": the result is negative, not the problem
                said, cue = Assertion.PRESENT, None
            out.append(
                Mention(
                    label=label,
                    span=Span(places[start].start, places[end - 1].end),
                    key=key,
                    sentence=index,
                    words=(start, end),
                    assertion=said,
                    cue=Span(places[cue.start].start, places[cue.end - 1].end) if cue else None,
                )
            )
    doc._.mentions = tuple(out)
    return doc


@Language.component("chartlight_status", requires=["doc._.found", "doc._.folded"], assigns=["doc._.status"])
def _status(doc: Doc) -> Doc:
    _, places, bounds = doc._.folded
    found = [f for f in doc._.found if f.label.startswith("status:")]
    out: list[StatusPhrase] = []
    ends = [last for _, last in bounds]
    for n, f in enumerate(found):
        # "not well controlled" takes the place of "well controlled", "vitals stable" that of "stable"; only neighbours can overlap
        near = found[max(0, n - 12) : n + 13]
        if any(o.start <= f.start and f.end <= o.end and o.end - o.start > f.end - f.start for o in near):
            continue
        sentence = bisect_right(ends, f.start)
        if sentence < len(bounds) and f.end <= bounds[sentence][1]:
            span = Span(places[f.start].start, places[f.end - 1].end)
            out.append(StatusPhrase(group=f.label.partition(":")[2], span=span, sentence=sentence))
    doc._.status = tuple(out)
    return doc


Named = tuple[EntityLabel, int, int, tuple[str, ...]]


_NAMING = frozenset(
    {
        SectionKind.ASSESSMENT,
        SectionKind.ASSESSMENT_PLAN,
        SectionKind.DISCHARGE_DIAGNOSES,
        SectionKind.PAST_HISTORY,
        SectionKind.HISTORY,
        SectionKind.CHIEF_COMPLAINT,
        SectionKind.HEADER,
    }
)
"""Sections where a name that is both a disease and its test ("hepatitis C", "HIV") is the disease."""


def _longest(named: list[Named], *, prefer_problem: bool) -> list[Named]:
    """Of mentions that overlap, the longer one, whatever its kind; ties by the section: disease before test, or test first."""
    order = (EntityLabel.TEST, EntityLabel.DRUG, EntityLabel.PROBLEM, EntityLabel.PROCEDURE)
    if prefer_problem:
        order = (EntityLabel.PROBLEM, EntityLabel.TEST, EntityLabel.DRUG, EntityLabel.PROCEDURE)
    rank = {label: n for n, label in enumerate(order)}
    kept: list[Named] = []
    for item in sorted(named, key=lambda m: (-(m[2] - m[1]), rank.get(m[0], len(order)), m[1])):
        if item[0] in rank:
            clash = any(k[0] in rank and k[1] < item[2] and item[1] < k[2] for k in kept)
        else:
            clash = any(k[0] is item[0] and k[1] < item[2] and item[1] < k[2] for k in kept)
        if not clash:
            kept.append(item)
    return sorted(kept, key=lambda m: (m[1], m[2], m[0]))


@Language.component("chartlight_blocks", requires=["doc._.mentions", "doc._.sections"], assigns=["doc._.blocks"])
def _blocks(doc: Doc) -> Doc:
    naming = {m.sentence for m in doc._.mentions if m.label is EntityLabel.PROBLEM}
    bounds = doc._.folded[2]
    doc._.blocks = blocks.match(
        doc._.sections, doc._.sentences, naming.__contains__, lambda i: bounds[i][1] - bounds[i][0]
    )
    return doc


@Language.component("chartlight_times", requires=["doc._.sentences"], assigns=["doc._.times"])
def _times(doc: Doc) -> Doc:
    doc._.times = times.match(doc._.source, doc._.sections, doc._.sentences)
    return doc


@Language.component(
    "chartlight_document_kind", requires=["doc._.sections", "doc._.mentions"], assigns=["doc._.document_kind"]
)
def _document_kind(doc: Doc) -> Doc:
    doc._.document_kind = document_kind.match(doc._.source, doc._.sections, doc._.sentences, doc._.mentions)
    return doc


COMPONENTS = (
    "chartlight_sections",
    "chartlight_sentences",
    "chartlight_phrases",
    "chartlight_mentions",
    "chartlight_status",
    "chartlight_blocks",
    "chartlight_times",
    "chartlight_document_kind",
)


@cache
def pipeline() -> Language:
    """The pipeline of this process: blank English, scispaCy's tokenizer and abbreviation detector, our components."""
    with warnings.catch_warnings():
        # scispaCy's tokenizer expression nests a set ("[["); Python warns of a future meaning that does not concern it
        warnings.simplefilter("ignore", FutureWarning)
        from scispacy.abbreviation import AbbreviationDetector  # noqa: F401  (registers the component)
        from scispacy.custom_tokenizer import combined_rule_tokenizer

        nlp = spacy.blank("en")
        nlp.tokenizer = combined_rule_tokenizer(nlp)
    nlp.max_length = MAX_CHARACTERS
    for name in EXTENSIONS:
        if not Doc.has_extension(name):
            Doc.set_extension(name, default=None)
    nlp.add_pipe("abbreviation_detector")
    for name in COMPONENTS:
        nlp.add_pipe(name)
    return nlp


def warm_up() -> None:
    """Load tables and matcher now rather than with the first note."""
    pipeline()
    mentions.phrases()
    lexicon.category("I10")
