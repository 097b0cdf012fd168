"""The context that is used: what the sender gave, then what the note says, then the stated assumption with its warning."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from chartlight import EncounterContext
from chartlight.labels import DocumentKind, Setting, Stage
from nlp.pipes import circumstances
from nlp.reading import Reading

_STAGED = frozenset({Setting.INPATIENT, Setting.OBSERVATION, Setting.NURSING_FACILITY})


@dataclass(frozen=True, slots=True)
class Used:
    """The completed context, with a warning for everything that the sender did not say."""

    context: EncounterContext
    warnings: tuple[str, ...] = ()
    age: float | None = None


def complete(given: EncounterContext, readings: Sequence[Reading], today: date) -> Used:
    """Fill in date of service and setting, and the stage of a discharge summary; new or established is never guessed (NE-09)."""
    read = [circumstances.match(r.note.text) for r in readings]
    warnings: list[str] = []
    context = given
    if context.date_of_service is None:
        stated = next((c.date_of_service for c in read if c.date_of_service is not None), None)
        context = replace(context, date_of_service=stated or today)
        warnings.append("date_read_from_note" if stated else "date_assumed")
    is_discharge = any(r.kind is DocumentKind.DISCHARGE_SUMMARY for r in readings)
    if context.setting is None:
        stated_setting = (
            Setting.INPATIENT if is_discharge else next((c.setting for c in read if c.setting is not None), None)
        )
        context = replace(context, setting=stated_setting or Setting.OFFICE)
        warnings.append("setting_read_from_note" if stated_setting else "setting_assumed")
    if context.stage is None and context.setting in _STAGED:
        stage = Stage.DISCHARGE if is_discharge else None
        if stage is not None:
            context = replace(context, stage=stage)
            warnings.append("stage_read_from_note")
    if context.sex is None:
        context = replace(context, sex=next((c.sex for c in read if c.sex is not None), None))
    return Used(context, tuple(warnings), next((c.age for c in read if c.age is not None), None))
