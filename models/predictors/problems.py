"""Which problems the note names, and which of them were addressed.

Idea: what the author judges stands in the assessment and plan. A numbered item or heading line there names one problem or several; in prose every
definite disease counts, a symptom only where no disease explains it. Without such a section the diagnosis lines, the chief complaint and the
author's concluding sentences take their place. Needs: a reading. Gives: problems with all their mentions and the sentences that deal with them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from chartlight.labels import Assertion
from chartlight.note import Span
from models.encoder import Marks
from models.predictors.blocks import Named, from_block
from models.predictors.elsewhere import from_plan, from_reasons, without_assessment
from models.predictors.found import (
    ASSESSING,
    A,
    FoundProblem,
    is_condition,
    is_past_only,
    is_symptom,
    problem_at,
    root_of,
    root_of_name,
    usable_mentions,
)
from models.predictors.scope import plan_of, telling_lines, with_scope
from models.predictors.weigh import LEAST, sentence_at
from nlp import lexicon
from nlp.reading import Reading


def find(reading: Reading) -> list[FoundProblem]:
    """The problems of one document, addressed ones first, each once."""
    usable = usable_mentions(reading)
    by_sentence: dict[int, list[Named]] = {}
    for m, name in usable:
        by_sentence.setdefault(m.sentence, []).append((m, name))
    addressed: list[FoundProblem] = []
    apart = _earlier_diagnoses(reading)
    numbered = {reading.sentences[b.head].section for b in reading.blocks if b.number is not None}
    opening: list[FoundProblem] = []
    for n, block in enumerate(reading.blocks):
        section = reading.sentences[block.head].section
        if reading.kind_of(block.head) in ASSESSING and section not in apart:
            found = from_block(reading, n, block, by_sentence)
            # the one-line summary before a numbered list names the background, the list names the problems
            (opening if section in numbered and block.number is None else addressed).extend(found)
    if not any(p.assertion is Assertion.PRESENT for p in addressed):
        addressed.extend(opening)
    if apart and not any(p.assertion is Assertion.PRESENT and is_condition(p.name) for p in addressed):
        # "discharge diagnosis: status post hysterectomy": then the diagnoses of admission are what the stay was for
        for n, block in enumerate(reading.blocks):
            if reading.sentences[block.head].section in apart:
                addressed.extend(from_block(reading, n, block, by_sentence))
    if not any(p.assertion is Assertion.PRESENT for p in addressed):
        for n, block in enumerate(reading.blocks):
            if reading.kind_of(block.head) is A.PLAN:
                addressed.extend(from_block(reading, n, block, by_sentence))
    else:
        addressed.extend(from_plan(reading, by_sentence, addressed))
    if not any(p.assertion is Assertion.PRESENT for p in addressed):
        # the assessment names only what is possible: then what the patient came with is the problem, not the background
        uncertain = any(p.assertion is Assertion.POSSIBLE for p in addressed)
        addressed.extend(without_assessment(reading, by_sentence, symptoms_first=uncertain))
    if not any(p.is_headline and p.assertion is Assertion.PRESENT for p in addressed):
        addressed.extend(from_reasons(reading, by_sentence, addressed))
    merged = _merge(addressed)
    merged = _drop_explained(merged)
    mentioned = _mentioned(reading, usable, merged)
    return [*_scoped(reading, usable, merged), *mentioned]


def candidates(reading: Reading, marks: Marks) -> list[FoundProblem]:
    """Everything that may be an addressed problem, for the head that weighs it: what ``find`` gives, then symptoms and uncertain diseases that it left out
    or did not look at, and words that only the encoder marks as a problem."""
    usable = usable_mentions(reading)
    found = find(reading)
    known = {root_of(p) for p in found}
    spans = [m.span for p in found for m in p.mentions] + [p.head for p in found]
    more: list[FoundProblem] = []
    column = marks.column("problem")
    for m, name in sorted(usable, key=lambda one: -float(marks.highest(one[0].span)[column])):
        if root_of_name(name) in known or m.assertion in (Assertion.NEGATED, Assertion.FAMILY, Assertion.HYPOTHETICAL):
            continue
        if is_condition(name, is_headline=True) and float(marks.highest(m.span)[column]) >= LEAST:
            known.add(root_of_name(name))
            more.append(problem_at(reading, m, name, addressed=False, block=_block_of(reading, m.sentence)))
            spans.append(m.span)
    named = [m.span for m, _ in usable]
    for span, top in marks.runs("problem", 2 * LEAST):
        index = sentence_at(reading, span.start)
        if top < UNNAMED or index is None or any(span.overlaps(s) for s in [*spans, *named]):
            continue
        unnamed = _marked_words(reading, index, span)
        if unnamed is not None and root_of(unnamed) not in known:
            known.add(root_of(unnamed))
            more.append(unnamed)
    scoped = _scoped(reading, usable, [p for p in (*found, *more) if not p.addressed])
    return [*(p for p in found if p.addressed), *scoped]


UNNAMED = 0.5
"""Probability from which words that no table knows are a candidate."""


def _block_of(reading: Reading, sentence: int) -> int | None:
    return next((n for n, b in enumerate(reading.blocks) if sentence in b.sentences), None)


def _marked_words(reading: Reading, index: int, span: Span) -> FoundProblem | None:
    """The words of a run as a problem without a name: the code set's own words decide its code."""
    first, last = reading.sentence_words[index]
    inside = [n for n in range(first, last) if reading.places[n].overlaps(span)]
    if not inside:
        return None
    words = reading.folded[inside[0] : inside[-1] + 1]
    head = Span(reading.places[inside[0]].start, reading.places[inside[-1]].end)
    return FoundProblem(
        head=head, sentence=index, name=None, key=words, words=words, phrase=words, addressed=False, block=_block_of(reading, index)
    )  # fmt: skip


def _mentioned(reading: Reading, usable: Sequence[Named], merged: Sequence[FoundProblem]) -> list[FoundProblem]:
    """Current conditions that the note names without dealing with them."""
    known = {root_of(p) for p in merged}
    out = []
    for m, name in usable:
        if m.assertion not in (Assertion.PRESENT, Assertion.HISTORICAL) or is_past_only(name, m):
            continue
        if not is_condition(name) or is_symptom(name) or root_of_name(name) in known:
            continue
        known.add(root_of_name(name))
        out.append(problem_at(reading, m, name, addressed=False, block=None))
    return out


def _scoped(reading: Reading, usable: Sequence[Named], problems: Sequence[FoundProblem]) -> list[FoundProblem]:
    """The problems with the sentences that deal with them."""
    plan = plan_of(reading, problems)
    by_root: dict[str, list[Named]] = {}
    for m, name in usable:
        by_root.setdefault(root_of_name(name), []).append((m, name))
    lines = telling_lines(reading)
    return [with_scope(reading, p, by_root, lines, plan.get(root_of(p), frozenset())) for p in problems]


_EARLIER = re.compile(r"\b(?:admi(?:ssion|tting|t)|pre-?operative|preop|past|secondary|other|chronic)\b", re.I)


def _earlier_diagnoses(reading: Reading) -> frozenset[int]:
    """Diagnosis lists of admission or of other conditions, where the note also lists those of discharge or assesses."""
    lists = [n for n, s in enumerate(reading.sections) if s.kind in ASSESSING]
    earlier = {
        n
        for n in lists
        if (heading := reading.sections[n].heading) is not None and _EARLIER.search(reading.text_of(heading))
    }
    return frozenset(earlier) if len(earlier) < len(lists) else frozenset()


def _merge(problems: Iterable[FoundProblem]) -> list[FoundProblem]:
    """Each problem once: a definite mention wins over an uncertain one, a headline over prose; mentions are kept together."""
    out: dict[str, FoundProblem] = {}
    for p in problems:
        root = root_of(p)
        if (p.name and p.name.code[0] in "ST") or (p.name and p.name.code.startswith("M25")):
            root = p.name.code[:6]
        known = out.get(root)
        if known is None:
            out[root] = p
            continue
        better = (p.assertion is Assertion.PRESENT, p.is_headline) > (
            known.assertion is Assertion.PRESENT,
            known.is_headline,
        )
        first, second = (p, known) if better else (known, p)
        name = first.name
        if (
            second.name
            and name
            and len(second.key) > len(first.key)
            and set(first.key) <= set(second.key)
            and second.assertion is Assertion.PRESENT
        ):
            name = second.name
        out[root] = replace(
            first,
            mentions=first.mentions + second.mentions,
            name=name,
            words=first.words + second.words if name is second.name else first.words,
        )
    return list(out.values())


def _threatens(problem: FoundProblem) -> bool:
    """Whether a symptom by itself may threaten life (suicidal ideation): no disease beside it explains it away."""
    row = lexicon.category(problem.name.code) if problem.name else None
    return row is not None and row.new == "threat"


def _drop_explained(problems: list[FoundProblem]) -> list[FoundProblem]:
    """Symptoms in prose that a disease of the same block explains, and uncertain diseases beside a symptom, are not problems of their own."""
    out = []
    for p in problems:
        same = [q for q in problems if q is not p and q.block == p.block and q.block is not None]
        certain = [q for q in same if q.assertion is Assertion.PRESENT and not q.is_symptom]
        headed = any(q.is_headline and q.assertion is Assertion.PRESENT for q in problems)
        if p.is_symptom and not p.is_headline and not _threatens(p) and (certain or headed):
            continue
        if p.assertion is Assertion.POSSIBLE and any(q.assertion is Assertion.PRESENT for q in same):
            continue
        out.append(p)
    return out
