"""Headings of every shape - upper case, with a colon, alone on a line, inside a line, none - and the sections that they open."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from chartlight.labels import SectionKind
from chartlight.note import Section, Span
from nlp.fold import fold
from nlp.tables import patterns

_AT_LINE = re.compile(
    r"(?m)(?:^|(?<=\r))[ \t]{0,40}(?P<mark>[•*#>]{1,6}[ \t]{0,4}|\[)?"
    r"(?P<name>[A-Za-z][A-Za-z0-9 /&,'’()+\-]{0,70}?)[ \t]{0,40}(?:\*\*|\]|#{1,6})?[ \t]{0,4}(?P<end>:(?:\*\*)?|[-–—](?=\s)|(?=[\r\n]|\Z))"
)
"""A candidate at the start of a line: words, then a colon, a dash or the end of the line; Markdown's marks around them."""
_INSIDE = re.compile(r"(?<=[.;:!?)\]\s][ \t])(?P<name>[A-Z][A-Za-z /&]{1,45}):")
"""A candidate inside a line: capitalised words with a colon after the end of a sentence or two blanks."""


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading found: its kind, its place, and where what follows begins."""

    kind: SectionKind
    span: Span
    body_start: int
    is_subheading: bool = False


@cache
def _names() -> dict[tuple[str, ...], SectionKind]:
    table = patterns("headings")["sections"]
    return {fold(name): SectionKind(kind) for kind, names in table.items() for name in names}


@cache
def _inner() -> frozenset[tuple[str, ...]]:
    return frozenset(fold(name) for name in patterns("headings")["labels"]["inner"])


@cache
def _keywords() -> tuple[tuple[str, SectionKind], ...]:
    table = patterns("headings")["keywords"]
    return tuple((" ".join(fold(word)), SectionKind(kind)) for kind, words in table.items() for word in words)


@cache
def kind_of_heading(name: str) -> SectionKind | None:
    """The kind of section that a heading opens, None when the words are no known heading.

    >>> kind_of_heading("ASSESSMENT & PLAN").value
    'assessment_plan'
    >>> kind_of_heading("Congestive heart failure") is None
    True
    """
    words = fold(name)
    if not words or len(words) > 9:
        return None
    found = _names().get(words)
    if found is not None:
        return found
    if len(words) <= 6:
        line = " ".join(words)
        for keyword, kind in _keywords():
            if keyword in line:
                return kind
    return None


def is_inner_label(name: str) -> bool:
    """Whether the words introduce a part of one problem's discussion ("Medical Reasoning") and no section or problem."""
    return fold(name) in _inner()


_EXAM_PARTS = frozenset({SectionKind.EXAM, SectionKind.VITALS})
_LISTING = frozenset({SectionKind.EXAM, SectionKind.REVIEW_OF_SYSTEMS, SectionKind.VITALS, SectionKind.RESULTS})
_JUDGING = frozenset(
    {SectionKind.ASSESSMENT, SectionKind.PLAN, SectionKind.ASSESSMENT_PLAN, SectionKind.DISCHARGE_DIAGNOSES}
)


def _is_heading_form(name: str, end: str, alone: bool, kind: SectionKind) -> bool:
    """Whether the words look like a heading, not like the beginning of a sentence that happens to fit the table."""
    letters = sum(c.isalpha() for c in name)
    if letters == 1:
        return end == ":"
    if name.isupper():
        return True
    if end == ":":
        return name[0].isupper() or len(name) <= 4
    # Title case or one capitalised phrase alone on its line; a dash needs upper case or a judging section
    if alone:
        return name[0].isupper() and len(name.split()) <= 6
    return name[0].isupper() and (kind in _JUDGING or len(name) <= 4)


def _may_be_marked(mark: str, name: str, kind: SectionKind) -> bool:
    """Whether a mark before the name leaves it a heading: Markdown's do, a bullet only before parts of an examination."""
    if mark in ("", "["):
        return True
    if mark.startswith("#") or mark == "**":
        return not is_inner_label(name)
    return kind in _LISTING


def _candidates(text: str) -> list[Heading]:
    found: list[Heading] = []
    for match in _AT_LINE.finditer(text):
        name, end = match["name"].strip(), match["end"][:1]
        kind = kind_of_heading(name)
        if kind is None or not _is_heading_form(name, end, end == "", kind):
            continue
        start = match.start("name")
        if not _may_be_marked((match["mark"] or "").strip(), name, kind):
            continue
        found.append(Heading(kind, Span(start, match.start("name") + len(match["name"].rstrip())), match.end()))
    taken = {place for h in found for place in range(h.span.start, h.span.end)}
    for match in _INSIDE.finditer(text):
        name = match["name"].strip()
        kind = kind_of_heading(name)
        span = Span(match.start("name"), match.start("name") + len(name))
        if kind is None or span.start in taken or fold(name) not in _names():
            continue
        # inside a line only upper case, or the judging headings in title case, are trusted
        if (name.isupper() and len(name) > 2) or (kind in _JUDGING and name[0].isupper() and len(name) > 3):
            found.append(Heading(kind, span, match.end()))
    return sorted(found, key=lambda h: h.span.start)


def match(text: str) -> tuple[Section, ...]:
    """The sections of a text, in order and without gaps; what stands before the first heading is ``header``.

    Part headings of an examination ("ABDOMEN:") stay in the examination; labels inside a plan ("Medications:" under a
    numbered problem, "Medical Reasoning:") open no section.

    >>> [s.kind.value for s in match("CC: cough\\nAssessment: Bronchitis. PLAN: Rest.")]
    ['chief_complaint', 'assessment', 'plan']
    """
    sections: list[Section] = []
    current: Heading | None = None
    start = 0
    kept: list[Heading] = []
    for heading in _candidates(text):
        name = text[heading.span.start : heading.span.end]
        if current is not None:
            if current.kind in _JUDGING and is_inner_label(name) and not name.isupper():
                continue
            if current.kind in _EXAM_PARTS | {SectionKind.REVIEW_OF_SYSTEMS} and heading.kind in _EXAM_PARTS:
                # parts of the examination or of the review of systems; a real change needs the examination's own name
                is_part = fold(name) not in _EXAM_OPENERS
                if is_part or current.kind is heading.kind:
                    continue
            if current.kind in _JUDGING and heading.kind in _EXAM_PARTS and fold(name) not in _EXAM_OPENERS:
                continue
        kept.append(heading)
        current = heading
    for n, heading in enumerate(kept):
        if n == 0 and heading.span.start > 0:
            sections.append(Section(SectionKind.HEADER, Span(0, heading.span.start), Span(0, heading.span.start)))
        end = kept[n + 1].span.start if n + 1 < len(kept) else len(text)
        sections.append(
            Section(heading.kind, Span(heading.span.start, end), Span(min(heading.body_start, end), end), heading.span)
        )
    if not sections:
        sections.append(Section(SectionKind.HEADER, Span(start, len(text)), Span(start, len(text))))
    return tuple(sections)


_EXAM_OPENERS = frozenset(
    fold(name)
    for name in (
        "physical examination", "physical exam", "pe", "exam", "examination", "objective", "o", "o/e", "on examination",
        "vital signs", "vitals", "vs", "physical", "physical findings", "mental status examination", "mental status exam",
        "focused exam", "limited exam", "clinical examination", "examination findings", "exam findings",
    )
)  # fmt: skip
