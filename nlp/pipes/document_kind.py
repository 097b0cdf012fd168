"""What kind of text this is: a visit, a discharge, or one that earns no E/M code (operative note, test report, instructions, form).

Idea: each kind has its marks - headings and turns of phrase - and a visit has its own; a kind is taken when its marks are many enough and outweigh those of
a visit. Doubt means visit: a wrong refusal hides work from the coder, a wrong visit is seen at once. Needs: sections. Gives: a kind with the words that say so.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from chartlight.labels import DocumentKind, SectionKind
from chartlight.note import Section, Span
from nlp.reading import Mention, Sentence
from nlp.tables import patterns

_KINDS = (
    DocumentKind.OPERATIVE_NOTE,
    DocumentKind.TEST_REPORT,
    DocumentKind.DISCHARGE_SUMMARY,
    DocumentKind.INSTRUCTIONS,
)
_VISIT_PARTS = frozenset(
    {
        SectionKind.HISTORY,
        SectionKind.EXAM,
        SectionKind.REVIEW_OF_SYSTEMS,
        SectionKind.PLAN,
        SectionKind.ASSESSMENT_PLAN,
    }
)
_DECIDING = frozenset({SectionKind.PLAN, SectionKind.ASSESSMENT_PLAN})
_TOLD = frozenset({SectionKind.HISTORY, SectionKind.EXAM, SectionKind.ASSESSMENT, SectionKind.ASSESSMENT_PLAN})
_FEWEST_LETTERS = 12


@cache
def _headings(kind: str) -> re.Pattern[str]:
    names = "|".join(patterns("document_kind")[kind]["headings"])
    return re.compile(rf"(?:^|(?<=[.\n]))[ \t]*(?P<name>{names})[ \t]*(?::|$)", re.I | re.M)


@cache
def _words(kind: str) -> re.Pattern[str]:
    return re.compile(r"(?<!\w)(?:" + "|".join(patterns("document_kind")[kind]["words"]) + r")", re.I)


@cache
def _other_problem() -> re.Pattern[str]:
    return re.compile(r"(?<!\w)(?:" + "|".join(patterns("document_kind")["postoperative_visit"]["unless"]) + r")", re.I)


@cache
def _blanks() -> re.Pattern[str]:
    return re.compile("|".join(patterns("document_kind")["template"]["blanks"]))


def _marks(kind: str, text: str) -> dict[str, Span]:
    """Different marks of a kind with the first place of each."""
    found: dict[str, Span] = {}
    for match in _headings(kind).finditer(text):
        found.setdefault(match["name"].lower(), Span(match.start("name"), match.end("name")))
    for match in _words(kind).finditer(text):
        found.setdefault("words:" + match.group().lower()[:24], Span(match.start(), match.end()))
    return found


def _is_examined(visit: dict[str, Span], kinds: set[SectionKind]) -> bool:
    """Whether a text that lists studies tells a visit: an examined patient, or a reason for the visit and something decided."""
    has_reason = SectionKind.CHIEF_COMPLAINT in kinds and bool(kinds & _DECIDING)
    return has_reason or any(name.startswith("physical exam") for name in visit)


def match(
    text: str, sections: Sequence[Section], sentences: Sequence[Sentence], mentions: Sequence[Mention]
) -> tuple[DocumentKind, tuple[Span, ...]]:
    """The kind of the document and up to three places that say so.

    >>> match(
    ...     "PREOPERATIVE DIAGNOSIS: Hernia.\\nANESTHESIA: General.\\nESTIMATED BLOOD LOSS: 5 mL.\\nThe patient was prepped"
    ...     " and draped.",
    ...     (),
    ...     (),
    ...     (),
    ... )[0].value  # invented
    'operative_note'
    """
    if sum(c.isalpha() for c in text) < _FEWEST_LETTERS:
        return DocumentKind.NOT_A_NOTE, ()
    words = max(1, len(text.split()))
    blanks = [Span(m.start(), m.end()) for m in _blanks().finditer(text)]
    table = patterns("document_kind")
    if len(blanks) >= 3 and len(blanks) / words >= table["template"]["least_share"]:
        return DocumentKind.TEMPLATE, tuple(blanks[:3])
    visit = _marks("visit", text)
    kinds = {s.kind for s in sections}
    parts = kinds & _VISIT_PARTS
    best, best_weight, evidence = DocumentKind.VISIT, 0.0, ()
    for kind in _KINDS:
        marks = _marks(kind.value, text)
        against = len(visit) + 1.5 * len(parts)
        if kind is DocumentKind.DISCHARGE_SUMMARY:
            # a discharge summary tells history, examination and plan too: its own marks alone decide
            has_course = any("hospital course" in m or "discharge diagnos" in m for m in marks)
            against = 0.0 if has_course else against
        elif kind is DocumentKind.OPERATIVE_NOTE:
            against -= 2.0
        elif kind is DocumentKind.TEST_REPORT and _is_examined(visit, kinds):
            against += 3.0
        elif kind is DocumentKind.INSTRUCTIONS and kinds & _TOLD:
            # a visit told to the patient ("you have had a cough")
            against += 8.0
        weight = len(marks) - 0.6 * against
        if len(marks) >= table[kind.value]["threshold"] and weight > max(best_weight, 0.0):
            best, best_weight = kind, weight
            evidence = tuple(sorted(marks.values()))[:3]
    if best is DocumentKind.VISIT:
        post = _marks("postoperative_visit", text)
        if len(post) >= table["postoperative_visit"]["threshold"] and not _other_problem().search(text):
            return DocumentKind.POSTOPERATIVE_VISIT, tuple(sorted(post.values()))[:3]
    return best, evidence
