"""From facts and circumstances to an E/M code with its whole argument: the one question that the rules answer.

Pure: the same facts, context and services give the same determination, in any order of the facts, on any machine, for ever. The order of
decisions is that of section 10 of the specification.
"""

from __future__ import annotations

from collections.abc import Sequence

from chartlight.context import EncounterContext, Service
from chartlight.determination import AddOn, Alternative, Determination, Step
from chartlight.facts import AnyFact
from chartlight.labels import Basis, PatientStatus, Setting, Stage, TimeRole
from rules.additions import additions
from rules.blocks import prolonged
from rules.care import critical_minutes
from rules.case import Case, sort_case
from rules.choice import Choice, choose
from rules.edition import Edition, NoEdition, edition_in_force
from rules.families import Axis
from rules.minutes import left_out, of_role
from rules.practice import NO_PRACTICE, Practice
from rules.routes import routing
from rules.status import Standing, patient_status
from rules.warnings import Unsupported, Warn


def determine(
    facts: Sequence[AnyFact],
    context: EncounterContext,
    services: Sequence[Service] = (),
    *,
    practice: Practice = NO_PRACTICE,
) -> Determination:
    """The determination of one encounter; ``practice`` holds payers and house standards of the caller's own.

    >>> from datetime import date
    >>> from chartlight.facts import Problem, RiskDecision
    >>> from chartlight.labels import ProblemNature, RiskNature
    >>> given = [
    ...     Problem(id="p1", nature=ProblemNature.CHRONIC_WORSENING),
    ...     RiskDecision(id="r1", nature=RiskNature.RX_MANAGEMENT),
    ... ]
    >>> office = EncounterContext(
    ...     date_of_service=date(2026, 3, 2), setting=Setting.OFFICE, patient_status=PatientStatus.ESTABLISHED
    ... )
    >>> found = determine(given, office)
    >>> found.code, found.mdm.level.value
    ('99214', 'moderate')

    Never raises for well-formed facts: what cannot be determined has code None and its reason in ``unsupported`` or ``warnings``.
    """
    day = context.date_of_service
    if day is None:
        return Determination(code=None, unsupported=Unsupported.NO_DATE, trace=(_refusal(Unsupported.NO_DATE),))
    try:
        edition = edition_in_force("routing", day)
    except NoEdition:
        refusal = _refusal(Unsupported.NO_EDITION)
        return Determination(code=None, unsupported=Unsupported.NO_EDITION, date_of_service=day, trace=(refusal,))
    try:
        case = sort_case(facts, context, services, day, practice)
    except NoEdition:
        return _before_mdm(context, edition)
    return _judge(case)


def _refusal(why: Unsupported, edition: Edition | None = None, row: str = "") -> Step:
    return Step(
        rule="code",
        outcome="none",
        reason=why.definition,
        edition=edition.name if edition else None,
        citation=edition.cite(row) if edition else None,
    )


def _before_mdm(context: EncounterContext, edition: Edition) -> Determination:
    """A date on which no table of MDM is in force: the routing says why."""
    why, row = Unsupported.NO_EDITION, ""
    for route in routing(edition).routes:
        if (context.setting or Setting.OFFICE) in route.settings and route.unsupported:
            why, row = route.unsupported, route.id
            break
    step = _refusal(why, edition, row)
    return Determination(code=None, unsupported=why, date_of_service=context.date_of_service, trace=(step,))


def _judge(case: Case) -> Determination:
    standing = patient_status(case.context, case.day)
    stage, stage_warnings = _stage(case)
    choice = choose(case, setting=case.setting, status=standing.status, stage=stage)
    warnings: list[str] = [*case.warnings, *stage_warnings, *choice.warnings]
    steps = list(choice.steps)
    family = choice.family
    if family is not None and family.by is Axis.STATUS:
        steps.insert(1, standing.step)
        warnings += standing.warnings
    elif family is not None and family.by is Axis.STAGE:
        steps.insert(1, _stage_step(case, choice, stage))
        if stage is None:
            warnings.append(Warn.STAGE_ASSUMED)
        elif choice.stage is not stage:
            warnings.append(Warn.STAGE_NOT_IN_FAMILY)
    alternatives = _other_readings(case, choice, standing, stage)
    used = {TimeRole.TOTAL, TimeRole.DISCHARGE} if choice.stage is Stage.DISCHARGE else {TimeRole.TOTAL}
    code, basis, time, add_ons = choice.code, choice.basis, choice.time, tuple[AddOn, ...]()
    care = critical_minutes(case, choice)
    if care is not None:
        steps.append(care.step)
        warnings += care.warnings
        if care.code is not None:
            used.add(TimeRole.CRITICAL_CARE)
            alternatives = _instead_of_care(choice)
            code, basis, time, add_ons = care.code, Basis.TIME, care.time, care.add_ons
            dropped = {Warn.NOTHING_ADDRESSED, Warn.TIME_BELOW, Warn.STAGE_ASSUMED, Warn.STATUS_UNKNOWN}
            warnings = [w for w in warnings if w not in dropped]
    out = left_out(case.times, frozenset(used), case.day)
    if out is not None:
        steps.append(out)
        warnings.append(Warn.MINUTES_NOT_COUNTED)
    if code is not None and code == choice.code:
        add_ons, by_time = _prolonged(case, choice)
        if by_time is not None:
            alternatives = (*alternatives, by_time)
            warnings.append(Warn.PROLONGED_BY_TIME)
    beside = additions(case, code, choice, standing.status)
    steps += beside.steps
    warnings += beside.warnings
    if case.context.units_today:
        warnings.append(Warn.ALREADY_REPORTED)
    unsupported = choice.unsupported if code is None else None
    if any(not e.is_reviewed_on(case.day) for e in choice.editions):
        warnings.append(Warn.EDITION_NOT_REVIEWED)
    return Determination(
        code=code,
        basis=basis,
        mdm=choice.outcome.mdm,
        time=time,
        alternatives=alternatives,
        add_ons=add_ons + beside.add_ons,
        modifiers=beside.modifiers,
        ledger=choice.outcome.ledger,
        warnings=tuple(dict.fromkeys(str(w) for w in warnings)),
        unsupported=unsupported,
        date_of_service=case.day,
        trace=(_root(choice, code, basis, unsupported, steps),),
    )


def _root(
    choice: Choice, code: str | None, basis: Basis | None, unsupported: Unsupported | None, steps: Sequence[Step]
) -> Step:
    if unsupported is not None:
        reason = unsupported.definition
    elif code is None:
        reason = Warn.NOTHING_ADDRESSED.definition
    elif code != choice.code:
        reason = "critical care goes by its own minutes"
    elif basis is Basis.TIME and choice.other is None:
        reason = "time alone decides"
    elif choice.other is not None:
        reason = f"the better supported of MDM and time; by {choice.other[1].value} alone it would be {choice.other[0]}"
    else:
        reason = "medical decision making decides"
    return Step(rule="code", outcome=code or "none", reason=reason, steps=tuple(steps))


def _stage(case: Case) -> tuple[Stage | None, tuple[Warn, ...]]:
    """The stage as given; discharge minutes tell the day of discharge where nobody else does (TP-13)."""
    stage = case.context.stage
    if stage is None and of_role(case.times, TimeRole.DISCHARGE).facts:
        route = routing(edition_in_force("routing", case.day)).route(case.setting, Stage.DISCHARGE, case.payer)
        if route is not None and route.family in ("hospital", "nursing_facility"):
            return Stage.DISCHARGE, (Warn.STAGE_FROM_TIME,)
    return stage, ()


def _stage_step(case: Case, choice: Choice, given: Stage | None) -> Step:
    assert choice.family is not None
    assert choice.stage is not None
    if given is None:
        reason = "not given; assumed"
    elif given is not choice.stage:
        reason = f"{given.value} was given, and the family has no codes for it"
    else:
        reason = "as given" if case.context.stage else "discharge minutes are stated"
    facts = of_role(case.times, TimeRole.DISCHARGE).facts if given and not case.context.stage else ()
    return Step(
        rule="stage", outcome=choice.stage.value, reason=reason, edition=choice.family.edition.name, facts=facts
    )


def _other_readings(case: Case, choice: Choice, standing: Standing, stage: Stage | None) -> tuple[Alternative, ...]:
    """The code for the other patient status or stage where it is not known, and that of the other basis."""
    found: list[Alternative] = []
    if choice.code is None or choice.family is None:
        return ()
    family = choice.family
    if family.by is Axis.STATUS and standing.status is None:
        other = PatientStatus.NEW if choice.status is PatientStatus.ESTABLISHED else PatientStatus.ESTABLISHED
        second = choose(case, setting=case.setting, status=other, stage=stage)
        if second.code is not None:
            because = f"if the patient is {other.value}; the record does not say"
            found.append(Alternative(code=second.code, because=because, basis=second.basis, patient_status=other))
    if family.by is Axis.STAGE and stage is None:
        later = Stage.INITIAL if choice.stage is not Stage.INITIAL else Stage.SUBSEQUENT
        second = choose(case, setting=case.setting, status=standing.status, stage=later)
        if second.code is not None:
            because = f"if this is the {later.value} service of the stay; the record does not say"
            found.append(Alternative(code=second.code, because=because, basis=second.basis, stage=later))
    if case.setting is Setting.CRITICAL_CARE:
        second = choose(case, setting=Setting.EMERGENCY, status=standing.status, stage=None)
        if second.code is not None:
            because = "if the visit took place in the emergency department"
            found.append(Alternative(code=second.code, because=because, basis=second.basis))
    if choice.capped_from is not None:
        because = "if the teaching physician was present for the key portion"
        found.append(Alternative(code=choice.capped_from, because=because, basis=Basis.MDM))
    if choice.other is not None:
        code, basis = choice.other
        found.append(Alternative(code=code, because=f"by {basis.value} alone", basis=basis))
    return tuple(found)


def _instead_of_care(choice: Choice) -> tuple[Alternative, ...]:
    if choice.code is None:
        return ()
    because = "for a separate and necessary visit earlier on the date, besides critical care (CC-06)"
    return (Alternative(code=choice.code, because=because, basis=choice.basis),)


def _prolonged(case: Case, choice: Choice) -> tuple[tuple[AddOn, ...], Alternative | None]:
    """Prolonged service of the highest code chosen by time; where MDM chose it, the alternative by time (PR-15)."""
    time = choice.time
    if time is None or time.code is None or time.code != choice.code:
        return (), None
    add_on = prolonged(time.code, time.minutes, case.payer.schedule, case.day)
    if add_on is None:
        return (), None
    if choice.basis is Basis.TIME:
        return (add_on,), None
    because = f"by time the visit would carry {add_on.code} x{add_on.units} ({add_on.because})"
    return (), Alternative(code=time.code, because=because, basis=Basis.TIME)
