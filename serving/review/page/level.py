"""The E/M card: the code, the grid of three elements by four levels, time, both bases, the neighbours, the facts behind it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from chartlight import AnyFact, DataItem, Determination, Fact, Problem, RiskDecision, Step, TimeStatement
from chartlight.labels import Basis, DataNature, Level, ProblemNature, RiskNature, SourceKind, TimeRole
from serving import wording
from serving.review.page.marks import Kind
from serving.review.page.suggestions import sent
from serving.review.page.visit import LEVEL, ShownRuling, ShownVisit
from serving.review.page.words import DATA, LEVELS, PROBLEMS, RISKS, TIMES, name_of, nature_of

ELEMENTS: tuple[tuple[str, str, Kind, type[Fact]], ...] = (
    ("problems", "Problems", Kind.PROBLEM, Problem),
    ("data", "Data", Kind.DATA, DataItem),
    ("risk", "Risk", Kind.RISK, RiskDecision),
)
BASES = {Basis.MDM: "", Basis.TIME: "; total time decides"}
MOST_LINES = 2
"""Short lines in a cell of the grid; what does not fit is counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FactRow:
    """One fact as a line of the card, with the natures that a person may choose instead."""

    id: str
    kind: Kind
    name: str = field(repr=False)
    nature: str
    said: str
    choices: tuple[tuple[str, str], ...]
    is_used: bool
    refusal: str
    sure: str
    is_own: bool
    is_quoted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One cell of the grid; ``carries`` where it is one of the two of three, ``was`` where the element stood before the last change."""

    level: Level
    is_reached: bool
    carries: bool
    was: bool
    lines: tuple[str, ...] = ()

    @property
    def spoken(self) -> str:
        """What a screen reader says of the cell."""
        parts = ["reached" if self.is_reached else "not reached"]
        parts += ["carries the level"] if self.carries else []
        parts += ["before your change"] if self.was else []
        return ", ".join(parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Element:
    """One row of the grid, the reason that the rules give for its level, and its facts."""

    name: str
    title: str
    kind: Kind
    level: Level
    cells: tuple[Cell, ...]
    because: str
    facts: tuple[FactRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbour:
    """The next code below or above, and what separates it from this one."""

    side: str
    code: str
    because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """All that the E/M card shows; ``by_mdm`` and ``by_time`` are the codes of the two bases, None where there is none."""

    code: str | None
    why_none: str
    basis: str
    level: str
    sure: str
    circumstances: str
    elements: tuple[Element, ...]
    times: tuple[FactRow, ...]
    by_mdm: str | None
    by_time: str | None
    time_said: str
    neighbours: tuple[Neighbour, ...]
    alternatives: tuple[tuple[str, str], ...]
    changes: tuple[str, ...]
    ruling: ShownRuling | None
    offered: tuple[tuple[str, str], ...]
    is_amended: bool
    own_level: str | None = None
    ruled: str = ""


def card(visit: ShownVisit) -> Card:
    """The card of a visit; the wording tells what is, never what to write (Q-05)."""
    found = visit.determination
    by_mdm, by_time = _bases(found)
    return Card(
        code=found.code,
        why_none="" if found.code else wording.why_no_code(found),
        basis=BASES[found.basis] if found.basis else "",
        level=LEVELS[found.mdm.level].replace("\u00ad", "").lower() if found.mdm else "",
        sure=wording.percent(found.confidence),
        circumstances=wording.circumstances(visit.context),
        elements=tuple(_elements(visit)),
        times=tuple(_row(f, found) for f in visit.facts if isinstance(f, TimeStatement)),
        by_mdm=by_mdm,
        by_time=by_time,
        time_said=_time_said(found),
        neighbours=tuple(_neighbours(visit.neighbours, found)),
        alternatives=tuple((a.code, a.because) for a in found.alternatives if a.because != "by time alone"),
        changes=changes(visit.before, found) if visit.before is not None else (),
        ruling=visit.rulings.get(LEVEL),
        offered=visit.offered,
        is_amended=bool(visit.changes),
        own_level=visit.own_level,
        ruled=sent(visit.rulings.get(LEVEL)),
    )


def changes(before: Determination, now: Determination) -> tuple[str, ...]:
    """What a change of the facts changed, in words; one sentence where nothing did.

    >>> from chartlight.determination import Mdm
    >>> low = Determination(code="99213", mdm=Mdm(Level.LOW, Level.LOW, Level.LOW, Level.MODERATE))
    >>> high = Determination(code="99214", mdm=Mdm(Level.MODERATE, Level.MODERATE, Level.LOW, Level.MODERATE))
    >>> changes(low, high)
    ('code 99213 → 99214', 'problems low → moderate')
    """
    said = []
    if before.code != now.code:
        said.append(f"code {before.code or 'none'} → {now.code or 'none'}")
    if before.mdm and now.mdm:
        for name, _, _, _ in ELEMENTS:
            old, new = getattr(before.mdm, name), getattr(now.mdm, name)
            if old != new:
                said.append(f"{name} {old.value} → {new.value}")
    elif bool(before.mdm) != bool(now.mdm):
        said.append("decision making is now determined" if now.mdm else "no decision making is determined any more")
    if before.basis != now.basis and before.code and now.code:
        said.append(f"now {wording.BASES[now.basis]}" if now.basis else "no basis")
    old_beside = {a.code for a in before.add_ons} | {f"-{m.code}" for m in before.modifiers}
    new_beside = {a.code for a in now.add_ons} | {f"-{m.code}" for m in now.modifiers}
    said += [f"without {code}" for code in sorted(old_beside - new_beside)]
    said += [f"with {code}" for code in sorted(new_beside - old_beside)]
    credited = sum(e.credited for e in before.ledger), sum(e.credited for e in now.ledger)
    if credited[0] != credited[1]:
        said.append(f"data items credited {credited[0]} → {credited[1]}")
    return tuple(said) or ("the code and all three elements stay as they were",)


def named_step(steps: Sequence[Step], rule: str) -> Step | None:
    """The first step of a rule anywhere in the argument."""
    for step in steps:
        if step.rule == rule:
            return step
        below = named_step(step.steps, rule)
        if below is not None:
            return below
    return None


def _elements(visit: ShownVisit) -> Iterator[Element]:
    found = visit.determination
    if found.mdm is None:
        return
    before = visit.before.mdm if visit.before else None
    for name, title, kind, of_type in ELEMENTS:
        level: Level = getattr(found.mdm, name)
        step = named_step(found.trace, name)
        used = set(step.facts) if step else set()
        facts = [f for f in visit.facts if isinstance(f, of_type)]
        rows = sorted((_row(f, found, used) for f in facts), key=lambda r: not r.is_used)
        was = getattr(before, name) if before else level
        yield Element(
            name=name,
            title=title,
            kind=kind,
            level=level,
            because=step.reason if step else "",
            facts=tuple(rows),
            cells=tuple(
                Cell(
                    level=column,
                    is_reached=column is level,
                    carries=column is level and level >= found.mdm.level,
                    was=column is was and was is not level,
                    lines=_lines(rows) if column is level else (),
                )
                for column in Level
            ),
        )


def _lines(rows: Sequence[FactRow]) -> tuple[str, ...]:
    """The used facts of a cell by their nature, counted; what does not fit as a number."""
    used = sorted(r.said for r in rows if r.is_used)
    groups = [(said, len(list(group))) for said, group in groupby(used)]
    groups.sort(key=lambda g: -g[1])
    lines = [f"{count} × {said}" if count > 1 else said for said, count in groups[:MOST_LINES]]
    rest = sum(count for _, count in groups[MOST_LINES:])
    return (*lines, f"+{rest} more") if rest else tuple(lines)


def _row(fact: AnyFact, found: Determination, used: set[str] | None = None) -> FactRow:
    refusals = {i: e.reason for e in found.ledger if not e.credited for i in e.facts}
    time = named_step(found.trace, "time_on_date")
    used = used if used is not None else set(time.facts if time else ())
    return FactRow(
        id=fact.id,
        kind=kind_of(fact),
        name=name_of(fact),
        nature=_nature_value(fact),
        said=nature_of(fact),
        choices=choices_for(fact),
        is_used=fact.id in used,
        refusal=refusals.get(fact.id, ""),
        sure=wording.percent(fact.confidence),
        is_own=fact.source.kind is SourceKind.REVIEWER,
        is_quoted=bool(fact.evidence),
    )


def kind_of(fact: Fact) -> Kind:
    """The letter of a fact."""
    for _, _, kind, of_type in ELEMENTS:
        if isinstance(fact, of_type):
            return kind
    return Kind.TIME if isinstance(fact, TimeStatement) else Kind.DIAGNOSIS


def _nature_value(fact: Fact) -> str:
    if isinstance(fact, Problem):
        return fact.nature.value if fact.nature and fact.addressed else "not_addressed"
    if isinstance(fact, DataItem | RiskDecision):
        return fact.nature.value
    return fact.role.value if isinstance(fact, TimeStatement) else ""


def choices_for(fact: Fact) -> tuple[tuple[str, str], ...]:
    """The natures that a person may give a fact, with their short words."""
    if isinstance(fact, Problem):
        return (*choices(PROBLEMS), ("not_addressed", "mentioned, not addressed"))
    if isinstance(fact, DataItem):
        return choices(DATA)
    if isinstance(fact, RiskDecision):
        return choices(RISKS)
    return choices(TIMES) if isinstance(fact, TimeStatement) else ()


def choices(
    words: Mapping[ProblemNature, str] | Mapping[DataNature, str] | Mapping[RiskNature, str] | Mapping[TimeRole, str],
) -> tuple[tuple[str, str], ...]:
    """Values and words of one vocabulary."""
    return tuple((str(label.value), said) for label, said in words.items())


def _bases(found: Determination) -> tuple[str | None, str | None]:
    by_time = found.time.code if found.time else None
    if found.basis is Basis.TIME:
        alone = next((a.code for a in found.alternatives if a.basis is Basis.MDM and "alone" in a.because), None)
        return alone, found.code
    return found.code, by_time


def _time_said(found: Determination) -> str:
    if found.time is None:
        return "no total time is stated"
    said = f"{found.time.minutes} minutes"
    return said if found.time.code else f"{said}, which reaches no code of the family"


def _neighbours(told: Mapping[str, object], found: Determination) -> Iterator[Neighbour]:
    for side in ("lower", "higher"):
        one = told.get(side)
        if isinstance(one, Mapping):
            yield Neighbour(side=side, code=str(one["code"]), because=separates(one, found))


def separates(one: Mapping[str, Any], found: Determination) -> str:
    """What a neighbouring code stands for and which elements separate it, in neutral words.

    >>> from chartlight.determination import Mdm
    >>> here = Determination(code="99214", mdm=Mdm(Level.MODERATE, Level.MODERATE, Level.LOW, Level.MODERATE))
    >>> separates({"code": "99215", "mdm": ["high"], "minutes": 40}, here)
    'high decision making, or 40 minutes. Below it here: problems, data, risk.'
    >>> separates({"code": "99213", "mdm": ["low"], "minutes": 20}, here)
    'low decision making, or 20 minutes. Above it here: problems, risk.'
    """
    levels = [Level(name) for name in one["mdm"]]
    words = [f"{' or '.join(level.value for level in levels)} decision making"] if levels else []
    words += [f"{one['minutes']} minutes"] if one["minutes"] is not None else []
    said = ", or ".join(words) + "."
    if levels and found.mdm is not None:
        elements = {name: getattr(found.mdm, name) for name, _, _, _ in ELEMENTS}
        above = [name for name, level in elements.items() if level > max(levels)]
        below = [name for name, level in elements.items() if level < min(levels)]
        said += f" Above it here: {', '.join(above)}." if above and found.mdm.level > max(levels) else ""
        said += f" Below it here: {', '.join(below)}." if below and found.mdm.level < min(levels) else ""
    return said
