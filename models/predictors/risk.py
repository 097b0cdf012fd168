"""Management decisions and the kind of risk they carry.

Idea: a drug, procedure or place of care that stands in the plan with a word of deciding is a decision; a list, a condition ("if worse"), a past event or a plain
mention is none (R-04, R-11). What kind it is comes from the drug and procedure tables and the words around. A drug decided on twice is one fact with both
quotations. Needs: a reading. Gives: ``RiskDecision`` facts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache

from chartlight import RiskDecision, Source, Span
from chartlight.labels import RiskNature, SourceKind
from models.predictors import care_decisions, drug_decisions, procedure_decisions
from models.predictors.drug_decisions import DrugDecision
from models.predictors.evidence import quote
from models.predictors.view import View
from nlp.lexicon import drugs
from nlp.reading import Reading

R = RiskNature
SOURCE = Source(SourceKind.PATTERN, "risk", "2")
_FLUIDS = frozenset({"intravenous fluid"})
_ANY_DRUG = frozenset({"analgesic", "inhaled bronchodilator"})
_ANY_PRESCRIPTION = frozenset({"drug classes ordered"})
_LIST, _LIST_GAP = 4, 120
"""Drugs of a list, and characters between them: fewer are decisions of their own."""
_NEAR = 400
"""Characters within which a class ("antibiotics") is the drug that is named."""


@dataclass(frozen=True, slots=True)
class _Decision:
    nature: RiskNature
    item: str
    spans: tuple[Span, ...]


def find(reading: Reading) -> list[RiskDecision]:
    """The risk decisions of one document, in order of the note; each thing decided once."""
    view = View.of(reading)
    found = list(drug_decisions.decisions(view))
    procedures = [_Decision(p.nature, p.item, p.spans) for p in procedure_decisions.decisions(view)]
    injections = [d for d in found if d.nature is R.MINOR_PROCEDURE]
    if not any(p.nature in (R.MINOR_PROCEDURE, R.MINOR_PROCEDURE_RISK) for p in procedures):
        procedures += [_Decision(d.nature, "injection", (d.span,)) for d in injections[:1]]
    if any(d.nature is R.RX_MANAGEMENT for d in found):
        # "a prescription" is one for the drug that is named
        procedures = [p for p in procedures if p.item not in _ANY_PRESCRIPTION]
    care = [_Decision(c.nature, c.item, c.spans) for c in care_decisions.decisions(view)]
    out: list[RiskDecision] = []
    for d in sorted(
        (*_drugs([d for d in found if d not in injections]), *procedures, *care), key=lambda d: d.spans[0].start
    ):
        out.append(
            RiskDecision(
                id=f"r{len(out) + 1}",
                nature=d.nature,
                item=d.item,
                evidence=quote(reading.note, d.spans),
                source=SOURCE,
                confidence=0.7,
            )
        )
    return out


def _drugs(found: Sequence[DrugDecision]) -> Iterator[_Decision]:
    """Rows that share a drug are one decision; a class beside a drug is that drug; fluids count where nothing else does."""
    named = [d for d in found if not _is_class(d)]
    kept = [
        d
        for d in found
        if not _is_class(d) or not any(abs(d.span.start - n.span.start) < _NEAR and _holds(d, n) for n in named)
    ]
    kept = _lists(kept)
    only_fluids = all(d.drug is not None and d.drug.drug_class in _FLUIDS for d in kept)
    groups: list[list[DrugDecision]] = []
    for d in kept:
        if d.drug is not None and d.drug.drug_class in _FLUIDS and not only_fluids:
            continue
        group = next(
            (
                g
                for g in groups
                if any(o.nature is d.nature and not set(o.ingredients).isdisjoint(d.ingredients) for o in g)
            ),
            None,
        )
        if group is None:
            groups.append([d])
        else:
            group.append(d)
    for group in groups:
        best = sorted(group, key=lambda d: (-d.strength, d.span.start))
        yield _Decision(
            best[0].nature,
            ", ".join(dict.fromkeys(i for d in best for i in d.ingredients)),
            tuple(d.span for d in best[:4]),
        )


def _holds(general: DrugDecision, named: DrugDecision) -> bool:
    """Whether the class may mean the drug."""
    if general.nature is not named.nature or general.drug is None or named.drug is None:
        return False
    return general.drug.drug_class in _ANY_DRUG or not set(general.drug.drug_class.split()).isdisjoint(
        named.drug.drug_class.split()
    )


def _lists(found: Sequence[DrugDecision]) -> list[DrugDecision]:
    """A list of drugs without words of deciding (medications at discharge) is one decision, whatever its length."""
    out: list[DrugDecision] = []
    run: list[DrugDecision] = []
    for d in [*found, None]:
        if d is not None and d.strength == 1 and (not run or d.span.start - run[-1].span.end < _LIST_GAP):
            run.append(d)
            continue
        if len(run) >= _LIST:
            strongest = max(run, key=lambda r: r.nature is R.RX_MANAGEMENT)
            out.append(replace(strongest, ingredients=tuple(i for r in run for i in r.ingredients)))
        else:
            out += run
        run = []
        if d is not None and d.strength == 1:
            run = [d]
        elif d is not None:
            out.append(d)
    return out


def _is_class(d: DrugDecision) -> bool:
    """Whether the row names a class of drugs only ("antibiotics", "medication")."""
    classes = _classes()
    return all(i in classes for i in d.ingredients)


@cache
def _classes() -> frozenset[str]:
    global_classes = {d.drug_class for d in drugs().values()}
    return frozenset(
        global_classes
        | {
            "antibiotic",
            "opioid",
            "inhaler",
            "nsaid",
            "antihistamine",
            "drug classes ordered",
            "over-the-counter analgesic",
        }
    )
