"""The knowledge tables are whole: codes exist, words are of closed vocabularies, nothing contradicts, nothing stands twice, nothing is missing."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from functools import cache

import pytest

from chartlight.labels import ProblemNature, RiskNature
from nlp import lexicon
from nlp.fold import fold
from nlp.tables import rows
from rules.codesets.reader import open_release

ICD = open_release(date(2026, 5, 1))
Row = Mapping[str, str]
NATURES = {str(nature.value) for nature in ProblemNature} | {""}
RISKS = {str(nature.value) for nature in RiskNature} | {"no_credit"}
ROUTES = {
    "oral", "iv", "topical", "im", "sc", "inhaled", "transdermal", "ophthalmic", "nasal", "rectal", "vaginal", "sublingual",
    "intraarticular", "otic", "intradermal",
}  # fmt: skip


@cache
def table(folder: str, pattern: str = "*.tsv") -> tuple[Row, ...]:
    return tuple(rows(folder, pattern))


def by_form(found: tuple[Row, ...], column: str = "name") -> dict[tuple[str, ...], list[Row]]:
    out: dict[tuple[str, ...], list[Row]] = defaultdict(list)
    for row in found:
        out[fold(row[column])].append(row)
    return out


NAMES = table("names")
SHORT = by_form(table("abbreviations"), "abbreviation")
CATEGORIES = table("problems", "categories.tsv")
DRUGS = table("drugs", "drugs.tsv")
TESTS = table("tests", "tests.tsv")
PROCEDURES = table("procedures")


def codes() -> Iterator[tuple[str, str]]:
    """Every code of every table, with where it stands."""
    yield from ((row["code"], f"names: {row['name']}") for row in NAMES)
    yield from ((row["code"], "categories") for row in CATEGORIES)
    for row in DRUGS:
        yield from ((code.strip(), f"drugs: {row['name']}") for code in row["treats"].split(",") if code)
    for row in table("problems", "integral.tsv"):
        symptoms = row["integral"].split(",")
        yield from ((code.strip(), f"integral of {row['code_prefix']}") for code in (row["code_prefix"], *symptoms))
    yield from (
        (c, f"several: {row['name']}") for row in table("problems", "several.tsv") for c in row["codes"].split()
    )
    for row in table("problems", "decided_by.tsv"):
        yield from ((code, "decided_by") for code in (row["code"], row["becomes"]))
    for row in table("problems", "beside.tsv"):
        yield from ((code, "beside") for code in (*row["codes"].split(), row["beside"]))
    yield from ((row["category"], "measured_by") for row in table("problems", "measured_by.tsv"))
    for file in ("attributes", "threats", "outpatient"):
        yield from ((row["code"], file) for row in table("problems", f"{file}.tsv"))
    yield from ((row["becomes"], "attributes") for row in table("problems", "attributes.tsv") if row["becomes"])


def test_every_code_is_billable_or_a_category_or_stem_of_the_code_set() -> None:
    assert [f"{where}: {code}" for code, where in codes() if code not in ICD] == []


def test_no_name_stands_for_a_block_or_a_chapter() -> None:
    assert [row["name"] for row in NAMES if "-" in row["code"] or row["code"].startswith("chapter")] == []


def test_companion_codes_of_drugs_are_complete_and_of_long_term_use() -> None:
    wrong = [
        row["name"] for row in DRUGS if row["z79"] and not (row["z79"][:3] == "Z79" and ICD.is_billable(row["z79"]))
    ]
    assert wrong == []


def test_every_category_of_the_code_set_has_its_course() -> None:
    known = {row["code"] for row in CATEGORIES}
    assert len(known) == len(CATEGORIES), "a code stands twice"
    missing = [code for code in ICD.entries() if len(code) == 3 and code not in known]
    assert missing == []


VOCABULARY: tuple[tuple[str, str, str, Callable[[str], bool]], ...] = (
    ("problems", "categories.tsv", "type", {"disease", "injury", "external", "status", "symptom", "pregnancy", "finding", "encounter"}.__contains__),
    ("problems", "categories.tsv", "course", {"self_limited", "acute", "chronic", "either", "status", "finding"}.__contains__),
    ("problems", "categories.tsv", "new", NATURES.__contains__),
    ("problems", "categories.tsv", "stable", NATURES.__contains__),
    ("problems", "categories.tsv", "worse", NATURES.__contains__),
    ("problems", "categories.tsv", "systemic", {"yes", "no"}.__contains__),
    ("problems", "categories.tsv", "body_system", lambda text: re.fullmatch(r"[a-z]+", text) is not None),
    ("drugs", "drugs.tsv", "status", lambda text: re.fullmatch(r"rx|otc|either(:>=[\d.]+mg)?", text) is not None),
    ("drugs", "drugs.tsv", "schedule", {"", "CII", "CIII", "CIV", "CV"}.__contains__),
    ("drugs", "drugs.tsv", "routes", lambda text: all(re.fullmatch(r"[a-z ]+", r.strip()) for r in text.split(",") if r)),
    ("drugs", "drugs.tsv", "toxicity", lambda text: not text or re.fullmatch(r"[a-z0-9 +-]+/(\d+(h|d|wk|mo|y)|day|cycle|dose|visit)", text) is not None),
    ("drugs", "drugs.tsv", "ingredient", bool),
    ("drugs", "drugs.tsv", "class", bool),
    ("tests", "tests.tsv", "kind", {"laboratory", "imaging", "physiological", "pathology"}.__contains__),
    ("tests", "tests.tsv", "counts", {"yes", "no"}.__contains__),
    ("tests", "tests.tsv", "professional", {"yes", "no"}.__contains__),
    ("tests", "tests.tsv", "item", bool),
    ("procedures", "*.tsv", "risk", RISKS.__contains__),
    ("procedures", "*.tsv", "size", {"none", "minor", "major"}.__contains__),
    ("procedures", "*.tsv", "item", bool),
    ("people", "clinicians.tsv", "external", {"yes", "maybe", "no"}.__contains__),
    ("people", "relatives.tsv", "kind", {"family", "staff", "witness", "caregiver", "guardian", "interpreter"}.__contains__),
    ("people", "sources.tsv", "external", {"yes", "maybe", "no"}.__contains__),
    ("problems", "attributes.tsv", "words", bool),
    ("problems", "threats.tsv", "words", bool),
    ("problems", "outpatient.tsv", "coded", {"no", "beside"}.__contains__),
    ("problems", "outpatient.tsv", "because", bool),
    ("abbreviations", "*.tsv", "ambiguous", {"yes", "no"}.__contains__),
    ("abbreviations", "*.tsv", "kind", {"problem", "test", "drug", "procedure", "person", "place", "section", "status", "measure", "dosing", "anatomy", "time", "other"}.__contains__),
    ("abbreviations", "*.tsv", "expansion", bool),
    ("names", "*.tsv", "context", lambda text: not text or text.startswith("ambiguous: ")),
    ("names", "*.tsv", "fixes", lambda text: all(re.fullmatch(r"[a-z_]+=[\w.+-]+", fix) for fix in text.split())),
)  # fmt: skip


@pytest.mark.parametrize(
    ("folder", "pattern", "column", "fits"), VOCABULARY, ids=lambda v: v if isinstance(v, str) else ""
)
def test_words_of_a_column_are_those_of_its_vocabulary(
    folder: str, pattern: str, column: str, fits: Callable[[str], bool]
) -> None:
    assert sorted({row[column] for row in table(folder, pattern) if not fits(row[column])}) == []


ONCE = (
    ("tests", "tests.tsv"), ("tests", "ambiguous.tsv"), ("tests", "body_parts.tsv"), ("tests", "modalities.tsv"), ("drugs", "drugs.tsv"),
    ("procedures", "*.tsv"), ("people", "clinicians.tsv"), ("people", "relatives.tsv"), ("people", "sources.tsv"),
    ("problems", "several.tsv"),
)  # fmt: skip


@pytest.mark.parametrize(("folder", "pattern"), ONCE)
def test_a_name_stands_once(folder: str, pattern: str) -> None:
    assert [form for form, found in by_form(table(folder, pattern)).items() if len(found) > 1 or not form] == []


def test_no_name_of_a_problem_is_the_same_row_twice() -> None:
    twice = [f for f, found in by_form(NAMES).items() if len({row["code"] for row in found}) < len(found) or not f]
    assert twice == []


def test_a_name_with_several_codes_says_beside_which_words_each_holds() -> None:
    wrong = [
        form for form, found in by_form(NAMES).items() if len(found) > 1 and not all(row["context"] for row in found)
    ]
    assert wrong == []


def test_a_context_has_a_word() -> None:
    wrong = [row["name"] for row in NAMES if row["context"] and not fold(row["context"].partition(":")[2])]
    assert wrong == []


def test_an_abbreviation_with_several_readings_is_marked_and_has_one_default_at_most() -> None:
    several = {form: found for form, found in SHORT.items() if len(found) > 1}
    assert len(several) > 100
    assert [f for f, found in several.items() if not all(r["ambiguous"] == "yes" and r["context"] for r in found)] == []
    assert [f for f, found in SHORT.items() if sum("default" in r["context"].lower() for r in found) > 1] == []
    same = [f for f, found in SHORT.items() if len({(fold(r["expansion"]), r["kind"]) for r in found}) < len(found)]
    assert same == []


def test_a_marked_abbreviation_has_words_that_decide() -> None:
    assert [f for f, found in SHORT.items() for r in found if r["ambiguous"] == "yes" and not r["context"]] == []


def test_a_name_without_context_is_the_default_of_its_abbreviation() -> None:
    names = by_form(NAMES)
    wrong = []
    for form, found in SHORT.items():
        if len(found) < 2 or form not in lexicon.problems() or any(row["context"] for row in names.get(form, ())):
            continue
        default = [r for r in found if "default" in r["context"].lower()]
        wanted = {row["code"][:3] for r in default for row in names.get(fold(r["expansion"]), ())}
        if not {row["code"][:3] for row in names.get(form, ())} <= wanted:
            wrong.append(form)
    assert wrong == []


def test_the_rows_of_one_test_agree() -> None:
    columns = ("kind", "panel", "counts", "professional")
    found: dict[str, set[tuple[str, ...]]] = defaultdict(set)
    for row in TESTS:
        found[row["item"]].add(tuple(row[c] for c in columns))
    assert [item for item, told in found.items() if len(told) > 1] == []
    assert {row["panel"] for row in TESTS} - {""} <= set(found), "a panel is an item"


def test_the_rows_of_one_procedure_agree_on_its_size() -> None:
    found: dict[str, set[str]] = defaultdict(set)
    for row in PROCEDURES:
        found[row["item"]].add(row["size"])
    assert [item for item, sizes in found.items() if len(sizes) > 1] == []


def test_ambiguous_tests_are_tests() -> None:
    assert [k for k in lexicon.ambiguous_tests() if k not in lexicon.tests() and k not in lexicon.modalities()] == []


def test_a_nature_is_told_for_every_problem_and_for_nothing_else() -> None:
    wrong = [
        row["code"]
        for row in CATEGORIES
        if len({bool(row[c]) for c in ("new", "stable", "worse")}) > 1
        or bool(row["new"]) == (row["course"] == "status")
    ]
    assert wrong == []


@pytest.mark.parametrize(
    ("name", "least"),
    [("problems", 8000), ("drugs", 1800), ("tests", 900), ("procedures", 600), ("abbreviations", 1500)],
)
def test_there_is_enough(name: str, least: int) -> None:
    assert len(getattr(lexicon, name)()) >= least


def test_what_an_attribute_leads_to_is_told_once_a_category() -> None:
    found = by_form(table("problems", "attributes.tsv"), "code")
    for rows_ in found.values():
        values = [(row["attribute"], row["value"]) for row in rows_]
        assert len(values) == len(set(values)), rows_[0]["code"]


def test_threats_and_what_a_visit_does_not_report_stand_once_a_code() -> None:
    for file in ("threats", "outpatient"):
        told = [row["code"] for row in table("problems", f"{file}.tsv")]
        assert len(told) == len(set(told)), file


def test_administered_drugs_have_billing_codes_and_units() -> None:
    from rules.drug_units import _units

    assert len({unit.code for unit in _units()}) >= 150
    assert {unit.unit for unit in _units()} == {"g", "mg", "mcg", "mL", "unit"}
    assert lexicon.drugs()["ceftriaxone",].ingredient == "ceftriaxone"
