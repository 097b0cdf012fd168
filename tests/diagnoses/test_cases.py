"""Every case of ``tests/cases/diagnoses``: candidate codes in, the list that may be reported out."""

from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from chartlight.context import EncounterContext
from chartlight.labels import Assertion, Setting
from rules.codesets.reader import open_release
from rules.diagnoses.candidate import Candidate
from rules.diagnoses.complete import complete
from rules.diagnoses.tables import tables_on

FOLDER = Path(__file__).parents[1] / "cases" / "diagnoses"
FILES = ("combination.toml", "list.toml", "order.toml")
KEYS = {
    "rows", "codes", "expect", "removed", "suggests", "warnings", "pointers", "facts", "integral", "drugs", "unrelated",
    "setting", "is_facility_claim", "date_of_service", "least",
}  # fmt: skip
DAY = date(2026, 5, 1)
ICD = open_release(DAY)


def load() -> dict[str, dict[str, Any]]:
    cases: dict[str, dict[str, Any]] = {}
    for name in FILES:
        for case_name, case in tomllib.loads((FOLDER / name).read_text(encoding="utf-8")).items():
            assert case_name not in cases, f"{name}: {case_name} stands twice"
            cases[case_name] = case
    return cases


CASES_BY_NAME = load()


def candidate(text: str, number: int) -> Candidate:
    """``I10 coexisting``: the code, then words: coexisting, first, or an assertion."""
    code, *words = text.split()
    flags: dict[str, Any] = {"addressed": True, "confidence": 0.9}
    for word in words:
        if word == "coexisting":
            flags["addressed"] = False
        elif word.startswith("p="):
            flags["confidence"] = float(word[2:])
        elif word == "first":
            flags["is_first_listed_hint"] = True
        else:
            flags["assertion"] = Assertion(word)
    return Candidate(code=code, facts=(f"f{number + 1}",), position=number, **flags)


@pytest.mark.parametrize("name", CASES_BY_NAME)
def test_case(name: str) -> None:
    case = CASES_BY_NAME[name]
    assert set(case) <= KEYS, f"unknown key {set(case) - KEYS}"
    day = case.get("date_of_service", DAY)
    context = EncounterContext(
        date_of_service=None if day == "none" else day, setting=Setting(case.get("setting", "office"))
    )
    outcome = complete(
        [candidate(text, number) for number, text in enumerate(case["codes"])],
        context,
        ICD,
        integral={key: tuple(value) for key, value in case.get("integral", {}).items()},
        drugs=case.get("drugs", ()),
        unrelated=[(a, b) for a, b in case.get("unrelated", [])],
        is_facility_claim=case.get("is_facility_claim", False),
        least=case.get("least", 0.0),
    )
    assert list(outcome.codes) == case["expect"]
    if "removed" in case:
        assert {r.candidate.code: r.row for r in outcome.removed} == case["removed"]
    if "suggests" in case:
        assert {s.code for s in outcome.suggestions} == set(case["suggests"])
    assert list(outcome.warnings) == case.get("warnings", [])
    if "pointers" in case:
        assert list(outcome.pointers) == case["pointers"]
    for code, facts in case.get("facts", {}).items():
        assert [list(c.facts) for c in outcome.candidates if c.code == code] == [facts]


def test_every_row_has_a_case_or_a_sentence() -> None:
    sentences = tomllib.loads((FOLDER / "without_case.toml").read_text(encoding="utf-8"))["rows"]
    with_case = {row for case in CASES_BY_NAME.values() for row in case["rows"]}
    rows = set(tables_on(DAY).rows)
    assert rows == {f"IC-{number:02}" for number in range(1, 37)}
    assert with_case | set(sentences) == rows
    assert not with_case & set(sentences)


def test_there_are_enough_cases() -> None:
    assert len(CASES_BY_NAME) >= 120
