"""Risk of patient management: the highest decision that was made (R-01 to R-23)."""

from __future__ import annotations

from collections.abc import Iterable

from chartlight.facts import RiskDecision
from chartlight.labels import Setting, Stage
from rules.elements.judge import Finding, Unit, judge
from rules.tables import Element, MdmTable


def evaluate(table: MdmTable, decisions: Iterable[RiskDecision], *, setting: Setting, stage: Stage | None) -> Finding:
    """The level of the risk element; without any decision on record it is the lowest."""
    units = [Unit(frozenset((d.nature.value,)), (d.id,)) for d in decisions]
    return judge(table, Element.RISK, units, setting=setting, stage=stage)
