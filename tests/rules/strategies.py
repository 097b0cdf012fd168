"""Hypothesis strategies for facts, contexts and services; all invented."""

from datetime import date
from typing import Any

from hypothesis import strategies as st

from chartlight.context import EncounterContext, Service
from chartlight.facts import AnyFact, DataItem, Diagnosis, Drug, Problem, RiskDecision, TimeStatement
from chartlight.labels import DataNature, PatientStatus, ProblemNature, RiskNature, Setting, Sex, Stage, TimeRole

ITEMS = ["cbc", "CBC ", "complete blood count", "tsh", "bmp", "lipid panel", "ecg", "chest x-ray", "pulse oximetry", "pdmp",
         "city hospital", "cardiology clinic", "mother", "interpreter", "serum copper", "   ", "é", "🩺"]  # fmt: skip
"""Names of items without analytes: a panel that is named beside its analytes makes them one (D-22), the one fact that may lower a
count."""
ANALYTES = ["sodium", "potassium", "hemoglobin", "ldl"]
PANELS = ["cbc", "CBC ", "complete blood count", "bmp", "lipid panel"]
"""Those of the items that are panels of analytes."""
NAMES = st.one_of(st.none(), st.sampled_from(["hypertension", "Hypertension", "gout", "cold", ""]))


def problems(**fixed: Any) -> st.SearchStrategy[Problem]:
    parts: dict[str, Any] = {
        "nature": st.one_of(st.none(), st.sampled_from(ProblemNature)),
        "name": NAMES,
        "addressed": st.booleans(),
        "for_service": st.sampled_from([None, "20610"]),
    }
    return st.builds(Problem, id=st.just("x"), **(parts | {k: st.just(v) for k, v in fixed.items()}))


def data_items(items: list[str] = ITEMS, billed: bool = True) -> st.SearchStrategy[DataItem]:
    return st.builds(
        DataItem,
        id=st.just("x"),
        nature=st.sampled_from(DataNature),
        item=st.one_of(st.none(), st.sampled_from(items)),
        counts_as=st.sampled_from([None, "f1", "f2", "f99"]) if billed else st.none(),
        interpretation_billed=st.sampled_from([None, False, True] if billed else [None, False]),
    )


risks = st.builds(RiskDecision, id=st.just("x"), nature=st.sampled_from(RiskNature))
times = st.builds(TimeStatement, id=st.just("x"), minutes=st.integers(0, 1440), role=st.sampled_from(TimeRole))
others = st.one_of(
    st.builds(Diagnosis, id=st.just("x"), code=st.sampled_from(["I10", "E11.9"])),
    st.builds(Drug, id=st.just("x"), code=st.just("J1100"), dose=st.floats(0, 100)),
)
any_fact: st.SearchStrategy[AnyFact] = st.one_of(problems(), data_items(ITEMS + ANALYTES), risks, times, others)
supporting: st.SearchStrategy[AnyFact] = st.one_of(problems(addressed=True), data_items(billed=False), risks)
"""Facts that can only speak for a level."""
with_analytes: st.SearchStrategy[AnyFact] = st.one_of(
    problems(addressed=True), data_items(ITEMS + ANALYTES, False), risks
)
no_panels: st.SearchStrategy[AnyFact] = st.one_of(
    problems(addressed=True), data_items([i for i in ITEMS if i not in PANELS] + ANALYTES, False), risks
)
"""The same with analytes, and of these all that are no panel (D-22)."""


def numbered(facts: list[AnyFact]) -> list[AnyFact]:
    """The facts with ids f1, f2 ... in their order."""
    import dataclasses

    return [dataclasses.replace(fact, id=f"f{n}") for n, fact in enumerate(facts, 1)]


fact_lists = st.lists(any_fact, max_size=12).map(numbered)
supporting_lists = st.lists(supporting, max_size=10).map(numbered)
lists_with_analytes = st.lists(with_analytes, max_size=10).map(numbered)
small_lists = st.lists(any_fact, max_size=6).map(numbered)
days = st.dates(date(1980, 1, 1), date(2040, 12, 31))
covered_days = st.dates(date(2021, 1, 1), date(2028, 12, 31))


def contexts(day: st.SearchStrategy[Any] = days) -> st.SearchStrategy[EncounterContext]:
    return st.builds(
        EncounterContext,
        date_of_service=day,
        setting=st.one_of(st.none(), st.sampled_from(Setting)),
        patient_status=st.one_of(st.none(), st.sampled_from(PatientStatus)),
        stage=st.one_of(st.none(), st.sampled_from(Stage)),
        payer=st.sampled_from(["cpt", "medicare", "somebody"]),
        birth_date=st.one_of(st.none(), st.dates(date(1900, 1, 1), date(2045, 1, 1))),
        sex=st.one_of(st.none(), st.sampled_from(Sex)),
        last_service_date=st.one_of(st.none(), st.dates(date(1, 1, 1), date(9999, 12, 31))),
        relationship=st.sampled_from([None, "longitudinal", "episodic"]),
        teaching=st.sampled_from([None, "present", "primary_care_exception", "absent", "??"]),
        split_shared=st.sampled_from([None, "physician"]),
        units_today=st.sampled_from([None, 0, 2]),
    )


services = st.lists(
    st.builds(
        Service,
        code=st.sampled_from(
            ["20610", "44970", "99396", "90471", "G0439", "90833", "93000", "99218", "99291", "", "?"]
        ),
        global_days=st.sampled_from([None, 0, 10, 90]),
    ),
    max_size=3,
)
