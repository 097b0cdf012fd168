"""Modifiers and add-ons that stand beside the code, and what the other services of the date give reason to warn of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date

from chartlight.determination import AddOn, Modifier, Step
from chartlight.labels import PatientStatus, RiskNature, Setting
from rules.beside import ModifierRow, Need, Teaching, complexity, substantive_portion, triggers
from rules.case import Case
from rules.choice import Choice
from rules.elements.judge import in_order
from rules.routes import Capability
from rules.warnings import Warn

SURGERY = frozenset({RiskNature.MAJOR_SURGERY, RiskNature.MAJOR_SURGERY_RISK, RiskNature.EMERGENCY_SURGERY})
"""The natures that are a decision for major surgery."""
TELEHEALTH = frozenset({Setting.TELEHEALTH_VIDEO, Setting.TELEHEALTH_AUDIO})
"""The settings that depend on Medicare's telehealth flexibilities."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Additions:
    """What stands beside the code, with the argument for it."""

    modifiers: tuple[Modifier, ...] = ()
    add_ons: tuple[AddOn, ...] = ()
    steps: tuple[Step, ...] = ()
    warnings: tuple[str, ...] = ()


def additions(case: Case, code: str | None, choice: Choice, status: PatientStatus | None) -> Additions:
    """Modifiers and visit complexity for ``code``, and the lines of administered drugs; without a code only the latter.

    ``status`` is that of the patient, None when it is not known.
    """
    drugs = _drugs(case)
    warnings: list[str] = [*_about_services(case, status), *_about_circumstances(case), *drugs.warnings]
    if code is None:
        return replace(drugs, warnings=tuple(warnings))
    steps: list[Step] = []
    modifiers: list[Modifier] = []
    for row in case.modifier_table.rows:
        facts = _proposed(case, row, code, choice)
        if facts is None:
            continue
        reason = f"{row.id}: {row.say}"
        if Need.SPLIT_SHARED in row.needs:
            reason += f"; the substantive portion is {substantive_portion(case.day)}"
        modifiers.append(Modifier(row.code, code, reason))
        steps.append(
            Step(
                rule="modifier",
                outcome=row.code,
                reason=reason,
                edition=case.modifier_table.edition.name,
                facts=facts,
                citation=case.modifier_table.edition.cite(row.id),
            )
        )
    modifiers += _further_procedures(case)
    beside = [m.code for m in modifiers if m.on == code]
    warnings += _about_modifiers(case, beside)
    add_ons, more_steps, more_warnings = _complexity(case, code, "25" in beside)
    return Additions(
        modifiers=(*modifiers, *drugs.modifiers),
        add_ons=(*add_ons, *drugs.add_ons),
        steps=(*steps, *more_steps, *drugs.steps),
        warnings=(*warnings, *more_warnings),
    )


def _drugs(case: Case) -> Additions:
    """A line for each administered drug, with its units and JW or JZ (H-01 to H-08)."""
    if not case.drugs:
        return Additions()
    from rules.drug_units import bill  # only here: most visits have no drug, and decimal arithmetic takes time to load

    add_ons: list[AddOn] = []
    modifiers: list[Modifier] = []
    steps: list[Step] = []
    warnings: list[str] = []
    for drug in sorted(case.drugs, key=lambda d: (len(d.id), d.id)):
        outcome = bill(drug, case.day, context=case.context)
        because = "; ".join(f"{step.rule}: {step.reason}" for step in outcome.trace)
        for line in outcome.lines:
            add_ons.append(AddOn(line.code, line.units, because))
            if line.modifier is not None:
                modifiers.append(Modifier(line.modifier, line.code, because))
        steps += outcome.trace
        warnings += outcome.warnings
    return Additions(add_ons=tuple(add_ons), modifiers=tuple(modifiers), steps=tuple(steps), warnings=tuple(warnings))


def _separate(case: Case) -> tuple[str, ...] | None:
    return in_order(p.id for p in case.addressed if p.for_service is None) or None


def _decision(case: Case) -> tuple[str, ...] | None:
    return in_order(d.id for d in case.decisions if d.nature in SURGERY) or None


def _when(holds: bool) -> tuple[str, ...] | None:
    return () if holds else None


NEEDS: Mapping[Need, Callable[[Case], tuple[str, ...] | None]] = {
    Need.SEPARATE_PROBLEM: _separate,
    Need.SURGERY_DECISION: _decision,
    Need.SPLIT_SHARED: lambda case: _when(case.modifier_table.is_shared(case.context.split_shared)),
    Need.TEACHING_PRESENT: lambda case: _when(case.teaching is Teaching.PRESENT),
    Need.PRIMARY_CARE_EXCEPTION: lambda case: _when(case.teaching is Teaching.EXCEPTION),
}
"""How each need is looked up: the ids of the facts that show it, or None."""


def _proposed(case: Case, row: ModifierRow, code: str, choice: Choice) -> tuple[str, ...] | None:
    """The facts that call for the modifier, None when it is not proposed (M-00)."""
    if row.since is not None and case.day < row.since:
        return None
    if (row.settings and case.setting not in row.settings) or (row.codes and code not in row.codes):
        return None
    if row.stages and (choice.stage not in row.stages or code != choice.code):
        return None
    if row.families and (choice.family is None or choice.family.edition.topic not in row.families):
        return None
    if row.takes is not None and row.takes not in case.payer.takes:
        return None
    if (row.global_days or row.classes) and not triggers(row, case.services, case.service_table):
        return None
    facts: list[str] = []
    for need in row.needs:
        shown = NEEDS[need](case)
        if shown is None:
            return None
        facts += shown
    return in_order(facts)


def _further_procedures(case: Case) -> list[Modifier]:
    table = case.modifier_table
    if table.further_takes not in case.payer.takes:
        return []
    procedures = [s.code for s in case.services if s.global_days is not None]
    return [Modifier(table.further_code, c, f"{table.further_id}: {table.further_say}") for c in procedures[1:]]


def _about_modifiers(case: Case, proposed: list[str]) -> list[Warn]:
    """What the services call for and the facts do not show."""
    warnings = []
    for row in case.modifier_table.rows:
        if row.code in proposed or not row.needs or not (row.global_days or row.classes) or row.codes:
            continue
        if triggers(row, case.services, case.service_table):
            if Need.SURGERY_DECISION in row.needs:
                warnings.append(Warn.DECISION_NOT_SHOWN)
            elif case.addressed:
                warnings.append(Warn.ONLY_FOLLOW_UP if "postoperative_visit" in row.classes else Warn.ONLY_FOR_SERVICE)
    return warnings


def _about_services(case: Case, status: PatientStatus | None) -> list[Warn]:
    table, warnings = case.service_table, list[Warn]()
    if sum(s.global_days is not None for s in case.services) > 1:
        warnings.append(Warn.SEVERAL_PROCEDURES)
    for service in case.services:
        if table.deleted_on(service.code, case.day):
            warnings.append(Warn.CODE_DELETED)
        if "preventive_visit" not in table.classes_of(service.code):
            continue
        if Capability.PREVENTIVE_VISITS not in case.payer.takes:
            warnings.append(Warn.PREVENTIVE_PAYER)
        row = next((p for p in table.preventive if p.code == service.code), None)
        age = age_on(case.context.birth_date, case.day)
        if row is not None and age is not None and not row.from_age <= age < row.below:
            warnings.append(Warn.PREVENTIVE_AGE)
        if row is not None and status is not None and status is not row.status:
            warnings.append(Warn.PREVENTIVE_STATUS)
    return warnings


def age_on(birth: date | None, day: date) -> int | None:
    """Whole years of age on a date, None when unknown or not yet born.

    >>> age_on(date(2000, 3, 2), date(2018, 3, 1))
    17
    """
    if birth is None or birth > day:
        return None
    return day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))


def _about_circumstances(case: Case) -> list[Warn]:
    warnings = []
    if case.setting is Setting.OFFICE and case.modifier_table.is_shared(case.context.split_shared):
        warnings.append(Warn.SPLIT_OFFICE)
    if case.teaching is Teaching.UNKNOWN:
        warnings.append(Warn.TEACHING_UNKNOWN)
    if case.teaching is Teaching.ABSENT:
        warnings.append(Warn.TEACHING_ABSENT)
    through = case.payer.telehealth_through
    if case.setting in TELEHEALTH and through is not None and case.day > through:
        warnings.append(Warn.TELEHEALTH_ENDED)
    return warnings


def _complexity(case: Case, code: str, with_25: bool) -> tuple[tuple[AddOn, ...], tuple[Step, ...], tuple[Warn, ...]]:
    """G2211 where the payer takes it and the relationship is on record (G-01 to G-06)."""
    rule = complexity(case.day)
    said = (case.context.relationship or "").strip().casefold()
    if rule is None or Capability.VISIT_COMPLEXITY not in case.payer.takes or said != rule.relationship:
        return (), (), ()
    if code not in rule.bases:
        return (), (), ()
    outcome, reason, row = rule.code, "the clinician is the focal point of continuing care (G-01)", rule.id
    if with_25:
        row25 = next(r for r in case.modifier_table.rows if r.code == "25")
        others = triggers(row25, case.services, case.service_table)
        if not others or any(not case.service_table.classes_of(s.code) & rule.with_25 for s in others):
            outcome, row = "none", "G-03" if rule.with_25 else "G-02"
            reason = Warn.COMPLEXITY_MODIFIER.definition
    step = Step(
        rule="visit_complexity",
        outcome=outcome,
        reason=reason,
        edition=rule.edition.name,
        citation=rule.edition.cite(row),
    )
    if outcome == "none":
        return (), (step,), (Warn.COMPLEXITY_MODIFIER,)
    return (AddOn(rule.code, 1, reason),), (step,), ()
