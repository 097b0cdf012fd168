"""The author's judgement in a note without a heading for it: the place where telling ends and deciding begins.

Idea: terse notes and teaching cases tell first and decide then; the first sentence that begins like a decision or a conclusion opens an
assessment and plan. Used only where no section of that kind was found. Needs: sections. Gives: sections.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from chartlight.labels import SectionKind
from chartlight.note import Section, Span
from nlp.tables import patterns

_JUDGING = frozenset(
    {SectionKind.ASSESSMENT, SectionKind.PLAN, SectionKind.ASSESSMENT_PLAN, SectionKind.DISCHARGE_DIAGNOSES}
)
_START = re.compile(r"(?:^|(?<=[.!?;])\s+|\n)[ \t\-•*#]*(?:\d{1,2}[.)]\s*)?(?=[A-Za-z])", re.M)
_TELLING = frozenset({SectionKind.HEADER, SectionKind.HISTORY, SectionKind.CHIEF_COMPLAINT, SectionKind.EXAM, SectionKind.RESULTS, SectionKind.HOSPITAL_COURSE})  # fmt: skip
_FIRST_SHARE = 0.2
"""Before this share of the text nothing is taken for a conclusion but a clinician who decides: notes do not begin with one."""
_END = re.compile(r"[.!?;](?=\s)|\n")


@cache
def _expression(name: str) -> re.Pattern[str]:
    return re.compile("(?:" + "|".join(patterns("implicit")[name]["phrases"]) + ")", re.I)


def _opens(text: str, at: int, end: int, least: int, half: int) -> bool:
    """Whether the sentence at ``at`` opens the judgement."""
    if at >= least and _expression("opens").match(text, at):
        return True
    if at >= half and _expression("late").match(text, at):
        return True
    stop = _END.search(text, at, end)
    return _expression("told").search(text, at, stop.start() if stop else end) is not None


def split(text: str, sections: Sequence[Section]) -> tuple[Section, ...]:
    """The sections with an assessment and plan split off the first one that opens it; unchanged where there is one already.

    >>> from nlp.pipes import sections
    >>> note = "Sore throat for 3 days, no fever. Tonsils red. Start amoxicillin 500 mg. Return if worse."  # invented
    >>> [s.kind.value for s in split(note, sections.match(note))]
    ['header', 'assessment_plan']
    """
    if any(s.kind in _JUDGING for s in sections):
        return tuple(sections)
    least, half = int(len(text) * _FIRST_SHARE), len(text) // 2
    for n, section in enumerate(sections):
        if section.kind not in _TELLING:
            continue
        for start in _START.finditer(text, section.body.start, section.body.end):
            at = start.end()
            if at >= section.body.end:
                continue
            if _opens(text, at, section.body.end, least, half):
                before = Section(
                    section.kind, Span(section.span.start, at), Span(section.body.start, at), section.heading
                )
                judged = Span(at, section.span.end)
                return (*sections[:n], before, Section(SectionKind.ASSESSMENT_PLAN, judged, judged), *sections[n + 1 :])
    return tuple(sections)
