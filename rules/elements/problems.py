"""Number and complexity of problems addressed (P-00 to P-16)."""

from __future__ import annotations

from collections.abc import Iterable

from chartlight.facts import Problem
from chartlight.labels import Setting, Stage
from rules.elements.judge import Finding, Unit, in_order, judge
from rules.tables import Element, MdmTable, normalise


def evaluate(table: MdmTable, problems: Iterable[Problem], *, setting: Setting, stage: Stage | None) -> Finding | None:
    """The level of the problem element, or None when no problem was addressed (P-00).

    Facts with the same name are one problem (PD-01); a problem without a name counts by itself.

    >>> from datetime import date
    >>> from chartlight.labels import ProblemNature
    >>> from rules.edition import edition_in_force
    >>> from rules.tables import mdm_table
    >>> table = mdm_table(edition_in_force("mdm", date(2026, 3, 2)))
    >>> two = [Problem(id=i, nature=ProblemNature.STABLE_CHRONIC) for i in ("p1", "p2")]
    >>> print(evaluate(table, two, setting=Setting.OFFICE, stage=None).step)
    mdm/2023-01-01#problems: moderate [p1, p2] (P-08: two or more long-term conditions, each at its goal; 1 of 1 groups met, 1 needed)
    """
    distinct: dict[str, list[Problem]] = {}
    for problem in problems:
        if problem.addressed:
            name = normalise(problem.name or "")
            distinct.setdefault(f"name:{name}" if name else f"id:{problem.id}", []).append(problem)
    if not distinct:
        return None
    units = [
        Unit(
            natures=frozenset(table.counts_as.get(p.nature, p.nature) for p in of if p.nature is not None),
            facts=in_order(p.id for p in of),
        )
        for of in distinct.values()
    ]
    return judge(table, Element.PROBLEMS, units, setting=setting, stage=stage)
