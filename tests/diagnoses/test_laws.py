"""What holds for any list of candidates."""

from __future__ import annotations

import random
from bisect import bisect_left
from dataclasses import replace
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from chartlight.context import EncounterContext
from chartlight.labels import Assertion, Setting
from rules.codesets.reader import open_release
from rules.diagnoses.candidate import Candidate, DiagnosisOutcome
from rules.diagnoses.complete import complete
from rules.diagnoses.conflicts import conflicting
from rules.diagnoses.patterns import codes_named, matches
from rules.diagnoses.sequence import may_be_first
from rules.diagnoses.tables import tables_on
from rules.diagnoses.working import Given

DAY = date(2026, 5, 1)
ICD = open_release(DAY)
TABLES = tables_on(DAY)
BILLABLE = tuple(ICD.billable())
SORTED = sorted(BILLABLE)
CONTEXT = EncounterContext(date_of_service=DAY, setting=Setting.OFFICE)
INTEGRAL = {"J18": ("R05", "R50.9"), "I50": ("R06.0", "R60"), "E11.65": ("R35",), "G43": ("R51", "R11")}


def pool() -> tuple[str, ...]:
    """Codes that the tables speak of, a few under each pattern: random codes alone would seldom meet a rule."""
    patterns = {p for rule in TABLES.combinations for p in (*rule.base, *rule.partner)}
    patterns |= {p for rule in TABLES.less_specific for p in (*rule.general, *rule.specific)}
    patterns |= {p for rule in TABLES.companions for p in (*rule.code, *rule.needs)}
    patterns |= {p for rule in TABLES.collapses for group in (rule.family, *rule.partners) for p in group}
    patterns |= {p for entries in TABLES.lists.values() for p in entries}
    found: set[str] = set()
    for pattern in sorted(patterns):
        if "*" not in pattern:
            start = bisect_left(SORTED, pattern)
            found |= {code for code in SORTED[start : start + 3] if matches(code, pattern)}
    return tuple(sorted(found))


POOL = pool()
FAMILIES = (
    "E11",
    "I1",
    "I5",
    "N18",
    "J4",
    "F10",
    "F17",
    "M54",
    "R0",
    "R73",
    "K29",
    "O2",
    "G30",
    "F0",
    "L97",
    "Z79",
    "T36",
    "I25",
)
CLOSE = tuple(code for code in BILLABLE if code.startswith(FAMILIES))
codes = st.one_of(
    st.sampled_from(CLOSE),
    st.sampled_from(POOL),
    st.sampled_from(BILLABLE),
    st.sampled_from(["E11", "N18.3", "S93.401", "I99.99", "", "e119", "S09.20A"]),
)
candidates = st.builds(
    Candidate,
    code=codes,
    facts=st.lists(st.sampled_from(["f1", "f2", "f3", "f4"]), unique=True, max_size=2).map(tuple),
    confidence=st.sampled_from([0.3, 0.6, 0.9]),
    addressed=st.booleans(),
    is_first_listed_hint=st.booleans(),
    position=st.integers(0, 5),
    assertion=st.sampled_from([Assertion.PRESENT, Assertion.PRESENT, Assertion.PRESENT, *Assertion]),
)
lists = st.lists(candidates, max_size=9)


def outcome_of(found: list[Candidate] | tuple[Candidate, ...]) -> DiagnosisOutcome:
    return complete(found, CONTEXT, ICD, integral=INTEGRAL, drugs=("insulin", "warfarin"))


@given(lists)
def test_only_billable_codes_come_out_each_once(found: list[Candidate]) -> None:
    out = outcome_of(found).codes
    assert all(ICD.is_billable(code) for code in out)
    assert len(out) == len(set(out))


@given(lists)
def test_no_excluded_pair_comes_out(found: list[Candidate]) -> None:
    assert list(conflicting(outcome_of(found).codes, ICD, TABLES)) == []


@given(lists, st.sampled_from([0.5, 0.8]))
def test_the_laws_hold_where_unlikely_codes_change_nothing(found: list[Candidate], least: float) -> None:
    once = complete(found, CONTEXT, ICD, integral=INTEGRAL, least=least)
    again = complete(once.candidates, CONTEXT, ICD, integral=INTEGRAL, least=least)
    assert again.candidates == once.candidates
    assert list(conflicting(once.codes, ICD, TABLES)) == []
    # An unlikely mention may still tell that a likely condition was addressed, or come first; apart from that it moves nothing.
    found = [replace(candidate, addressed=True, position=0) for candidate in found]
    both = complete(found, CONTEXT, ICD, integral=INTEGRAL, least=least)
    likely = complete([c for c in found if c.confidence >= least], CONTEXT, ICD, integral=INTEGRAL, least=least)
    assert {c.code for c in likely.candidates} <= set(both.codes)


@given(lists)
def test_what_came_out_goes_in_and_comes_out_again(found: list[Candidate]) -> None:
    once = outcome_of(found)
    again = outcome_of(once.candidates)
    assert again.candidates == once.candidates
    assert again.removed == ()
    assert again.suggestions == once.suggestions


@given(lists, st.randoms(use_true_random=False))
def test_order_never_matters(found: list[Candidate], chance: random.Random) -> None:
    shuffled = list(found)
    chance.shuffle(shuffled)
    assert outcome_of(shuffled) == outcome_of(found)


@given(lists)
def test_nothing_vanishes_without_a_reason(found: list[Candidate]) -> None:
    outcome = outcome_of(found)
    told = {entry.candidate.code for entry in outcome.removed} | set(outcome.codes)
    for candidate in found:
        plain = candidate.code.upper().replace(".", "")
        assert any(code.upper().replace(".", "") in (plain, "S0920XA") for code in told)
    assert all(entry.row in TABLES.rows and entry.reason for entry in outcome.removed)
    assert all(step.citation is not None and step.citation.row in TABLES.rows for step in outcome.trace)


@given(lists)
def test_facts_are_neither_made_nor_lost_on_the_way_to_a_combination(found: list[Candidate]) -> None:
    outcome = outcome_of(found)
    given_facts = {fact for candidate in found for fact in candidate.facts}
    assert {fact for candidate in outcome.candidates for fact in candidate.facts} <= given_facts
    for candidate in outcome.candidates:
        assert 0 <= candidate.confidence <= max(c.confidence for c in found)


@given(lists)
def test_first_is_never_what_is_only_secondary_while_another_may_be_first(found: list[Candidate]) -> None:
    out = outcome_of(found).codes
    given = Given(catalogue=ICD, tables=TABLES, context=CONTEXT, integral={})
    if any(may_be_first(code, given) for code in out):
        assert may_be_first(out[0], given)


@given(lists)
def test_the_line_points_to_four_addressed_codes_at_most(found: list[Candidate]) -> None:
    outcome = outcome_of(found)
    assert len(outcome.pointers) <= 4
    assert set(outcome.pointers) <= {c.code for c in outcome.candidates if c.addressed}


@given(st.sampled_from(BILLABLE))
def test_a_single_present_code_stays_unless_it_only_attends_another(code: str) -> None:
    outcome = outcome_of([Candidate(code=code)])
    if outcome.codes != (code,):
        assert {entry.row for entry in outcome.removed} <= {"IC-13", "IC-20"}


@given(st.sampled_from([code for code in BILLABLE if code[0] == "I"]))
def test_essential_hypertension_never_stands_beside_its_combinations(code: str) -> None:
    out = outcome_of([Candidate(code="I10"), Candidate(code="I50.9"), Candidate(code=code)]).codes
    assert "I10" not in out
    assert any(c.startswith(("I11", "I13")) for c in out)


def test_every_note_that_names_codes_is_read_or_told() -> None:
    """Conditions of notes that the reader of references does not understand name nothing; they are few."""
    total = unread = 0
    for entry in ICD.entries():
        for note in ICD[entry].excludes1:
            if "(" in note and any(character.isdigit() for character in note):
                total += 1
                unread += not codes_named(note)
    assert total > 5000
    assert unread <= 20
