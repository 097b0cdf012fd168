"""Code families: which codes a setting, stage or patient status offers, at which MDM level and from how many minutes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from chartlight.labels import Label, Level, PatientStatus, Setting, Stage
from rules.edition import Edition, Verified
from rules.record import EditionError, Record
from rules.tables import Note, read_notes


class Axis(Label):
    """What divides a family besides level and time."""

    STATUS = "status", "new or established patient"
    STAGE = "stage", "stage of the stay"
    NOTHING = "nothing", "one list of codes"


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeRow:
    """One code: the MDM levels that it stands for and the minutes from which time selects it (None: never by time).

    ``upper`` is the published upper end of a range, ``discussion_over`` the minutes that an audio-only visit must exceed; ``time_only`` rows know
    no MDM level, and ``without_problems`` rows may stand though no problem was addressed.
    """

    id: str
    code: str
    mdm: tuple[Level, ...]
    minutes: int | None
    upper: int | None
    verified: Verified
    status: PatientStatus | None = None
    stage: Stage | None = None
    settings: frozenset[Setting] = frozenset()
    time_only: bool = False
    without_problems: bool = False
    discussion_over: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """One family in one edition; codes of a group stand in rising order."""

    edition: Edition
    by: Axis
    assumed: str
    uses_time: bool
    stage_as: dict[Stage, Stage]
    codes: tuple[CodeRow, ...]
    notes: dict[str, Note]

    def offered(self, setting: Setting, status: PatientStatus | None, stage: Stage | None) -> tuple[CodeRow, ...]:
        """The codes of the group that setting, patient status and stage choose, in rising order."""
        return tuple(
            row
            for row in self.codes
            if row.status in (None, status)
            and row.stage in (None, stage)
            and (not row.settings or setting in row.settings)
        )


def by_mdm(rows: Sequence[CodeRow], level: Level | None) -> CodeRow | None:
    """The code for an MDM level, None where no row has it."""
    return next((row for row in rows if level in row.mdm), None)


def by_time(rows: Sequence[CodeRow], minutes: int) -> CodeRow | None:
    """The highest code whose minutes are met or exceeded, None below the lowest (FN-01).

    The upper end of a range binds only rows that know no MDM level (a check-in of 5 to 10 minutes): a visit beyond the
    highest range keeps the highest code.
    """
    met = [
        row
        for row in rows
        if row.minutes is not None
        and row.minutes <= minutes
        and not (row.time_only and row.upper is not None and minutes > row.upper)
    ]
    return met[-1] if met else None


@cache
def family(edition: Edition) -> Family:
    """Read a family's edition; raises ``EditionError``."""
    body = Record(edition.body, edition.where)
    head = body.record("family")
    axis = head.one_of("by", Axis)
    assumed = head.text("assumed", "")
    stages: dict[Stage, Stage] = {}
    as_record = head.record_or_none("stage_as")
    if as_record is not None:
        stages = {stage: as_record.one_of(stage.value, Stage) for stage in Stage if as_record.has(stage.value)}
        as_record.close()
    found = Family(
        edition=edition,
        by=axis,
        assumed=assumed,
        uses_time=head.yes("time", True),
        stage_as=stages,
        codes=tuple(_code(record) for record in body.records("code")),
        notes=read_notes(body),
    )
    head.close()
    body.close()
    if axis is not Axis.NOTHING:
        allowed = [m.value for m in (PatientStatus if axis is Axis.STATUS else Stage)]
        if assumed not in allowed:
            raise EditionError(f"{edition.where}: family: assumed is {assumed!r}; give one of {', '.join(allowed)}")
    return found


def _code(record: Record) -> CodeRow:
    row = CodeRow(
        id=record.text("id"),
        code=record.text("code"),
        mdm=record.many_of("mdm", Level),
        minutes=record.whole_or_none("minutes"),
        upper=record.whole_or_none("upper"),
        verified=record.one_of("verified", Verified),
        status=record.one_of_or_none("status", PatientStatus),
        stage=record.one_of_or_none("stage", Stage),
        settings=frozenset(record.many_of("settings", Setting)),
        time_only=record.yes("time_only"),
        without_problems=record.yes("without_problems"),
        discussion_over=record.whole_or_none("discussion_over"),
    )
    record.close()
    if row.time_only and row.minutes is None:
        raise EditionError(f"{record.where}: {row.code} goes by time alone; give its minutes")
    return row
