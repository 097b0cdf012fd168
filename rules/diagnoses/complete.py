"""From candidate codes to the list that may be reported: every rule in turn, until nothing changes, then the order.

>>> from datetime import date
>>> from rules.codesets.reader import open_release
>>> context = EncounterContext(date_of_service=date(2026, 5, 1))
>>> found = [Candidate(code="I10", facts=("p1",)), Candidate(code="I50.9", facts=("p2",), position=1)]
>>> outcome = complete(found, context, open_release(date(2026, 5, 1)), integral={})
>>> outcome.codes
('I11.0', 'I50.9')
>>> print(outcome.trace[0])
diagnoses/2015-10-01#hypertension: I11.0 [p1, p2] (I10 with I50.9: hypertensive heart disease with heart failure)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from chartlight.catalogue import Catalogue
from chartlight.context import EncounterContext
from chartlight.determination import Step
from rules.diagnoses.candidate import Candidate, DiagnosisOutcome, Removed
from rules.diagnoses.checks import body_mass, once, present, valid
from rules.diagnoses.combine import both_sides, collapse, combine
from rules.diagnoses.companions import suggest
from rules.diagnoses.conflicts import resolve
from rules.diagnoses.sequence import lacks_listed_cause, may_be_first, sequence, without_orphans
from rules.diagnoses.specific import integral as without_integral
from rules.diagnoses.specific import less_specific
from rules.diagnoses.tables import tables_on
from rules.diagnoses.working import Change, Given, in_order

ENTRY_RULES: tuple[Callable[[Iterable[Candidate], Given], Change], ...] = (valid, present, once)
"""What every candidate passes once, in this order."""

LIST_RULES: tuple[Callable[[Iterable[Candidate], Given], Change], ...] = (
    both_sides, combine, collapse, without_orphans, less_specific, without_integral, resolve, body_mass,
)  # fmt: skip
"""What is applied to the list again and again until it rests."""

MOST_ROUNDS = 12


def complete(
    candidates: Iterable[Candidate],
    context: EncounterContext,
    catalogue: Catalogue,
    *,
    integral: Mapping[str, tuple[str, ...]],
    drugs: Sequence[str] = (),
    unrelated: Sequence[tuple[str, str]] = (),
    is_facility_claim: bool = False,
    least: float = 0.0,
) -> DiagnosisOutcome:
    """The reportable list of diagnoses, in order, with what was taken off, what may be missing, and the argument.

    ``integral`` maps a disease (a code or the beginning of one) to the beginnings of the symptom codes that belong to it.
    ``drugs`` are ingredients, classes or Z79 codes of what the patient takes for long. ``unrelated`` are pairs of code
    beginnings that the note says have nothing to do with each other; they break 'with'. ``is_facility_claim`` is for a
    hospital's own claim; professional claims never code uncertain diagnoses (IC-01, IC-02). Candidates
    below ``least`` (a probability) change none at or above it: a combination is as sure as the less sure of its parts, so an
    unlikely partner would take a likely code along.

    Without a date in ``context`` the rules of the release's first day are used, with the warning ``date_assumed``. Raises
    ``NoEdition`` for a date before 2015-10-01.
    """
    day = context.date_of_service or catalogue.effective
    given = Given(
        catalogue=catalogue,
        tables=tables_on(day),
        context=context,
        integral=integral,
        unrelated=tuple(unrelated),
        is_facility_claim=is_facility_claim,
        least=least,
    )
    current = in_order(candidates)
    removed: list[Removed] = []
    steps: list[Step] = []
    for rule in ENTRY_RULES:
        current = _apply(rule, current, given, removed, steps)
    for _ in range(MOST_ROUNDS):
        at_start = current
        for rule in LIST_RULES:
            current = _apply(rule, current, given, removed, steps)
        if current == at_start:
            break
    current = _apply(sequence, current, given, removed, steps)
    listed = {candidate.code for candidate in current}
    return DiagnosisOutcome(
        candidates=current,
        removed=tuple(entry for entry in removed if entry.candidate.code not in listed),
        suggestions=suggest(current, drugs, given),
        warnings=_warnings(current, context, given),
        pointers=tuple(c.code for c in current if c.addressed)[: given.tables.most_pointers],
        trace=tuple(steps),
    )


def _apply(
    rule: Callable[[Iterable[Candidate], Given], Change],
    current: tuple[Candidate, ...],
    given: Given,
    removed: list[Removed],
    steps: list[Step],
) -> tuple[Candidate, ...]:
    change = rule(current, given)
    removed += change.removed
    steps += change.steps
    return change.candidates


def _warnings(current: tuple[Candidate, ...], context: EncounterContext, given: Given) -> tuple[str, ...]:
    found = []
    if context.date_of_service is None:
        found.append("date_assumed")
    elif not given.tables.edition.is_reviewed_on(context.date_of_service):
        found.append("edition_not_reviewed")
    if len(current) > given.tables.most_codes:
        found.append("more_than_twelve_codes")
    if current and not any(c.addressed for c in current):
        found.append("no_addressed_diagnosis_to_point_to")
    if current and not may_be_first(current[0].code, given):
        found.append("first_listed_is_secondary")
    if lacks_listed_cause([c.code for c in current], given):
        found.append("cause_not_among_those_listed")
    return tuple(found)
