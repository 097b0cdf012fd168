"""What the words say of a problem's course: severely worse, expected to pass, or possibly a threat that is sent to hospital.

Idea: a few plain patterns over the sentences that name the problem or judge; a denial before them cancels. Needs: a found problem, the reading.
Gives: yes or no, or the place that says so.
"""

from __future__ import annotations

import re

from chartlight.labels import Assertion, EntityLabel, ProblemNature, SectionKind
from chartlight.note import Span
from models.predictors.found import FoundProblem, name_of
from nlp import lexicon
from nlp.reading import Reading

NOT = re.compile(
    r"(?:\b(?:no|not|without|denies|denied|never|any|if|should|nor|risk of|prevent)\b|n't)[^.;,]{0,25}$", re.I
)
RESOLVES = re.compile(
    r"\b(?:will|should|expected to|likely to|anticipated to|going to) (?:most )?(?:likely |probably |spontaneously |completely )*(?:resolve|clear|go away|be self[- ]limit\w+|heal)\b",
    re.I,
)
"""Said of a problem that is expected to pass: it is no long-term one, whatever its name usually means (PD-04)."""
_SEVERE_WORSE = re.compile(
    r"\bsevere(?:ly)?(?: \w+){0,2} (?:flare|exacerbat\w+|relapse|decompensat\w+|worsen\w+|progress\w+)", re.I
)
_GRAVE_CARE = re.compile(r"\bemergen\w*|\bhospitali[sz]\w*|\badmi(?:t|ts|tted|ssion)\b|\bambulance\b|\b911\b", re.I)
_IF = re.compile(r"\b(?:if|should|unless|in case)\b", re.I)


def grave_possibility(reading: Reading) -> Span | None:
    """The place of a possible threat to life that the author's judgement sends to hospital care for (PD-15)."""
    judging = (SectionKind.ASSESSMENT, SectionKind.ASSESSMENT_PLAN, SectionKind.PLAN)
    for m in reading.mentions:
        if (
            m.label is not EntityLabel.PROBLEM
            or m.assertion is not Assertion.POSSIBLE
            or reading.kind_of(m.sentence) not in judging
        ):
            continue
        text = reading.text_of(reading.sentences[m.sentence].span)
        if not _GRAVE_CARE.search(text) or _IF.search(text):
            continue
        name = name_of(reading, m)
        row = lexicon.category(name.code) if name is not None else None
        named_so = any(p.group == "threat_words" and p.span.start <= m.span.start < p.span.end for p in reading.status)
        if named_so or (row is not None and row.new == ProblemNature.THREAT.value):
            return m.span
    return None


def flares_severely(problem: FoundProblem, reading: Reading) -> bool:
    """Whether a sentence that names the problem calls its worsening severe."""
    for i in {m.sentence for m in problem.mentions}:
        text = reading.text_of(reading.sentences[i].span)
        found = _SEVERE_WORSE.search(text)
        if found and not NOT.search(text[: found.start()]):
            return True
    return False
