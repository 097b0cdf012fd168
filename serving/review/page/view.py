"""A visit to what the templates show: a pure function, tested without a browser and without a store."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field

from chartlight import Fact
from chartlight.labels import SetAsideReason
from serving import wording
from serving.review.page.difference import Line, difference
from serving.review.page.level import ELEMENTS, Card, card, kind_of, named_step
from serving.review.page.marks import Kind, Mark, Marks, Segment, Use, segments
from serving.review.page.suggestions import Suggestions, suggestions
from serving.review.page.visit import LEVEL, ShownDocument, ShownVisit
from serving.review.page.words import ASIDE_TAGS, ATTENTION, SEEN, name_of, nature_of

LONGEST_DIFFERENCE = 400_000
"""Characters of both versions together beyond which no difference is computed: it would keep the page waiting."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentView:
    """One document cut into segments; ``difference`` compares it with the version before."""

    number: int
    shown: ShownDocument
    segments: tuple[Segment, ...]
    difference: tuple[Line, ...] = ()
    is_read: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerRow:
    """One line of the data ledger."""

    item: str
    category: int
    credited: bool
    row: str
    reason: str
    facts: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AsideGroup:
    """What was set aside for one reason."""

    reason: str
    said: str
    items: tuple[tuple[str, str, str], ...] = field(repr=False)
    """Words, cue or explanation, and the name under which the marks are found."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionView:
    """An open question; ``about`` is the name under which its marks are found."""

    text: str = field(repr=False)
    about: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceRow:
    """One mark as a row of the table for screen readers."""

    mark: Mark
    words: str = field(repr=False)
    document: str = field(repr=False)
    number: int
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewView:
    """The whole page of one visit. ``marks_of`` gives the marks of a thing by its name, in reading order."""

    visit: ShownVisit
    documents: tuple[DocumentView, ...]
    marks: tuple[Mark, ...]
    marks_of: dict[str, str]
    card: Card | None
    suggestions: Suggestions | None
    ledger: tuple[LedgerRow, ...]
    aside: tuple[AsideGroup, ...]
    questions: tuple[QuestionView, ...]
    notes: tuple[str, ...]
    seen: tuple[tuple[str, str, str], ...]
    evidence: tuple[EvidenceRow, ...]
    attention: str

    @property
    def missing(self) -> tuple[str, ...]:
        """What must be done before the visit can be finalised; the person is told, and nothing is done for them."""
        if self.card is None or self.suggestions is None:
            return ("enter the level",)
        found = []
        if self.card.ruling is None:
            found.append("decide the level")
        if self.suggestions.open:
            many = f"{self.suggestions.open} diagnoses" if self.suggestions.open > 1 else "1 diagnosis"
            found.append(f"decide {many}")
        if self.suggestions.open_beside:
            count = self.suggestions.open_beside
            found.append(f"decide {count} add-ons or modifiers" if count > 1 else "decide 1 add-on or modifier")
        return tuple(found)


def review(visit: ShownVisit) -> ReviewView:
    """What the page of a visit shows; where the level is withheld, the note alone, without marks."""
    marks = Marks()
    if not visit.is_withheld:
        _gather(visit, marks)
    keys = [d.key for d in visit.documents]
    found = marks.in_order(keys)
    by_about: dict[str, list[str]] = {}
    for mark in found:
        for about in dict.fromkeys(use.about for use in mark.uses):
            by_about.setdefault(about, []).append(mark.id)
    hidden = visit.is_withheld
    return ReviewView(
        visit=visit,
        documents=tuple(_document(n, d, found, visit) for n, d in enumerate(visit.documents, 1)),
        marks=found,
        marks_of={about: " ".join(ids) for about, ids in by_about.items()},
        card=None if hidden else card(visit),
        suggestions=None if hidden else suggestions(visit),
        ledger=() if hidden else _ledger(visit),
        aside=() if hidden else tuple(_aside(visit)),
        questions=()
        if hidden
        else tuple(QuestionView(text=q.text, about=f"q{n}") for n, q in enumerate(visit.proposal.questions, 1)),
        notes=()
        if hidden
        else tuple(
            wording.warning(w) for w in dict.fromkeys([*visit.proposal.warnings, *visit.determination.warnings])
        ),
        seen=() if hidden else tuple((SEEN.get(s.kind, s.kind), s.item, f"s{n}") for n, s in enumerate(visit.seen, 1)),
        evidence=tuple(_evidence(found, visit.documents)),
        attention=ATTENTION.get(visit.attention or "", ""),
    )


def _gather(visit: ShownVisit, marks: Marks) -> None:
    """Every quotation of the page, with what it is used for."""
    trace = visit.determination.trace
    used: dict[str, list[str]] = {}
    for name, title, _, _ in ELEMENTS:
        step = named_step(trace, name)
        for id in step.facts if step else ():
            used.setdefault(id, []).append(name)
            used.setdefault(f"title {id}", []).append(title)
    time = named_step(trace, "time_on_date")
    timed = set(time.facts if time else ())
    for fact in visit.facts:
        elements = used.get(fact.id, [])
        kind = kind_of(fact)
        said = _fact_said(fact, used.get(f"title {fact.id}", []), fact.id in timed)
        for e in fact.evidence:
            marks.add(e.document, e.start, e.end, Use(kind, fact.id, said))
            if elements or fact.id in timed:
                marks.add(e.document, e.start, e.end, Use(kind, LEVEL, ""))
            for name in elements:
                marks.add(e.document, e.start, e.end, Use(kind, name, ""))
    for d in (*visit.proposal.diagnoses, *visit.proposal.more):
        for e in d.evidence:
            marks.add(e.document, e.start, e.end, Use(Kind.DIAGNOSIS, d.code, f"{d.code} {d.description}"))
    for n, aside in enumerate(visit.proposal.set_aside, 1):
        for place, e in enumerate(aside.evidence):
            tag = None if place else ASIDE_TAGS[aside.reason]
            said = f"Set aside: {wording.ASIDE[aside.reason]}"
            marks.add(e.document, e.start, e.end, Use(Kind.ASIDE, f"a{n}", said, tag))
    for n, question in enumerate(visit.proposal.questions, 1):
        for e in question.evidence:
            marks.add(e.document, e.start, e.end, Use(Kind.QUESTION, f"q{n}", "Open question"))
    for n, service in enumerate(visit.seen, 1):
        for e in service.evidence:
            marks.add(e.document, e.start, e.end, Use(Kind.SERVICE, f"s{n}", f"Seen, not proposed: {service.item}"))


def _fact_said(fact: Fact, titles: Sequence[str], is_timed: bool) -> str:
    head = (
        " and ".join(titles)
        if titles
        else ("Time" if is_timed else f"{kind_of(fact).definition.capitalize()}, not needed")
    )
    return f"{head}: {name_of(fact)} ({nature_of(fact)})"


def _document(number: int, shown: ShownDocument, marks: Sequence[Mark], visit: ShownVisit) -> DocumentView:
    mine = [m for m in marks if m.document == shown.key]
    lines: tuple[Line, ...] = ()
    if shown.previous is not None and len(shown.previous) + len(shown.text) <= LONGEST_DIFFERENCE:
        lines = difference(shown.previous, shown.text)
    is_left_out = shown.signed is False and any(d.signed is not False for d in visit.documents)
    return DocumentView(
        number=number, shown=shown, segments=segments(shown.text, mine), difference=lines, is_read=not is_left_out
    )


def _ledger(visit: ShownVisit) -> tuple[LedgerRow, ...]:
    return tuple(
        LedgerRow(item=e.item, category=e.category, credited=e.credited, row=e.row, reason=e.reason, facts=e.facts)
        for e in visit.determination.ledger
    )


def _aside(visit: ShownVisit) -> list[AsideGroup]:
    numbered = list(enumerate(visit.proposal.set_aside, 1))
    found = []
    for reason in SetAsideReason:
        mine = [(n, s) for n, s in numbered if s.reason is reason]
        if mine:
            items = tuple(
                (
                    s.evidence[0].quote if s.evidence else "",
                    s.because or (s.evidence[1].quote if len(s.evidence) > 1 else ""),
                    f"a{n}",
                )
                for n, s in mine
            )
            found.append(AsideGroup(reason=reason.value, said=wording.ASIDE[reason], items=items))
    return found


def _evidence(marks: Sequence[Mark], documents: Sequence[ShownDocument]) -> list[EvidenceRow]:
    by_key = {d.key: (n, d, _line_starts(d.text)) for n, d in enumerate(documents, 1)}
    rows = []
    for m in marks:
        number, document, starts = by_key[m.document]
        words = document.text[m.start : m.end]
        line = bisect_right(starts, m.start)
        rows.append(EvidenceRow(mark=m, words=words, document=document.name, number=number, line=line))
    return rows


def _line_starts(text: str) -> list[int]:
    return [0, *(found.end() for found in re.finditer("\n", text))]
