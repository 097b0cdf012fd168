"""What may be on the list at all: complete codes of the release (IC-17, IC-35), present (IC-01 to IC-03), once (IC-28)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from chartlight.labels import Assertion, Setting
from rules.diagnoses.candidate import Candidate, Removed
from rules.diagnoses.patterns import matches_any
from rules.diagnoses.working import Change, Given, absorb, in_order

_ENCOUNTER_LETTERS = frozenset("ABCDEFGHJKMNPQRS")


def with_dot(code: str) -> str:
    """The code as the code set writes it.

    >>> with_dot(" e1165 "), with_dot("S52.501a"), with_dot("I10")
    ('E11.65', 'S52.501A', 'I10')
    """
    plain = code.strip().upper()
    return plain if "." in plain or len(plain) <= 3 else f"{plain[:3]}.{plain[3:]}"


def valid(candidates: Iterable[Candidate], given: Given) -> Change:
    """Complete codes of the release in force; a missing placeholder X is put in (IC-16), nothing else is mended."""
    kept, removed, steps = [], [], []
    for candidate in in_order(candidates):
        code = with_dot(candidate.code)
        if not given.catalogue.is_billable(code):
            mended = _with_placeholders(code, given)
            if mended is not None:
                steps.append(given.step("IC-16", mended, f"{code} with placeholders", candidate.facts))
                code = mended
        if given.catalogue.is_billable(code):
            kept.append(candidate if code == candidate.code else replace(candidate, code=code))
            continue
        row, reason = _why_not(code, given)
        removed.append(Removed(candidate, row, reason))
        steps.append(given.step(row, "removed", reason, candidate.facts))
    return Change(tuple(kept), tuple(removed), tuple(steps))


def present(candidates: Iterable[Candidate], given: Given) -> Change:
    """What the note asserts of the patient now; codes for the past and for relatives may rest on such mentions."""
    kept, removed, steps = [], [], []
    in_hospital = given.is_facility_claim and given.context.setting is Setting.INPATIENT
    for candidate in candidates:
        row, reason = "", ""
        if candidate.assertion is Assertion.POSSIBLE and not in_hospital:
            row, reason = "IC-01", f"{candidate.code} is uncertain in the note"
        elif candidate.assertion is Assertion.POSSIBLE:
            steps.append(given.step("IC-02", candidate.code, "uncertain at discharge, inpatient facility claim"))
        elif candidate.assertion is Assertion.HISTORICAL and not given.is_listed(candidate.code, "history_of"):
            row, reason = "IC-03", f"{candidate.code} is past, and the code is for a current condition"
        elif candidate.assertion is Assertion.FAMILY and not given.is_listed(candidate.code, "family_history"):
            row, reason = "IC-03", f"{candidate.code} is of a relative"
        elif candidate.assertion in (Assertion.NEGATED, Assertion.HYPOTHETICAL):
            row, reason = "IC-03", f"{candidate.code} is {candidate.assertion.value} in the note"
        if row:
            removed.append(Removed(candidate, row, reason))
            steps.append(given.step(row, "removed", reason, candidate.facts))
        else:
            kept.append(candidate)
    return Change(tuple(kept), tuple(removed), tuple(steps))


def once(candidates: Iterable[Candidate], given: Given) -> Change:
    """One candidate per code, with all their facts, and one 7th character per injury (IC-15)."""
    by_code: dict[str, list[Candidate]] = {}
    for candidate in in_order(candidates):
        by_code.setdefault(candidate.code, []).append(candidate)
    kept, removed, steps = [], [], []
    for code, same in by_code.items():
        best = max(same, key=lambda c: (c.confidence, -c.position))
        kept.append(absorb(best, [c for c in same if c is not best]))
        if len(same) > 1:
            steps.append(given.step("IC-28", code, f"named {len(same)} times, listed once", kept[-1].facts))
    by_stem: dict[str, list[Candidate]] = {}
    for candidate in kept:
        has_letter = len(candidate.code) == 8 and candidate.code[-1] in _ENCOUNTER_LETTERS
        by_stem.setdefault(candidate.code[:7] if has_letter else candidate.code, []).append(candidate)
    chosen = []
    for same in by_stem.values():
        best = max(same, key=lambda c: (c.confidence >= given.least, c.addressed, c.confidence, -c.position, c.code))
        for other in same:
            if other is not best:
                reason = f"the same injury is coded {best.code}"
                removed.append(Removed(other, "IC-15", reason))
                steps.append(given.step("IC-15", f"{other.code} removed", reason, other.facts))
        chosen.append(absorb(best, [c for c in same if c is not best]))
    return Change(in_order(chosen), tuple(removed), tuple(steps))


def body_mass(candidates: Iterable[Candidate], given: Given) -> Change:
    """Body mass index only beside a diagnosis about weight, and never in pregnancy (IC-20)."""
    everything = tuple(candidates)
    pregnant = any(given.is_listed(c.code, "pregnancy") and c.confidence >= given.least for c in everything)
    weight = any(matches_any(c.code, given.tables.lists["weight_diagnoses"]) for c in everything)
    kept, removed, steps = [], [], []
    for candidate in everything:
        if given.is_listed(candidate.code, "body_mass") and (pregnant or not weight):
            reason = "not in pregnancy" if pregnant else "no diagnosis about weight stands beside it"
            removed.append(Removed(candidate, "IC-20", reason))
            steps.append(given.step("IC-20", f"{candidate.code} removed", reason, candidate.facts))
        else:
            kept.append(candidate)
    return Change(tuple(kept), tuple(removed), tuple(steps))


def _with_placeholders(code: str, given: Given) -> str | None:
    stem, letter = code[:-1].rstrip("."), code[-1:]
    if len(code) >= 8 or stem not in given.catalogue or not given.catalogue[stem].children:
        return None
    for child in given.catalogue[stem].children:
        if len(child) == 8 and child[-1] == letter and given.catalogue.is_billable(child):
            return child
    return None


def _why_not(code: str, given: Given) -> tuple[str, str]:
    release = given.catalogue.release
    if code not in given.catalogue:
        return "IC-35", f"{code or '(empty)'} is not in {release}"
    entry = given.catalogue[code]
    if entry.seventh and all(len(child) == 8 for child in entry.children):
        letters = ", ".join(f"{letter} {meaning}" for letter, meaning in entry.seventh)
        return "IC-15", f"{code} needs a 7th character: {letters}"
    return (
        "IC-17",
        f"{code} is a heading of {release}, not a complete code; complete ones begin with {entry.children[0]}",
    )
