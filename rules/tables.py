"""The table of medical decision making, read strictly from its editions into typed rows.

Each reader is cached by edition: a table is checked once per process, and a file with an unknown key, a label outside the closed
vocabularies or a level out of order is refused before it judges anything.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from chartlight.labels import DataNature, Label, Level, ProblemNature, RiskNature, Setting, Stage
from rules.edition import Edition, Verified
from rules.record import EditionError, Record


class Element(Label):
    """One of the three elements of medical decision making."""

    PROBLEMS = "problems", "number and complexity of problems addressed"
    DATA = "data", "amount and complexity of data"
    RISK = "risk", "risk of patient management"


NATURES: dict[Element, type[Label]] = {
    Element.PROBLEMS: ProblemNature,
    Element.DATA: DataNature,
    Element.RISK: RiskNature,
}
"""The vocabulary of each element."""


@dataclass(frozen=True, slots=True)
class Group:
    """At least so many units of these natures."""

    natures: frozenset[str]
    at_least: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row of the MDM table: ``need`` of the ``groups`` give ``level``; empty ``settings`` and ``stages`` mean all."""

    id: str
    level: Level
    say: str
    groups: tuple[Group, ...]
    need: int
    verified: Verified
    settings: frozenset[Setting] = frozenset()
    stages: frozenset[Stage] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Flag:
    """A standing warning when an element rests at ``level`` with at least so many units of these natures."""

    id: str
    level: Level
    warning: str
    say: str
    natures: frozenset[str]
    at_least: int
    verified: Verified


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A row of the specification that readers and people follow and that no table can hold."""

    id: str
    say: str
    verified: Verified


@dataclass(frozen=True, slots=True, kw_only=True)
class MdmTable:
    """The MDM table of one edition; rows of each element stand in rising order of their level."""

    edition: Edition
    rows: dict[Element, tuple[Row, ...]]
    flags: dict[Element, tuple[Flag, ...]]
    counts_as: dict[str, str]
    floor: Level
    elements_needed: int
    notes: dict[str, Note]


def normalise(item: str) -> str:
    """The name of an item as the ledger compares it: lower case, punctuation and spaces as one space.

    >>> normalise("  Chest  X-ray ")
    'chest x ray'
    """
    return " ".join("".join(c if c.isalnum() or c == "&" else " " for c in item.casefold()).split())


@cache
def mdm_table(edition: Edition) -> MdmTable:
    """Read an edition of topic ``mdm``; raises ``EditionError``."""
    body = Record(edition.body, edition.where)
    combine, floor = body.record("combine"), body.record("floor")
    rows: dict[Element, list[Row]] = {element: [] for element in Element}
    for record in body.records("row"):
        element, row = _row(record)
        if rows[element] and row.level < rows[element][-1].level:
            raise EditionError(f"{record.where}: {row.id} stands below a higher level; keep the rows in rising order")
        rows[element].append(row)
    flags: dict[Element, list[Flag]] = {element: [] for element in Element}
    for record in body.records("flag"):
        element, flag = _flag(record)
        flags[element].append(flag)
    table = MdmTable(
        edition=edition,
        rows={element: tuple(of) for element, of in rows.items()},
        flags={element: tuple(of) for element, of in flags.items()},
        counts_as=_counts_as(body),
        floor=floor.one_of("level", Level),
        elements_needed=combine.whole("elements"),
        notes=read_notes(body),
    )
    for head in (combine, floor):
        head.text("id")
        head.one_of("verified", Verified)
        head.close()
    body.close()
    return table


def _counts_as(body: Record) -> dict[str, str]:
    record = body.record_or_none("counts_as")
    if record is None:
        return {}
    found = {n.value: record.one_of(n.value, ProblemNature).value for n in ProblemNature if record.has(n.value)}
    record.close()
    return found


def read_natures(record: Record, element: Element) -> frozenset[str]:
    """The ``natures`` of a row, each a label of the element."""
    return frozenset(n.value for n in record.many_of("natures", NATURES[element]))


def _row(record: Record) -> tuple[Element, Row]:
    element = record.one_of("element", Element)
    groups = []
    for part in record.records("groups"):
        groups.append(Group(read_natures(part, element), part.whole("at_least")))
        part.close()
    row = Row(
        id=record.text("id"),
        level=record.one_of("level", Level),
        say=record.text("say"),
        groups=tuple(groups),
        need=record.whole("need"),
        verified=record.one_of("verified", Verified),
        settings=frozenset(record.many_of("settings", Setting)),
        stages=frozenset(record.many_of("stages", Stage)),
    )
    record.close()
    if not 1 <= row.need <= len(groups):
        raise EditionError(f"{record.where}: need is {row.need} of {len(groups)} groups; give 1 to {len(groups)}")
    return element, row


def _flag(record: Record) -> tuple[Element, Flag]:
    element = record.one_of("element", Element)
    flag = Flag(
        id=record.text("id"),
        level=record.one_of("level", Level),
        warning=record.text("warning"),
        say=record.text("say"),
        natures=read_natures(record, element),
        at_least=record.whole("at_least"),
        verified=record.one_of("verified", Verified),
    )
    record.close()
    return element, flag


def read_notes(body: Record) -> dict[str, Note]:
    """The ``[[note]]`` rows of any edition, by their id."""
    notes = {}
    for record in body.records("note"):
        note = Note(id=record.text("id"), say=record.text("say"), verified=record.one_of("verified", Verified))
        notes[note.id] = note
        record.close()
    return notes
