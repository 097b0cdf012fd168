"""Which sentences deal with a problem: its block, its part of the plan, where it is named, what it is measured by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from chartlight.labels import Assertion, EntityLabel
from models.predictors.blocks import Named
from models.predictors.found import TELLING, A, FoundProblem, root_of
from nlp import lexicon
from nlp.reading import Reading


def plan_of(reading: Reading, problems: Sequence[FoundProblem]) -> dict[str, frozenset[int]]:
    """Sentences of a separate plan by the problem they deal with.

    By the item's number where assessment and plan number alike; by a drug that treats the problem; all of them where there is one problem.
    """
    judged = [p for p in problems if p.addressed and p.assertion is Assertion.PRESENT]
    blocks = [b for b in reading.blocks if reading.kind_of(b.head) is A.PLAN]
    everything = {i for b in blocks for i in b.sentences}
    out: dict[str, set[int]] = {root_of(p): set() for p in judged}
    if len(judged) == 1:
        if judged[0].block is None:
            # named before the judgement, which then speaks of "it"
            everything |= {
                i for b in reading.blocks if reading.kind_of(b.head) is A.ASSESSMENT_PLAN for i in b.sentences
            }
        return {root_of(judged[0]): frozenset(everything)}
    numbered = {b.number: b for b in blocks if b.number is not None}
    items = {reading.blocks[p.block].number for p in judged if p.block is not None} - {None}
    alike = len(items) > 1 and items == set(numbered)
    for p in judged:
        number = reading.blocks[p.block].number if p.block is not None else None
        if alike and number in numbered:
            out[root_of(p)].update(numbered[number].sentences)
        for i in everything:
            for m in reading.mentions_in(i, EntityLabel.DRUG):
                drug = lexicon.drugs().get(m.key)
                if drug is not None and p.name is not None and p.name.code[:3] in drug.treats:
                    out[root_of(p)].add(i)
    return {root: frozenset(found) for root, found in out.items()}


def with_scope(
    reading: Reading,
    problem: FoundProblem,
    by_root: Mapping[str, Sequence[Named]],
    lines: Sequence[tuple[int, str]],
    plan: frozenset[int],
) -> FoundProblem:
    """The sentences that deal with a problem: its block, its part of the plan and every telling sentence that names it.

    ``by_root`` holds the note's mentions by category, ``lines`` its telling sentences as folded words.
    """
    scope = set(reading.blocks[problem.block].sentences) if problem.block is not None else {problem.sentence}
    scope |= plan
    mentions = dict.fromkeys(problem.mentions)
    if problem.name is not None:
        for m, _ in by_root.get(problem.name.code[:3], ()):
            if m.assertion is Assertion.FAMILY:
                continue
            if reading.kind_of(m.sentence) in TELLING:
                scope.add(m.sentence)
            if m.assertion is Assertion.PRESENT:
                mentions.setdefault(m)
        scope |= _measured(lines, problem.name.code[:3])
    return replace(problem, scope=tuple(sorted(scope)), mentions=tuple(mentions))


def telling_lines(reading: Reading) -> list[tuple[int, str]]:
    """The telling sentences of a note, each as its folded words between blanks."""
    return [
        (i, f" {' '.join(reading.words_of(i))} ")
        for i in range(len(reading.sentences))
        if reading.kind_of(i) in TELLING
    ]


def _measured(lines: Sequence[tuple[int, str]], category: str) -> set[int]:
    """Sentences that tell the reading by which a problem is judged ("blood pressure is above goal")."""
    phrases = [f" {' '.join(phrase)} " for phrase in lexicon.measured_by().get(category, ())]
    return {i for i, line in lines if any(phrase in line for phrase in phrases)} if phrases else set()
