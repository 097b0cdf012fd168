"""What one more or one fewer fact would change: the smallest sets whose loss or presence gives another code.

Computed by judging again, never guessed. The wording stays neutral (Q-05): it tells how firm a code stands, not what to write.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from chartlight.context import EncounterContext, Service
from chartlight.determination import Step
from chartlight.facts import AnyFact, DataItem, Problem, RiskDecision, TimeStatement
from chartlight.labels import DataNature, ProblemNature, RiskNature, TimeRole
from rules.determine import determine
from rules.practice import NO_PRACTICE, Practice

LARGEST = 3
"""The largest set of facts whose loss is tried, among the facts that the trace names."""
MOST = 2000
"""The most sets of one size that are tried, so that a note with a hundred facts is answered at once."""
LARGEST_ADDED = 2
"""The largest set of further facts whose presence is tried."""
LONGEST = 120
"""The most minutes that are tried; the highest threshold of any family is 85."""
NONE_FOUND = f"no loss of up to {LARGEST} facts, no further facts of up to {LARGEST_ADDED} kinds and no minutes give another code"
"""What is told where no change of the tried size gives another code."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Flip:
    """One smallest change and the code that it gives: ids of facts lost, or the kinds of facts that would be present."""

    code: str | None
    without: tuple[str, ...] = ()
    with_: tuple[str, ...] = ()


def flip(
    facts: Sequence[AnyFact],
    context: EncounterContext,
    services: Sequence[Service] = (),
    *,
    practice: Practice = NO_PRACTICE,
) -> tuple[Flip, ...]:
    """The smallest losses and the smallest additions that change the code, and minutes; empty where no change of the tried size does.

    Minutes are told of roles that no fact states, in ranges with one code each, besides the other additions: one total changes most
    codes and would hide them.

    >>> from datetime import date
    >>> from chartlight.labels import PatientStatus, Setting
    >>> office = EncounterContext(
    ...     date_of_service=date(2026, 3, 2), setting=Setting.OFFICE, patient_status=PatientStatus.ESTABLISHED
    ... )
    >>> given = [
    ...     Problem(id="p1", nature=ProblemNature.CHRONIC_WORSENING),
    ...     RiskDecision(id="r1", nature=RiskNature.RX_MANAGEMENT),
    ... ]
    >>> [(f.without, f.code) for f in flip(given, office) if f.without]
    [(('p1',), None), (('r1',), '99212')]
    """
    code = determine(facts, context, services, practice=practice).code
    return (
        *_losses(facts, context, services, practice, code),
        *_additions(facts, context, services, practice, code),
        *_minutes(facts, context, services, practice, code),
    )


def _named(steps: Sequence[Step]) -> set[str]:
    return {f for step in steps for f in step.facts} | {f for step in steps for f in _named(step.steps)}


def _losses(
    facts: Sequence[AnyFact],
    context: EncounterContext,
    services: Sequence[Service],
    practice: Practice,
    code: str | None,
) -> Iterator[Flip]:
    # the facts that the trace names alone give the code, so a loss that changes it touches one of them
    kept = _named(determine(facts, context, services, practice=practice).trace)
    tried = sorted((f.id for f in facts if f.id in kept), key=lambda i: (len(i), i))
    for size in range(1, LARGEST + 1):
        found = []
        if math.comb(len(tried), size) > MOST:
            return
        for lost in itertools.combinations(tried, size):
            rest = [f for f in facts if f.id not in lost]
            other = determine(rest, context, services, practice=practice).code
            if other != code:
                found.append(Flip(code=other, without=lost))
        if found:
            yield from found
            return


def _candidates() -> tuple[tuple[str, AnyFact], ...]:
    """One further fact of every kind, each a thing of its own."""
    found: list[tuple[str, AnyFact]] = []
    for problem in ProblemNature:
        found.append((f"problem {problem.value}", Problem(id=f"+{problem.value}", nature=problem)))
    for data in DataNature:
        fact = DataItem(id=f"+{data.value}", nature=data, interpretation_billed=False)
        found.append((f"data {data.value}", fact))
    for risk in RiskNature:
        found.append((f"risk {risk.value}", RiskDecision(id=f"+{risk.value}", nature=risk)))
    return tuple(found)


def _additions(
    facts: Sequence[AnyFact],
    context: EncounterContext,
    services: Sequence[Service],
    practice: Practice,
    code: str | None,
) -> Iterator[Flip]:
    for size in range(1, LARGEST_ADDED + 1):
        found = []
        for more in itertools.combinations(_candidates(), size):
            other = determine([*facts, *(fact for _, fact in more)], context, services, practice=practice).code
            if other != code:
                found.append(Flip(code=other, with_=tuple(name for name, _ in more)))
        if found:
            yield from found
            return


def _minutes(
    facts: Sequence[AnyFact],
    context: EncounterContext,
    services: Sequence[Service],
    practice: Practice,
    code: str | None,
) -> Iterator[Flip]:
    stated = {f.role for f in facts if isinstance(f, TimeStatement)}
    for role in (TimeRole.TOTAL, TimeRole.CRITICAL_CARE, TimeRole.DISCHARGE):
        if role in stated:
            continue  # a second statement would only contradict the first

        def with_minutes(minutes: int, role: TimeRole = role) -> str | None:
            more = TimeStatement(id="+time", minutes=minutes, role=role)
            return determine([*facts, more], context, services, practice=practice).code

        for other, group in itertools.groupby(range(1, LONGEST + 1), key=with_minutes):
            if other == code:
                continue
            of_code = list(group)
            until = "or more" if of_code[-1] == LONGEST else f"to {of_code[-1]}"
            yield Flip(code=other, with_=(f"time {role.value} of {of_code[0]} {until} minutes",))


def told(changes: Sequence[Flip]) -> Iterator[str]:
    """The changes as lines, or the sentence that there are none; kinds of facts that do the same are told together.

    >>> list(told([Flip(code="99213", with_=("risk otc_drug",)), Flip(code="99213", with_=("risk sdoh",))]))
    ['with risk otc_drug or risk sdoh: 99213']
    """
    if not changes:
        yield NONE_FOUND
    for change in changes:
        if change.without:
            yield f"without {' and '.join(change.without)}: {change.code or 'no code'}"
    partners: dict[tuple[str | None, str], list[tuple[str, ...]]] = {}
    for change in changes:
        if change.with_:
            partners.setdefault((change.code, change.with_[0]), []).append(change.with_[1:])
    alike: dict[tuple[str | None, tuple[tuple[str, ...], ...]], list[str]] = {}
    for (code, first), rest in partners.items():
        alike.setdefault((code, tuple(rest)), []).append(first)
    for (code, rest_of), firsts in alike.items():
        more = " or ".join(" and ".join(r) for r in rest_of if r)
        yield f"with {' or '.join(firsts)}{f', and {more}' if more else ''}: {code or 'no code'}"
