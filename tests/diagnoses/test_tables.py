"""Every row of the tables does on a list of two what it says, whatever the rules after it do; and patterns name real codes."""

from __future__ import annotations

from bisect import bisect_left
from datetime import date
from itertools import islice, product
from pathlib import Path

import pytest

from chartlight.context import EncounterContext
from rules.codesets.reader import open_release
from rules.diagnoses.candidate import Candidate, DiagnosisOutcome
from rules.diagnoses.complete import complete
from rules.diagnoses.patterns import matches
from rules.diagnoses.tables import Combination, Companion, LessSpecific, LongTermDrug, _tsv, tables_on
from rules.edition import NoEdition
from rules.record import EditionError

DAY = date(2026, 5, 1)
ICD = open_release(DAY)
BILLABLE = sorted(ICD.billable())
TABLES = tables_on(DAY)


def under(pattern: str) -> str:
    start = 0 if "*" in pattern else bisect_left(BILLABLE, pattern)
    return next(code for code in islice(BILLABLE, start, None) if matches(code, pattern))


def listed(*codes: str, drugs: tuple[str, ...] = ()) -> DiagnosisOutcome:
    found = [Candidate(code=code, position=number) for number, code in enumerate(codes)]
    return complete(found, EncounterContext(date_of_service=DAY), ICD, integral={}, drugs=drugs)


@pytest.mark.parametrize("rule", TABLES.combinations, ids=lambda rule: f"{rule.name}-{rule.base[0]}-{rule.partner[0]}")
def test_a_combination_is_made_of_each_base_with_each_partner(rule: Combination) -> None:
    for base, partner in product(map(under, rule.base), map(under, rule.partner)):
        # E11.00 and its like are complications already; the plain diabetes is what a note names beside the partner
        plain = f"{base[:3]}.9" if base[:3] in ("E08", "E09", "E10", "E11", "E13") else base
        outcome = listed(plain, partner)
        assert rule.result(plain) in outcome.codes, (plain, partner, outcome.codes)
        assert (plain not in outcome.codes) == (plain != base or rule.drop in ("base", "both"))
        if rule.drop in ("partner", "both"):
            assert partner not in outcome.codes
        else:
            assert partner in outcome.codes or {r.row for r in outcome.removed if r.candidate.code == partner} <= {
                "IC-18"
            }


@pytest.mark.parametrize("rule", TABLES.less_specific, ids=lambda rule: f"{rule.name}-{rule.general[0]}")
def test_the_general_code_goes_beside_each_specific_one(rule: LessSpecific) -> None:
    for general, specific in product(map(under, rule.general), map(under, rule.specific)):
        outcome = listed(general, specific)
        # A manifestation without its cause goes before it can take anything off.
        is_orphan = ("IC-13", specific) in {(r.row, r.candidate.code) for r in outcome.removed}
        assert outcome.codes == ((general,) if is_orphan else (specific,)), (general, specific)


@pytest.mark.parametrize(
    "companion", TABLES.companions, ids=lambda companion: f"{companion.code[0]}-{companion.suggest}"
)
def test_a_companion_is_suggested_where_it_is_missing_and_only_there(companion: Companion) -> None:
    for code in map(under, companion.code):
        assert companion.suggest in {s.code for s in listed(code).suggestions}, code
        beside = listed(code, under(companion.needs[0]))
        if code in beside.codes and under(companion.needs[0]) in beside.codes:
            assert companion.suggest not in {s.code for s in beside.suggestions if s.for_code == code}


@pytest.mark.parametrize("drug", TABLES.drugs, ids=lambda drug: drug.code)
def test_every_word_for_a_drug_suggests_its_code(drug: LongTermDrug) -> None:
    beside = f"{drug.only_with[0]}.9" if drug.only_with[:1] == ("E08",) else under((*drug.only_with, "M06.9")[0])
    for word in (*drug.words, drug.code):
        assert drug.code in {s.code for s in listed(beside, drugs=(word,)).suggestions}, word
    if drug.only_with:
        assert drug.code not in {s.code for s in listed("L40.0", drugs=drug.words).suggestions}


@pytest.mark.parametrize("name", TABLES.lists)
def test_the_short_lists_name_codes_of_the_release(name: str) -> None:
    for pattern in TABLES.lists[name]:
        assert under(pattern)


def test_the_hypertension_family_is_of_this_release() -> None:
    for rule in TABLES.collapses:
        assert ICD.is_billable(rule.becomes)
        assert all(under(pattern) for group in (rule.family, *rule.partners) for pattern in group)


def test_keep_apart_keeps_apart() -> None:
    for general, specific in TABLES.keep_apart:
        outcome = listed(under(general[0]), under(specific[-1]))
        assert not {"IC-18", "IC-31"} & {entry.row for entry in outcome.removed}, (general, specific)


def test_unrelated_pairs_stand_together() -> None:
    for one, other in TABLES.unrelated:
        assert len(listed(under(one[0]), under(other[0])).codes) == 2
    for one, other in TABLES.same_site_only:
        first, second = f"{one}.", f"{other}."
        here = [c for c in BILLABLE if c.startswith(first) and c.endswith("A")]
        there = next(c for c in BILLABLE if c.startswith(second) and c.endswith("A") and c[4] != here[0][4])
        assert len(listed(here[0], there).codes) == 2


def test_before_icd_10_cm_there_is_no_edition() -> None:
    with pytest.raises(NoEdition):
        tables_on(date(2015, 9, 30))


@pytest.mark.parametrize(
    ("text", "said"),
    [("a\tb\n1\t2\n", "the heading is a, b"), ("# note\nname\trow\nx\n", "1 fields, the heading 2")],
)
def test_a_table_of_another_shape_is_refused(text: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "x.tsv"
    path.write_text(text)
    with pytest.raises(EditionError, match=said):
        _tsv(path, ("name", "row"))
