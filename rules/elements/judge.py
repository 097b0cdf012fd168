"""What the elements share: units are counted against the rows of the table, and the best row that is met gives the level."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from chartlight.determination import Step
from chartlight.labels import Level, Setting, Stage
from rules.tables import Element, MdmTable, Row


@dataclass(frozen=True, slots=True)
class Unit:
    """One thing that counts once: a distinct problem, a credited line of the ledger, a risk decision."""

    natures: frozenset[str]
    facts: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """The level of one element, the step that argues for it, and the standing warnings it raised."""

    level: Level
    step: Step
    warnings: tuple[str, ...] = ()


def in_order(ids: Iterable[str]) -> tuple[str, ...]:
    """Fact ids sorted so that the order in which facts came does not show.

    >>> in_order(["f10", "f2", "f2"])
    ('f2', 'f10')
    """
    return tuple(sorted(set(ids), key=lambda i: (len(i), i)))


def judge(
    table: MdmTable, element: Element, units: Sequence[Unit], *, setting: Setting, stage: Stage | None
) -> Finding:
    """The highest level whose row the units meet; the floor of the table where none is met.

    The step names every unit that stands in a met group of the deciding row, so that those facts alone give the level.
    """
    best: Row | None = None
    met: list[list[Unit]] = []
    for row in table.rows[element]:
        if (row.settings and setting not in row.settings) or (row.stages and stage not in row.stages):
            continue
        hits = [[u for u in units if u.natures & group.natures] for group in row.groups]
        fulfilled = [hit for hit, group in zip(hits, row.groups, strict=True) if len(hit) >= group.at_least]
        # rows rise; of two rows of one level the first in the published order is named
        if len(fulfilled) >= row.need and (best is None or row.level > best.level):
            best, met = row, fulfilled
    level = best.level if best else table.floor
    warnings = []
    notes = []
    for flag in table.flags[element]:
        if level == flag.level and sum(bool(u.natures & flag.natures) for u in units) >= flag.at_least:
            warnings.append(flag.warning)
            notes.append(f"{flag.id}: {flag.say}")
    if best is None:
        why = "nothing on record earns more"
        named = in_order(f for u in units for f in u.facts)
    else:
        why = f"{best.id}: {best.say}; {len(met)} of {len(best.groups)} groups met, {best.need} needed"
        named = in_order(f for hit in met for u in hit for f in u.facts)
    step = Step(
        rule=element.value,
        outcome=level.value,
        reason="; ".join([why, *notes]),
        edition=table.edition.name,
        facts=named,
        citation=table.edition.cite(best.id if best else ""),
    )
    return Finding(level=level, step=step, warnings=tuple(warnings))
