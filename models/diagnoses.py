"""The list of diagnoses: the coder's candidates after the diagnosis rules, what is shown first, what is kept under 'more'."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache

from chartlight import (
    AnyFact,
    DiagnosisSuggestion,
    EncounterContext,
    Evidence,
    Problem,
    RiskDecision,
    RunnerUp,
    SetAside,
)
from models import aside, confidence
from models.line_up import line_up
from models.predictors.coder import Choice, Coder
from models.predictors.found import FoundProblem
from nlp import lexicon
from nlp.reading import Reading
from rules.diagnoses.candidate import Candidate, DiagnosisOutcome, Suggestion
from rules.diagnoses.complete import complete


@dataclass(frozen=True, slots=True, kw_only=True)
class Coded:
    """A problem of one document with its fact, and its code where one was found."""

    problem: FoundProblem
    fact: Problem
    choice: Choice | None
    reading: Reading


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """What a coder sees first, what stands under 'more', the warnings of the rules, and what they refused."""

    shown: tuple[DiagnosisSuggestion, ...] = ()
    more: tuple[DiagnosisSuggestion, ...] = ()
    warnings: tuple[str, ...] = ()
    refused: tuple[SetAside, ...] = ()


def suggestions(coded: Sequence[Coded], facts: Sequence[AnyFact], context: EncounterContext, coder: Coder) -> Listed:
    """Apply the diagnosis rules (IC-01..IC-36) to the coder's candidates and rank what remains.

    Under 'more': coexisting conditions, codes below the display threshold, and companions such as long-term drug use.
    """
    settings = line_up()["diagnoses"]
    by_fact = {c.fact.id: c for c in coded}
    candidates = [
        Candidate(
            code=code,
            facts=(c.fact.id,),
            confidence=confidence.of_diagnosis(c.choice, c.problem, coder.catalogue.description(code)),
            addressed=c.problem.addressed,
            position=n,
            assertion=c.problem.assertion,
        )
        for n, c in enumerate(coded)
        if c.choice is not None
        for code in (c.choice.code, *c.choice.also)
    ]
    drugs = _long_term(facts)
    outcome = complete(
        candidates, context, coder.catalogue, integral=lexicon.integral(), drugs=sorted(drugs), least=settings["shown"]
    )
    shown: list[DiagnosisSuggestion] = []
    more: list[DiagnosisSuggestion] = []
    for candidate in outcome.candidates:
        used = [by_fact[i] for i in candidate.facts if i in by_fact]
        if used:
            is_sure = candidate.addressed and candidate.confidence >= settings["shown"]
            into = shown if is_sure and len(shown) < settings["most"] else more
            into.append(_suggestion(candidate, used, len(into) + 1, coder))
    more.extend(_companions(outcome, shown + more, drugs, coder))
    more = [_ranked(d, n) for n, d in enumerate(more, 1)]
    return Listed(
        shown=tuple(shown), more=tuple(more), warnings=tuple(outcome.warnings), refused=_refused(outcome, by_fact)
    )


@cache
def _z79_by_ingredient() -> Mapping[str, str]:
    return {drug.ingredient: drug.z79 for drug in lexicon.drugs().values() if drug.z79}


def _long_term(facts: Sequence[AnyFact]) -> dict[str, RiskDecision]:
    """Z79 codes of the drugs that were decided on, each with the fact that says so."""
    out: dict[str, RiskDecision] = {}
    for fact in facts:
        if isinstance(fact, RiskDecision) and fact.item:
            code = _z79_by_ingredient().get(fact.item)
            if code:
                out.setdefault(code, fact)
    return out


def _suggestion(candidate: Candidate, used: Sequence[Coded], rank: int, coder: Coder) -> DiagnosisSuggestion:
    choice = used[0].choice
    return DiagnosisSuggestion(
        code=candidate.code,
        description=coder.catalogue.description(candidate.code),
        confidence=round(candidate.confidence, 3),
        rank=rank,
        facts=candidate.facts,
        evidence=_joined([c.fact.evidence[:1] for c in used]),
        because=candidate.because or (choice.because if choice else ""),
        runners_up=tuple(
            RunnerUp(code=code, description=coder.catalogue.description(code))
            for code in (coder.runners_up(used[0].problem, choice) if choice else ())
            if code != candidate.code
        ),
    )


def _companions(
    outcome: DiagnosisOutcome, listed: Sequence[DiagnosisSuggestion], drugs: Mapping[str, RiskDecision], coder: Coder
) -> list[DiagnosisSuggestion]:
    """Codes that may belong beside the list: shown under 'more', with the words of the drug or of the code they go with."""
    by_code = {d.code: d for d in listed}
    out = []
    for s in outcome.suggestions:
        if not s.is_complete or s.code in by_code:
            continue
        told = _words_for(s, by_code, drugs)
        if told is not None:
            facts, evidence = told
            out.append(
                DiagnosisSuggestion(
                    code=s.code,
                    description=coder.catalogue.description(s.code),
                    confidence=0.5,
                    rank=1,
                    facts=facts,
                    evidence=evidence,
                    because=f"{s.because} ({s.row})",
                )
            )
    return out


def _words_for(
    s: Suggestion, by_code: Mapping[str, DiagnosisSuggestion], drugs: Mapping[str, RiskDecision]
) -> tuple[tuple[str, ...], tuple[Evidence, ...]] | None:
    if s.code in drugs:
        return (drugs[s.code].id,), drugs[s.code].evidence[:1]
    if s.for_code in by_code:
        return by_code[s.for_code].facts, by_code[s.for_code].evidence
    return None


def _ranked(d: DiagnosisSuggestion, rank: int) -> DiagnosisSuggestion:
    return replace(d, rank=rank)


def _refused(outcome: DiagnosisOutcome, by_fact: Mapping[str, Coded]) -> tuple[SetAside, ...]:
    """Coexisting conditions that the rules took off the list, with the row that did."""
    return tuple(
        aside.not_addressed(by_fact[i].fact.evidence, f"{r.candidate.code}: {r.reason} ({r.row})")
        for r in outcome.removed
        for i in r.candidate.facts[:1]
        if i in by_fact and not r.candidate.addressed
    )


def _joined(groups: Sequence[tuple[Evidence, ...]]) -> tuple[Evidence, ...]:
    out: list[Evidence] = []
    for group in groups:
        out.extend(e for e in group if not any(e.span.overlaps(o.span) for o in out))
    return tuple(out[:4])
