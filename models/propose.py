"""``propose``: the one place where reading, predicting and judging meet.

A ``Proposer`` holds what is loaded once (tables, code set); ``propose(encounter)`` reads every document, proposes facts and codes, and hands the facts to
the rules. The rules determine; nothing here sets a level.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from chartlight import (
    DiagnosisSuggestion,
    Encounter,
    EncounterContext,
    Evidence,
    Note,
    Problem,
    Proposal,
    Question,
    RunnerUp,
    SetAside,
    Source,
    Span,
    Versions,
    __version__,
)
from chartlight.evidence import MAX_EVIDENCE, MAX_QUOTE
from chartlight.labels import Assertion, EntityLabel, SetAsideReason, Setting, SourceKind
from chartlight.catalogue import Catalogue
from models.predictors import data, nature, problems, risk
from models.predictors.coder import Choice, Coder
from nlp.bridge import read
from nlp.pipeline import warm_up
from nlp.reading import Reading
from rules.codesets.reader import open_release
from rules.determine import determine

PATTERN = Source(SourceKind.PATTERN, "reading", "1")
_ASIDE = {
    Assertion.NEGATED: SetAsideReason.NEGATED,
    Assertion.POSSIBLE: SetAsideReason.POSSIBLE,
    Assertion.HISTORICAL: SetAsideReason.HISTORICAL,
    Assertion.FAMILY: SetAsideReason.FAMILY,
    Assertion.HYPOTHETICAL: SetAsideReason.HYPOTHETICAL,
}


class Proposer:
    """Reads encounters and proposes; one per process, since loading takes a moment."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        self.coder = Coder(catalogue)

    @property
    def versions(self) -> Versions:
        """What makes the proposals of this process."""
        return Versions(program=__version__, rules="2024-01-01", icd10cm=self.catalogue.release, models=(("reading", "1"),))

    def propose(self, encounter: Encounter) -> Proposal:
        """The proposal for one encounter."""
        document = encounter.documents[0]
        reading = read(document.note)
        return self._propose(encounter, reading)

    def _propose(self, encounter: Encounter, reading: Reading) -> Proposal:
        note = reading.note
        context = encounter.context
        found = problems.find(reading)
        facts: list = []
        suggestions = []
        n = 0
        for p in found:
            choice = self.coder.choose(p, reading)
            if p.addressed and p.assertion is not Assertion.PRESENT:
                if any(q.addressed and q.assertion is Assertion.PRESENT for q in found):
                    continue
            n += 1
            id = f"p{n}"
            nat = nature.decide(p, choice.code if choice else None, reading, context.setting) if p.addressed else None
            evidence = _evidence(note, [p.head, *(nat.words if nat else ())])
            facts.append(
                Problem(
                    id=id,
                    nature=nat.label if nat else None,
                    name=" ".join(p.key),
                    addressed=p.addressed,
                    evidence=evidence,
                    source=PATTERN,
                    confidence=nat.score if nat else 0.5,
                )
            )
            if choice is not None and p.addressed and p.assertion is Assertion.PRESENT:
                suggestions.append((choice, id, _evidence(note, [p.head])))
        facts.extend(data.find(reading))
        facts.extend(risk.find(reading))
        determination = determine(facts, context, ())
        diagnoses = []
        seen = set()
        for choice, id, evidence in suggestions:
            if choice.code in seen:
                continue
            seen.add(choice.code)
            diagnoses.append(
                DiagnosisSuggestion(
                    code=choice.code,
                    description=self.catalogue[choice.code].description,
                    confidence=choice.score,
                    rank=len(diagnoses) + 1,
                    facts=(id,),
                    evidence=evidence,
                    because=choice.because,
                )
            )
        return Proposal(
            id=encounter.id,
            determination=replace(determination, confidence=0.8 if determination.mdm else None),
            facts=tuple(facts),
            diagnoses=tuple(diagnoses),
            versions=self.versions,
        )


def _evidence(note: Note, spans: Sequence[Span]) -> tuple[Evidence, ...]:
    out: list[Evidence] = []
    total = 0
    for span in spans:
        if any(span.overlaps(e.span) for e in out):
            continue
        end = min(span.end, span.start + MAX_QUOTE)
        if total + end - span.start > MAX_EVIDENCE:
            continue
        total += end - span.start
        out.append(Evidence.of(note, span.start, end))
    return tuple(out)


def load() -> Proposer:
    """Load tables and the code set in force today."""
    warm_up()
    return Proposer(open_release(date(2026, 3, 2)))
