"""The code of one reading of a case: its family, the code by MDM, the code by time, and the better supported of the two."""

from __future__ import annotations

from dataclasses import dataclass

from chartlight.determination import Step, TimeOutcome
from chartlight.labels import Basis, PatientStatus, Setting, Stage, TimeRole
from rules.beside import Teaching
from rules.case import Case, MdmOutcome, decision_making
from rules.edition import Edition, NoEdition, edition_in_force
from rules.families import Axis, CodeRow, Family, by_mdm, by_time, family
from rules.minutes import Minutes, of_role, warn_of
from rules.routes import routing
from rules.warnings import Unsupported, Warn


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What one reading of status and stage makes of a case; ``other`` is the code of the basis that was not chosen.

    ``capped_from`` is the code that the primary care exception did not allow.
    """

    code: str | None
    basis: Basis | None
    outcome: MdmOutcome
    time: TimeOutcome | None
    minutes: Minutes
    family: Family | None
    status: PatientStatus | None
    stage: Stage | None
    steps: tuple[Step, ...]
    editions: tuple[Edition, ...]
    other: tuple[str, Basis] | None = None
    capped_from: str | None = None
    unsupported: Unsupported | None = None
    warnings: tuple[str, ...] = ()


def choose(case: Case, *, setting: Setting, status: PatientStatus | None, stage: Stage | None) -> Choice:
    """Find the family and its code; never raises for a date from 2021 on."""
    edition = edition_in_force("routing", case.day)
    route = routing(edition).route(setting, stage, case.payer)
    found = None
    unsupported = Unsupported.FAMILY_NOT_YET if route is None else route.unsupported
    if route is not None and route.family is not None:
        try:
            found = family(edition_in_force(route.family, case.day))
        except NoEdition:
            unsupported = Unsupported.FAMILY_NOT_YET
    way = Step(
        rule="family",
        outcome=found.edition.topic if found else "none",
        reason=f"{route.id}: {route.say}" if route else f"no family for {setting.value}",
        edition=edition.name,
        citation=edition.cite(route.id if route else ""),
    )
    if found is None:
        outcome = decision_making(case, setting=setting, stage=stage)
        minutes = of_role(case.times, TimeRole.TOTAL)
        return Choice(
            code=None, basis=None, outcome=outcome, time=_time(minutes, None), minutes=minutes, family=None,
            status=status, stage=stage, steps=(way, outcome.step), editions=(edition, *outcome.editions),
            unsupported=unsupported, warnings=outcome.warnings,
        )  # fmt: skip
    if found.by is Axis.STAGE:
        assumed = route.assumed_stage if route and route.assumed_stage else Stage(found.assumed)
        stage = found.stage_as.get(stage or assumed, stage or assumed)
    elif found.by is Axis.STATUS:
        status = status or PatientStatus(found.assumed)
    outcome = decision_making(case, setting=setting, stage=stage)
    return _in_family(case, found, outcome, way, setting=setting, status=status, stage=stage, routed=edition)


def _time(minutes: Minutes, code: str | None) -> TimeOutcome | None:
    if minutes.minutes is None:
        return None
    return TimeOutcome(minutes=minutes.minutes, code=code, evidence=minutes.evidence)


def _minutes(case: Case, family: Family, stage: Stage | None) -> Minutes:
    """Total minutes; on the day of discharge those of discharge management before the total."""
    if family.by is Axis.STAGE and stage is Stage.DISCHARGE:
        own = of_role(case.times, TimeRole.DISCHARGE)
        if own.facts:
            return own
    return of_role(case.times, TimeRole.TOTAL)


def _in_family(
    case: Case, found: Family, outcome: MdmOutcome, way: Step, *,
    setting: Setting, status: PatientStatus | None, stage: Stage | None, routed: Edition,
) -> Choice:  # fmt: skip
    offered = found.offered(setting, status, stage)
    minutes = _minutes(case, found, stage)
    total = minutes.minutes
    warnings: list[str] = [*outcome.warnings, *warn_of(minutes)]
    rows = tuple(r for r in offered if not r.time_only)
    if total is not None:
        rows = tuple(r for r in rows if r.discussion_over is None or total > r.discussion_over)
    elif any(r.discussion_over is not None for r in rows):
        warnings.append(Warn.DISCUSSION_UNKNOWN)
    mdm_row = time_row = None
    unsupported = None
    why_not = _why_no_time(case, found)
    if rows:
        mdm_row = by_mdm(rows, outcome.mdm.level) if outcome.mdm else None
        time_row = by_time(rows, total) if outcome.mdm and total is not None and not why_not else None
        if outcome.mdm and total is not None:
            if why_not:
                warnings.append(Warn.TIME_NOT_USED)
            elif time_row is None:
                warnings.append(Warn.TIME_BELOW)
    else:
        # rows by time alone: a discharge day, a check-in; without minutes the lowest of those that begin at none
        timed = tuple(r for r in offered if r.time_only)
        time_row = by_time(timed, total or 0)
        if time_row and outcome.mdm is None and not (time_row.without_problems and total is not None):
            time_row = None
        elif time_row and total is None:
            warnings.append(Warn.DISCHARGE_TIME_MISSING)
        if time_row is None and outcome.mdm is not None:
            unsupported = Unsupported.DISCUSSION_SHORT
        if time_row and outcome.mdm is None:
            warnings = [w for w in warnings if w != Warn.NOTHING_ADDRESSED]
    row, basis = mdm_row, Basis.MDM if mdm_row else None
    if time_row and (mdm_row is None or offered.index(time_row) > offered.index(mdm_row)):
        row, basis = time_row, Basis.TIME
    capped = None
    if row and case.teaching is Teaching.EXCEPTION:
        allowed = [r for r in rows if r.code in case.modifier_table.exception_codes and r.mdm]
        if allowed and row.code not in case.modifier_table.exception_codes:
            capped, row = row.code, allowed[-1]
            warnings.append(Warn.EXCEPTION_CAP)
    other = None
    if mdm_row and time_row and mdm_row is not time_row:
        other = (mdm_row.code, Basis.MDM) if basis is Basis.TIME else (time_row.code, Basis.TIME)
    steps = [way, outcome.step]
    if minutes.facts:
        steps.append(_time_step(found, minutes, time_row, why_not, nothing=outcome.mdm is None))
    return Choice(
        code=row.code if row else None, basis=basis, outcome=outcome,
        time=_time(minutes, time_row.code if time_row else None), minutes=minutes, family=found, status=status, stage=stage,
        steps=tuple(steps), editions=(routed, found.edition, *outcome.editions), other=other, capped_from=capped,
        unsupported=unsupported, warnings=tuple(warnings),
    )  # fmt: skip


def _why_no_time(case: Case, found: Family) -> str | None:
    """Why time selects no code here, None when it may."""
    if not found.uses_time:
        return "the family goes by MDM alone (MD-04)"
    if case.has_service_of("psychotherapy_add_on"):
        return "psychotherapy is reported besides, so the visit goes by MDM (MD-04)"
    if case.teaching is Teaching.EXCEPTION:
        return "under the primary care exception the level goes by MDM alone (TM-08)"
    return None


def _time_step(found: Family, minutes: Minutes, row: CodeRow | None, why_not: str | None, *, nothing: bool) -> Step:
    if minutes.conflict:
        outcome, reason, cited = "none", "two different totals are stated (TP-16)", "TP-16"
    elif why_not:
        outcome, reason, cited = "not used", f"{minutes.minutes} minutes; {why_not}", "MD-04"
    elif row is not None:
        outcome, reason, cited = row.code, f"{minutes.minutes} minutes, from {row.minutes} on ({row.id})", row.id
    elif nothing:
        outcome, reason, cited = "none", f"{minutes.minutes} minutes, and no problem addressed", "P-00"
    else:
        outcome, reason, cited = "none", f"{minutes.minutes} minutes, below the lowest of the family (FN-01)", "FN-01"
    return Step(
        rule="time_on_date",
        outcome=outcome,
        reason=reason,
        edition=found.edition.name,
        facts=minutes.facts,
        citation=found.edition.cite(cited),
    )
