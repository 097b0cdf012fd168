"""Billing units of administered drugs: the cases, and what holds for every dose."""

from __future__ import annotations

import math
import tomllib
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chartlight.context import EncounterContext
from chartlight.facts import Drug
from chartlight.labels import Setting
from rules.drug_units import bill, smallest_vials
from rules.edition import NoEdition

DAY = date(2026, 3, 2)
FILE = Path(__file__).parents[1] / "cases" / "diagnoses" / "drug_units.toml"
CASES: dict[str, dict[str, Any]] = tomllib.loads(FILE.read_text(encoding="utf-8"))
KEYS = {
    "rows", "code", "dose", "unit", "vial", "vials", "billing_unit", "is_multi_dose", "route", "setting", "expect",
    "warnings", "administration", "date_of_service",
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_case(name: str) -> None:
    case = CASES[name]
    assert set(case) <= KEYS, f"unknown key {set(case) - KEYS}"
    drug = Drug(
        id="d1",
        code=case.get("code", "J9999"),
        dose=case.get("dose"),
        unit=case.get("unit", "mg"),
        vial=case.get("vial"),
    )
    outcome = bill(
        drug,
        case.get("date_of_service", DAY),
        context=EncounterContext(setting=Setting(case.get("setting", "office"))),
        billing_unit=tuple(case["billing_unit"]) if "billing_unit" in case else None,
        vials=case.get("vials", ()),
        is_multi_dose=case.get("is_multi_dose", False),
        route=case.get("route"),
    )
    assert [str(line) for line in outcome.lines] == case["expect"]
    assert list(outcome.warnings) == case.get("warnings", [])
    assert outcome.administration == case.get("administration")
    assert outcome.trace
    assert (outcome.question is not None) == ("drug_dose_missing" in outcome.warnings)


def test_every_row_has_a_case() -> None:
    assert {row for case in CASES.values() for row in case["rows"]} == {f"H-{number:02}" for number in range(1, 9)}


def test_before_the_first_edition_we_refuse() -> None:
    with pytest.raises(NoEdition):
        bill(Drug(id="d1", code="J3301", dose=40, unit="mg"), date(2016, 12, 31))


amounts = st.integers(1, 2000).map(lambda tenths: tenths / 10)


@given(dose=amounts, vial=amounts, unit=st.sampled_from([0.1, 0.5, 1, 3.6, 10, 100]))
def test_the_lines_pay_for_the_dose_and_never_for_more_than_the_containers(
    dose: float, vial: float, unit: float
) -> None:
    outcome = bill(Drug(id="d1", code="J9999", dose=dose, unit="mg", vial=vial), DAY, billing_unit=(unit, "mg"))
    given_units = outcome.lines[0].units
    assert given_units * Decimal(str(unit)) >= Decimal(str(dose)) > (given_units - 1) * Decimal(str(unit))
    if outcome.warnings:
        assert outcome.warnings == ("drug_vial_implausible",)
        assert dose / vial > 200
        assert [line.modifier for line in outcome.lines] == [None]
        return
    content = math.ceil(Decimal(str(dose)) / Decimal(str(vial))) * Decimal(str(vial))
    if len(outcome.lines) == 2:
        assert sum(line.units for line in outcome.lines) * Decimal(str(unit)) <= content
        assert outcome.lines[1].modifier == "JW"
        assert outcome.lines[0].modifier is None
    else:
        assert outcome.lines[0].modifier == "JZ"


@given(st.integers(1, 900), st.lists(st.integers(20, 400), min_size=1, max_size=4))
def test_the_combination_holds_the_dose_and_no_container_is_idle(dose: int, sizes: list[int]) -> None:
    chosen = smallest_vials(Decimal(dose), [Decimal(size) for size in sizes])
    assert sum(chosen) >= dose
    assert sum(chosen) - min(chosen) < dose
    one_size = [-(-dose // size) * size for size in sizes]
    assert sum(chosen) <= min(one_size)


@pytest.mark.parametrize("dose", [float("nan"), float("inf"), -1.0, 0.0])
def test_a_dose_that_is_no_amount_is_asked_for(dose: float) -> None:
    assert bill(Drug(id="d1", code="J3301", dose=dose, unit="mg"), DAY).warnings == ("drug_dose_missing",)


def test_a_container_that_cannot_be_is_said() -> None:
    outcome = bill(Drug(id="d1", code="J3301", dose=4000, unit="mg", vial=0.001), DAY)
    assert outcome.warnings == ("drug_vial_implausible",)
