"""New or established patient (NE-01 to NE-09)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache

from chartlight.context import EncounterContext
from chartlight.determination import Step
from chartlight.labels import PatientStatus
from rules.edition import Edition, Verified, edition_in_force
from rules.record import Record
from rules.tables import read_notes
from rules.warnings import Warn


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """The patient's status, None when it is not known, with the step that argues for it and what to warn of."""

    status: PatientStatus | None
    step: Step
    warnings: tuple[Warn, ...] = ()


@cache
def _years(edition: Edition) -> int:
    body = Record(edition.body, edition.where)
    row = body.record("established")
    years = row.whole("years")
    row.text("id"), row.text("say"), row.one_of("verified", Verified)
    row.close()
    read_notes(body)
    body.close()
    return years


def years_after(day: date, years: int) -> date:
    """The same day so many years later; 29 February becomes 1 March, the reading that keeps a patient established.

    >>> years_after(date(2020, 2, 29), 3)
    datetime.date(2023, 3, 1)
    """
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)


def patient_status(context: EncounterContext, day: date) -> Standing:
    """Whether the patient is new or established on ``day``: the date of the last service decides before what was said.

    >>> patient_status(EncounterContext(last_service_date=date(2023, 3, 2)), date(2026, 3, 2)).status
    <PatientStatus.ESTABLISHED: 'established'>
    >>> patient_status(EncounterContext(last_service_date=date(2023, 3, 1)), date(2026, 3, 2)).status
    <PatientStatus.NEW: 'new'>
    """
    edition = edition_in_force("patient_status", day)
    warnings: list[Warn] = []
    given, last = context.patient_status, context.last_service_date
    if last is not None and last > day:
        warnings.append(Warn.LAST_SERVICE_LATER)
        last = None
    if last is None:
        row, status = "NE-09", given
        reason = "as given with the encounter" if given else "neither status nor last service is known"
    else:
        row = "NE-07"
        limit = years_after(last, _years(edition)) if last.year + _years(edition) <= date.max.year else date.max
        status = PatientStatus.ESTABLISHED if day <= limit else PatientStatus.NEW
        reason = f"last service {last.isoformat()}, established through {limit.isoformat()}"
        if day == limit:
            warnings.append(Warn.THREE_YEAR_BOUNDARY)
        if given is not None and given is not status:
            warnings.append(Warn.STATUS_CONFLICT)
    if status is None:
        warnings.append(Warn.STATUS_UNKNOWN)
    step = Step(
        rule="patient_status",
        outcome=status.value if status else "unknown",
        reason=reason,
        edition=edition.name,
        citation=edition.cite(row),
    )
    return Standing(status=status, step=step, warnings=tuple(warnings))
