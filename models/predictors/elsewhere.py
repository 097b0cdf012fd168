"""Problems outside the assessment: a separate plan, the reason of the visit, and the last resort of a note without one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from chartlight.labels import Assertion, EntityLabel
from models.predictors.blocks import Named, from_sentence
from models.predictors.found import A, FoundProblem, is_condition, is_symptom, problem_at, root_of, root_of_name
from nlp.reading import Reading


def from_plan(
    reading: Reading,
    by_sentence: dict[int, list[Named]],
    found: Sequence[FoundProblem],
) -> list[FoundProblem]:
    """Diseases that open an item of a separate plan, or have a drug or test there, and are not in the assessment."""
    known = {root_of(p) for p in found}
    out = []
    for n, block in enumerate(reading.blocks):
        if reading.kind_of(block.head) is not A.PLAN:
            continue
        for i in block.sentences:
            start, _ = reading.sentence_words[i]
            managed = any(m.label in (EntityLabel.DRUG, EntityLabel.TEST) for m in reading.mentions_in(i))
            for m, name in by_sentence.get(i, []):
                opens = i == block.head and m.words[0] - start <= 3
                if (
                    m.assertion is Assertion.PRESENT
                    and is_condition(name)
                    and not is_symptom(name)
                    and (opens or managed)
                    and root_of_name(name) not in known
                ):
                    known.add(root_of_name(name))
                    out.append(problem_at(reading, m, name, addressed=True, block=n, is_headline=opens))
    return out


_REASON = re.compile(
    r"\b(?:follow[- ]?up|followup|consultation|visit|evaluat(?:ion|ed)|seen|here|presents?|comes in|recheck|management|referred)\b[^.;]{0,40}\b(?:for|of|regarding|with|due to|secondary to)\b",
    re.I,
)


def from_reasons(
    reading: Reading,
    by_sentence: dict[int, list[Named]],
    found: Sequence[FoundProblem],
) -> list[FoundProblem]:
    """Diseases that the opening names as the reason of the visit, for a note whose assessment lists no problems."""
    known = {root_of(p) for p in found}
    opening = [
        i for i, s in enumerate(reading.sentences) if reading.kind_of(i) in (A.HEADER, A.HISTORY, A.CHIEF_COMPLAINT)
    ][:3]
    out = []
    for i in opening:
        span = reading.sentences[i].span
        reason = _REASON.search(reading.text_of(span))
        if not reason:
            continue
        for m, name in by_sentence.get(i, []):
            if (
                m.assertion is Assertion.PRESENT
                and m.span.start >= span.start + reason.end()
                and is_condition(name)
                and not is_symptom(name)
                and root_of_name(name) not in known
            ):
                known.add(root_of_name(name))
                out.append(replace(problem_at(reading, m, name, addressed=True, block=None), scope=()))
    return out


_LAST_RESORT = (A.HOSPITAL_COURSE, A.CHIEF_COMPLAINT, A.HEADER, A.HISTORY)


def without_assessment(
    reading: Reading, by_sentence: dict[int, list[Named]], *, symptoms_first: bool = False
) -> list[FoundProblem]:
    """Problems of a note without a usable assessment: the first of hospital course, complaint, opening, history that names one."""
    for kind in _LAST_RESORT:
        out: list[FoundProblem] = []
        for index in sorted(by_sentence):
            if reading.kind_of(index) is kind:
                out.extend(from_sentence(reading, 0, index, by_sentence, is_headline=False))
        present = [replace(p, block=None) for p in out if p.assertion is Assertion.PRESENT]
        if present:
            symptoms = [p for p in present if p.is_symptom]
            if symptoms_first and symptoms:
                return symptoms[:2]
            diseases = [p for p in present if not p.is_symptom]
            return diseases[:4] or present[:2]
    return []
