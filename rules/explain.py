"""The argument of a determination as sentences that a coder reads from top to bottom."""

from __future__ import annotations

from collections.abc import Iterator

from chartlight.determination import Determination, Step
from chartlight.labels import Label
from rules.warnings import Unsupported, Warn

HEADS = {
    "family": "Family",
    "patient_status": "Patient",
    "stage": "Stage",
    "two_of_three": "Medical decision making",
    "problems": "Problems",
    "data": "Data",
    "ledger": "Items of data",
    "risk": "Risk",
    "time_on_date": "Time",
    "minutes_left_out": "Minutes left out",
    "critical_care": "Critical care",
    "modifier": "Modifier",
    "visit_complexity": "Visit complexity",
}
"""How each rule of the trace is called in a sentence."""


def explain(found: Determination) -> str:
    """The determination and its argument in plain sentences, one a line; neutral, with sources by edition and row.

    >>> from datetime import date
    >>> from chartlight.context import EncounterContext
    >>> from rules.determine import determine
    >>> print(explain(determine([], EncounterContext(date_of_service=date(2020, 5, 1)))))
    There is no code: before 2021 levels rest on history, examination and key components (ED-01).
    """
    return "\n".join(sentences(found))


def sentences(found: Determination) -> Iterator[str]:
    """The sentences of ``explain``, one by one."""
    yield _conclusion(found)
    for root in found.trace:
        for step in root.steps:
            yield from _step(step, "")
    for entry in found.ledger:
        credit = "counts" if entry.credited else "does not count"
        yield f"  {entry.item} {credit}: {entry.reason} ({entry.row}){_of(entry.facts)}."
    for add_on in found.add_ons:
        yield f"Add-on {add_on.code}, {add_on.units} unit{'s' if add_on.units > 1 else ''}: {add_on.because}."
    for other in found.alternatives:
        yield f"Otherwise {other.code}: {other.because}."
    for word in found.warnings:
        yield f"Note: {_definition(word, Warn)}."


def _conclusion(found: Determination) -> str:
    if found.unsupported is not None:
        return f"There is no code: {_definition(found.unsupported, Unsupported)}."
    reason = found.trace[0].reason if found.trace else ""
    if found.code is None:
        return f"There is no code: {reason}."
    level = f" with {found.mdm.level.value} medical decision making" if found.mdm else ""
    return f"The code is {found.code}{level}: {reason}."


def _step(step: Step, indent: str) -> Iterator[str]:
    if step.rule == "ledger":
        return  # its lines are told one by one
    head = HEADS.get(step.rule, step.rule)
    source = f" [{step.edition}]" if step.edition else ""
    yield f"{indent}{head}: {step.outcome.replace('_', ' ')}; {step.reason}{_of(step.facts)}{source}."
    for below in step.steps:
        yield from _step(below, indent + "  ")


def _of(facts: tuple[str, ...]) -> str:
    return f" (facts {', '.join(facts)})" if facts else ""


def _definition(word: str, vocabulary: type[Label]) -> str:
    """The sentence behind a word of the vocabulary; a stranger stands for itself."""
    return next((member.definition for member in vocabulary if member.value == word), word)
