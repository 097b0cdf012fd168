"""Services that are counted in blocks of minutes: critical care and prolonged services (sections 3.1 and 3.2)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache

from chartlight.determination import AddOn
from chartlight.labels import Level
from rules.edition import Edition, NoEdition, Verified, edition_in_force
from rules.record import Record
from rules.routes import Schedule
from rules.tables import read_notes


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """An add-on code whose first unit is complete at ``first`` minutes and each further one after ``step`` more."""

    id: str
    schedule: Schedule
    code: str
    primary: frozenset[str]
    first: int
    step: int
    window: str
    verified: Verified

    def units(self, minutes: int) -> int:
        """Whole units of a total; nothing is rounded at the middle (PR-14)."""
        return 0 if minutes < self.first else (minutes - self.first) // self.step + 1


@dataclass(frozen=True, slots=True, kw_only=True)
class CriticalCare:
    """Critical care in one edition: its code, from how many minutes, at which MDM level, and the further blocks."""

    edition: Edition
    id: str
    code: str
    minutes: int
    say: str
    criteria: Level
    blocks: tuple[Block, ...]

    def add_ons(self, minutes: int, schedule: Schedule) -> tuple[AddOn, ...]:
        """The further blocks of 30 minutes.

        >>> care = critical_care(date(2026, 3, 2))
        >>> [care.add_ons(m, Schedule.CPT) for m in (74, 75)]
        [(), (AddOn(code='99292', units=1, because='CC-03: 75 minutes, first unit at 75'),)]
        >>> care.add_ons(103, Schedule.MEDICARE)
        ()
        """
        return tuple(_add_on(b, minutes) for b in self.blocks if b.schedule is schedule and b.units(minutes))


def _add_on(block: Block, minutes: int) -> AddOn:
    window = "" if block.window in ("", "date of visit") else f", counted over {block.window}"
    because = f"{block.id}: {minutes} minutes, first unit at {block.first}{window}"
    return AddOn(block.code, block.units(minutes), because)


def critical_care(day: date) -> CriticalCare | None:
    """The edition of critical care in force, None before the first."""
    try:
        return _critical_care(edition_in_force("critical_care", day))
    except NoEdition:
        return None


@cache
def _critical_care(edition: Edition) -> CriticalCare:
    body = Record(edition.body, edition.where)
    head, criteria = body.record("critical_care"), body.record("criteria")
    blocks = []
    for record in body.records("further"):
        blocks.append(
            Block(
                id=record.text("id"),
                schedule=record.one_of("schedule", Schedule),
                code=record.text("code"),
                primary=frozenset(),
                first=record.whole("first"),
                step=record.whole("step"),
                window="",
                verified=record.one_of("verified", Verified),
            )
        )
        record.close()
    care = CriticalCare(
        edition=edition,
        id=head.text("id"),
        code=head.text("code"),
        minutes=head.whole("minutes"),
        say=head.text("say"),
        criteria=criteria.one_of("level", Level),
        blocks=tuple(blocks),
    )
    for key in ("id", "warning", "say"):
        criteria.text(key)
    for part in (head, criteria):
        part.one_of("verified", Verified)
        part.close()
    read_notes(body)
    body.close()
    return care


@cache
def _prolonged(edition: Edition) -> tuple[Block, ...]:
    body = Record(edition.body, edition.where)
    units = body.record("units")
    step = units.whole("minutes")
    units.text("id"), units.one_of("verified", Verified)
    units.close()
    blocks = []
    for record in body.records("row"):
        blocks.append(
            Block(
                id=record.text("id"),
                schedule=record.one_of("schedule", Schedule),
                code=record.text("code"),
                primary=frozenset(record.texts("primary")),
                first=record.whole("first"),
                step=step,
                window=record.text("window"),
                verified=record.one_of("verified", Verified),
            )
        )
        record.close()
    read_notes(body)
    body.close()
    return tuple(blocks)


def prolonged(primary: str, minutes: int, schedule: Schedule, day: date) -> AddOn | None:
    """The prolonged service that a code chosen by time carries, None when there is none.

    >>> [prolonged("99205", m, Schedule.CPT, date(2026, 3, 2)) for m in (74, 90)]
    [None, AddOn(code='99417', units=2, because='PR-01: 90 minutes, first unit at 75')]
    """
    try:
        edition = edition_in_force("prolonged", day)
    except NoEdition:
        return None
    for block in _prolonged(edition):
        if block.schedule is schedule and primary in block.primary and block.units(minutes):
            return _add_on(block, minutes)
    return None
