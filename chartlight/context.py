"""What is known of the encounter from outside the note: date, setting, patient status, payer."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from chartlight.labels import PatientStatus, Setting, Sex, Stage


@dataclass(frozen=True, slots=True, kw_only=True)
class EncounterContext:
    """The circumstances of one encounter; every field may be unknown (None).

    ``payer`` is ``cpt`` (default), ``medicare`` or a payer that the practice has described. ``relationship`` is
    ``longitudinal`` where the clinician is the focal point of continuing care (G-01). ``teaching`` tells the part of a
    teaching physician, ``split_shared`` a visit shared by two clinicians of one group, ``units_today`` services of the family
    already reported on the date. ``extra`` keeps what a caller sent beyond these (batch only).

    >>> EncounterContext(date_of_service=date(2026, 3, 2), setting=Setting.OFFICE).payer
    'cpt'
    """

    date_of_service: date | None = None
    setting: Setting | None = None
    patient_status: PatientStatus | None = None
    stage: Stage | None = None
    payer: str = "cpt"
    specialty: str | None = None
    provider: str | None = None
    birth_date: date | None = None
    sex: Sex | None = None
    last_service_date: date | None = None
    relationship: str | None = None
    teaching: str | None = None
    split_shared: str | None = None
    units_today: int | None = None
    extra: tuple[tuple[str, str], ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Service:
    """Another service of the same date, by CPT or HCPCS code; ``global_days`` is its global period (0, 10, 90)."""

    code: str
    global_days: int | None = None
