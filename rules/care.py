"""Critical care, which goes by minutes of its own (CC-01 to CC-06)."""

from __future__ import annotations

from dataclasses import dataclass

from chartlight.determination import AddOn, Step, TimeOutcome
from chartlight.labels import Setting, TimeRole
from rules.blocks import critical_care
from rules.case import Case
from rules.choice import Choice
from rules.minutes import of_role
from rules.warnings import Warn


@dataclass(frozen=True, slots=True, kw_only=True)
class Care:
    """Critical care that was looked at: its code, None below the minimum or without the criteria, and the argument."""

    step: Step
    warnings: tuple[Warn, ...]
    code: str | None = None
    time: TimeOutcome | None = None
    add_ons: tuple[AddOn, ...] = ()


def critical_minutes(case: Case, choice: Choice) -> Care | None:
    """Critical care where its minutes are stated, or its setting was given (CC-01 to CC-03)."""
    rule = critical_care(case.day)
    minutes = of_role(case.times, TimeRole.CRITICAL_CARE)
    own_setting = case.setting is Setting.CRITICAL_CARE
    stated = bool(minutes.facts)
    if rule is None or not (minutes.facts or own_setting):
        return None
    warnings: list[Warn] = []
    if own_setting and not minutes.facts:
        minutes = of_role(case.times, TimeRole.TOTAL)
        if minutes.minutes is not None:
            warnings.append(Warn.CRITICAL_MINUTES_ASSUMED)
    if minutes.conflict:
        warnings.append(Warn.TIME_CONFLICT)
    mdm = choice.outcome.mdm
    shown = mdm is not None and mdm.level >= rule.criteria
    enough = minutes.minutes is not None and minutes.minutes >= rule.minutes
    if not enough:
        warnings.append(Warn.CRITICAL_BELOW)
        outcome, row = "none", rule.id
        reason = f"{minutes.minutes or 0} minutes, and {rule.minutes} are the least"
    elif not shown and not (own_setting and stated):
        warnings.append(Warn.CRITICAL_CRITERIA)
        outcome, row, reason = "none", "CC-01", Warn.CRITICAL_CRITERIA.definition
    else:
        if not shown:
            warnings.append(Warn.CRITICAL_CRITERIA)
        outcome, row = rule.code, rule.id
        reason = f"{minutes.minutes} minutes, from {rule.minutes} on ({rule.id})"
    step = Step(
        rule="critical_care",
        outcome=outcome,
        reason=reason,
        edition=rule.edition.name,
        facts=minutes.facts,
        citation=rule.edition.cite(row),
    )
    if outcome == "none" or minutes.minutes is None:
        return Care(step=step, warnings=tuple(warnings))
    time = TimeOutcome(minutes=minutes.minutes, code=rule.code, evidence=minutes.evidence)
    return Care(
        step=step,
        warnings=tuple(warnings),
        code=rule.code,
        time=time,
        add_ons=rule.add_ons(minutes.minutes, case.payer.schedule),
    )
