"""What adds nothing: the less specific beside the more specific (IC-18, IC-31), the symptom beside its disease (IC-07)."""

from __future__ import annotations

from collections.abc import Iterable

from chartlight.determination import Step
from rules.diagnoses.candidate import Candidate, Removed
from rules.diagnoses.patterns import matches_any
from rules.diagnoses.tables import LessSpecific, Tables
from rules.diagnoses.working import Change, Given, absorb, description, in_order, is_same_side, path, remembered


def less_specific(candidates: Iterable[Candidate], given: Given) -> Change:
    """Take off what a more specific code on the list says better; that code takes over the facts."""
    current = {candidate.code: candidate for candidate in in_order(candidates)}
    removed: list[Removed] = []
    steps: list[Step] = []
    for general in sorted(current):
        for specific in sorted(current):
            if general == specific or not given.may_change(current[specific], current[general]):
                continue
            found = says_less(general, specific, given)
            if found is None:
                continue
            row, reason, takes_over = found
            lost = current.pop(general)
            if takes_over:
                current[specific] = absorb(current[specific], [lost])
            removed.append(Removed(lost, row, reason))
            steps.append(given.step(row, f"{general} removed", reason, lost.facts))
            break
    return Change(in_order(current.values()), tuple(removed), tuple(steps))


def says_less(general: str, specific: str, given: Given) -> tuple[str, str, bool] | None:
    """Row, reason and whether facts are taken over, where the first code adds nothing beside the second; else None."""
    if not is_same_side(given, general, specific):
        return None
    return _table_row(general, specific, given) or _sibling_row(general, specific, given)


def _table_row(general: str, specific: str, given: Given) -> tuple[str, str, bool] | None:
    for rule in _rules_for(given.tables, general):
        if matches_any(specific, rule.specific):
            if matches_any(specific, rule.general) and matches_any(general, rule.specific):
                continue
            return rule.row, f"{specific}: {rule.name}", rule.absorb
    return None


@remembered
def _rules_for(tables: Tables, general: str) -> tuple[LessSpecific, ...]:
    return tuple(rule for rule in tables.less_specific if matches_any(general, rule.general))


def _sibling_row(general: str, specific: str, given: Given) -> tuple[str, str, bool] | None:
    """Where the two ways through one category part, ``general`` goes on by the entry that is 'unspecified'."""
    if general[:3] != specific[:3]:
        return None
    one, other = path(given.catalogue, general), path(given.catalogue, specific)
    if one[0] != other[0]:
        return None
    depth = next(n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b)
    parting = one[depth - 1]
    for apart_general, apart_specific in given.tables.keep_apart:
        if matches_any(general, apart_general) and matches_any(specific, apart_specific):
            return None
    for mark, row in (("unspecified", "IC-18"), ("multiple sites", "IC-31")):
        said = [description(given.catalogue, name).count(mark) for name in (parting, one[depth], other[depth])]
        # Right under a category only the residual .9 stands for the others; R19.7 'diarrhea, unspecified' is a finding.
        is_residual = len(parting) > 3 or one[depth].endswith(".9") or mark == "multiple sites"
        if is_residual and said[1] > max(said[0], said[2]) and mark in description(given.catalogue, general):
            return row, f"{specific} says more than {general} ({mark})", True
    return None


def integral(candidates: Iterable[Candidate], given: Given) -> Change:
    """Take off a symptom that belongs to a disease on the list.

    A symptom that was addressed stays beside a disease that was not: then it is what the visit was about.
    """
    current = in_order(candidates)
    kept, removed, steps = [], [], []
    for candidate in current:
        disease = _disease_of(candidate, current, given)
        if disease is None:
            kept.append(candidate)
            continue
        reason = f"belongs to {disease.code}"
        removed.append(Removed(candidate, "IC-07", reason))
        steps.append(given.step("IC-07", f"{candidate.code} removed", reason, candidate.facts))
    return Change(tuple(kept), tuple(removed), tuple(steps))


def _disease_of(symptom: Candidate, current: tuple[Candidate, ...], given: Given) -> Candidate | None:
    if not given.is_listed(symptom.code, "symptoms"):
        return None
    for disease in current:
        if given.is_listed(disease.code, "symptoms") or (symptom.addressed and not disease.addressed):
            continue
        if not given.may_change(disease, symptom):
            continue
        for above in (disease.code[:length] for length in range(3, len(disease.code) + 1)):
            if matches_any(symptom.code, given.integral.get(above, ())):
                return disease
    return None
