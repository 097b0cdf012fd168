"""A case sorted for judging: the facts by kind, the circumstances with what had to be assumed, and its MDM."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from chartlight.context import EncounterContext, Service
from chartlight.determination import LedgerEntry, Mdm, Step
from chartlight.facts import AnyFact, DataItem, Drug, Problem, RiskDecision, TimeStatement
from chartlight.labels import Level, Setting, Stage
from rules.beside import ModifierTable, ServiceTable, Teaching, modifier_table, service_table
from rules.data_table import data_table
from rules.edition import Edition, edition_in_force
from rules.elements import data, problems, risk
from rules.practice import Practice
from rules.routes import Payer, payer_named
from rules.tables import mdm_table
from rules.warnings import Warn


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """Facts and circumstances of one encounter on a known date, from 2021 on."""

    context: EncounterContext
    day: date
    setting: Setting
    payer: Payer
    services: tuple[Service, ...]
    service_table: ServiceTable
    modifier_table: ModifierTable
    teaching: Teaching
    problems: tuple[Problem, ...]
    items: tuple[DataItem, ...]
    decisions: tuple[RiskDecision, ...]
    times: tuple[TimeStatement, ...]
    drugs: tuple[Drug, ...]
    strict_billing: bool
    warnings: tuple[Warn, ...]

    @property
    def addressed(self) -> tuple[Problem, ...]:
        """The problems that were evaluated or treated."""
        return tuple(p for p in self.problems if p.addressed)

    def has_service_of(self, *classes: str) -> bool:
        """Whether another service of the date belongs to one of the classes."""
        return any(self.service_table.classes_of(s.code) & set(classes) for s in self.services)


def sort_case(
    facts: Sequence[AnyFact],
    context: EncounterContext,
    services: Sequence[Service],
    day: date,
    practice: Practice,
) -> Case:
    """Sort the facts and settle the circumstances; raises ``NoEdition`` before the first edition."""
    warnings: list[Warn] = []
    if context.setting is None:
        warnings.append(Warn.SETTING_ASSUMED)
    payer = payer_named(context.payer or "cpt", day, practice.payers)
    if payer is None:
        warnings.append(Warn.PAYER_UNKNOWN)
        payer = payer_named("cpt", day, {})
        assert payer is not None  # the edition of payers always has it; a test says so
    if any(isinstance(f, Problem) and f.addressed and f.nature is None for f in facts):
        warnings.append(Warn.NATURE_UNKNOWN)
    modifiers = modifier_table(day)
    return Case(
        context=context,
        day=day,
        setting=context.setting or Setting.OFFICE,
        payer=payer,
        services=tuple(Service(s.code.strip().upper(), s.global_days) for s in services),
        service_table=service_table(day),
        modifier_table=modifiers,
        teaching=modifiers.teaching(context.teaching),
        problems=tuple(f for f in facts if isinstance(f, Problem)),
        items=tuple(f for f in facts if isinstance(f, DataItem)),
        decisions=tuple(f for f in facts if isinstance(f, RiskDecision)),
        times=tuple(f for f in facts if isinstance(f, TimeStatement)),
        drugs=tuple(f for f in facts if isinstance(f, Drug)),
        strict_billing=practice.strict_billing,
        warnings=tuple(warnings),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class MdmOutcome:
    """The MDM of a case, None when no problem was addressed, with its argument and the ledger."""

    mdm: Mdm | None
    step: Step
    ledger: tuple[LedgerEntry, ...]
    warnings: tuple[str, ...]
    editions: tuple[Edition, ...]


def two_of_three(levels: Sequence[Level], needed: int) -> Level:
    """The highest level that ``needed`` of the elements meet or exceed (MD-01).

    >>> two_of_three([Level.HIGH, Level.STRAIGHTFORWARD, Level.LOW], 2)
    <Level.LOW: 'low'>
    """
    return sorted(levels, reverse=True)[needed - 1]


def decision_making(case: Case, *, setting: Setting, stage: Stage | None) -> MdmOutcome:
    """Medical decision making of the case, as it stands in this setting and stage; raises ``NoEdition``."""
    edition = edition_in_force("mdm", case.day)
    data_edition = edition_in_force("data", case.day)
    table = mdm_table(edition)
    problem = problems.evaluate(table, case.problems, setting=setting, stage=stage)
    codes = {s.code for s in case.services}
    datum, ledger = data.evaluate(
        table,
        data_table(data_edition),
        case.items,
        services=codes,
        strict_billing=case.strict_billing,
        setting=setting,
        stage=stage,
    )
    hazard = risk.evaluate(table, case.decisions, setting=setting, stage=stage)
    if problem is None:
        step = Step(
            rule="two_of_three",
            outcome="none",
            reason="no problem was evaluated or treated, so there is no MDM",
            edition=edition.name,
            citation=edition.cite("P-00"),
        )
        warnings = (Warn.NOTHING_ADDRESSED, *datum.warnings)
        return MdmOutcome(mdm=None, step=step, ledger=ledger, warnings=warnings, editions=(edition, data_edition))
    found = (problem, datum, hazard)
    level = two_of_three([f.level for f in found], table.elements_needed)
    step = Step(
        rule="two_of_three",
        outcome=level.value,
        reason="the second highest of the three elements",
        edition=edition.name,
        citation=edition.cite("MD-01"),
        steps=tuple(f.step for f in found),
    )
    return MdmOutcome(
        mdm=Mdm(level, problem.level, datum.level, hazard.level),
        step=step,
        ledger=ledger,
        warnings=tuple(w for f in found for w in f.warnings),
        editions=(edition, data_edition),
    )
