"""What must hold for all facts: order, monotony, the trace, the empty case, and that every case has an answer."""

import dataclasses
import itertools
import json
from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chartlight.codec import decode_fact, encode
from chartlight.context import EncounterContext, Service
from chartlight.determination import Determination, Step
from chartlight.facts import AnyFact, DataItem, Problem, TimeStatement
from chartlight.labels import DataNature, Level, PatientStatus, ProblemNature, Setting, Stage
from rules.determine import determine
from rules.edition import NoEdition, edition_in_force, editions, topics
from rules.flip import LARGEST, flip
from tests.rules import strategies as some


def levels(found: Determination) -> tuple[int, ...]:
    mdm = found.mdm
    return (-1,) * 4 if mdm is None else tuple(Level(x).rank for x in (mdm.level, mdm.problems, mdm.data, mdm.risk))


def named(steps: tuple[Step, ...]) -> Iterator[str]:
    for step in steps:
        yield from step.facts
        yield from named(step.steps)


@given(some.fact_lists, some.contexts(), some.services)
def test_every_case_has_an_answer_that_goes_over_the_wire(
    facts: list[AnyFact], context: EncounterContext, services: list[Service]
) -> None:
    found = determine(facts, context, services)
    json.dumps(encode(found))
    assert (found.code is None) == (found.basis is None)
    assert not (found.code is not None and found.unsupported is not None)
    assert found.trace[0].outcome == (found.code or "none")


@given(some.fact_lists, some.contexts(), some.services, st.randoms(use_true_random=False))
def test_order_never_matters(
    facts: list[AnyFact], context: EncounterContext, services: list[Service], random: object
) -> None:
    shuffled = list(facts)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert determine(shuffled, context, services) == determine(facts, context, services)


@given(some.fact_lists, some.contexts(), some.services, st.randoms(use_true_random=False))
def test_the_order_of_the_services_never_matters(
    facts: list[AnyFact], context: EncounterContext, services: list[Service], random: object
) -> None:
    shuffled = list(services)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert determine(facts, context, shuffled) == determine(facts, context, services)


@given(some.supporting_lists, some.supporting, some.contexts(some.covered_days))
def test_one_more_supporting_fact_never_lowers(facts: list[AnyFact], more: AnyFact, context: EncounterContext) -> None:
    before = determine(facts, context)
    after = determine([*facts, dataclasses.replace(more, id="new")], context)
    assert all(a >= b for a, b in zip(levels(after), levels(before), strict=True))
    if before.code is not None and after.code is not None and context.setting is not Setting.CRITICAL_CARE:
        assert after.code >= before.code


@given(some.lists_with_analytes, some.no_panels, some.contexts(some.covered_days))
def test_with_analytes_only_a_panel_may_lower(facts: list[AnyFact], more: AnyFact, context: EncounterContext) -> None:
    before = determine(facts, context)
    after = determine([*facts, dataclasses.replace(more, id="new")], context)
    assert all(a >= b for a, b in zip(levels(after), levels(before), strict=True))


def test_a_panel_that_is_named_beside_its_analytes_lowers_the_count() -> None:
    office = EncounterContext(
        date_of_service=date(2026, 3, 2), setting=Setting.OFFICE, patient_status=PatientStatus.ESTABLISHED
    )
    apart = [
        DataItem(id=f"d{n}", nature=DataNature.TEST_REVIEWED, item=i) for n, i in enumerate(["sodium", "potassium"])
    ]
    facts: list[AnyFact] = [Problem(id="p", nature=ProblemNature.STABLE_CHRONIC), *apart]
    panel = DataItem(id="panel", nature=DataNature.TEST_REVIEWED, item="bmp")
    assert (determine(facts, office).code, determine([*facts, panel], office).code) == ("99213", "99212")


@settings(max_examples=30)
@given(some.small_lists, some.contexts(), some.services)
def test_the_losses_of_flip_are_all_the_smallest(
    facts: list[AnyFact], context: EncounterContext, services: list[Service]
) -> None:
    code = determine(facts, context, services).code
    wanted: dict[tuple[str, ...], str | None] = {}
    for size in range(1, LARGEST + 1):
        for lost in itertools.combinations([f.id for f in facts], size):
            other = determine([f for f in facts if f.id not in lost], context, services).code
            if other != code:
                wanted[lost] = other
        if wanted:
            break
    assert {f.without: f.code for f in flip(facts, context, services) if f.without} == wanted


@given(
    some.fact_lists, some.contexts(), st.lists(st.sampled_from(["20610/0", "99024", "44970/90", "93000"]), max_size=4)
)
def test_edit_pair_modifiers_are_never_proposed(
    facts: list[AnyFact], context: EncounterContext, listed: list[str]
) -> None:
    services = [Service(s.partition("/")[0], int(s.partition("/")[2]) if "/" in s else None) for s in listed]
    assert not {m.code for m in determine(facts, context, services).modifiers} & {"59", "XE", "XS", "XP", "XU"}


@given(some.fact_lists, some.contexts(), some.services)
def test_the_facts_named_in_the_trace_alone_give_the_same_code(
    facts: list[AnyFact], context: EncounterContext, services: list[Service]
) -> None:
    found = determine(facts, context, services)
    kept = set(named(found.trace))
    again = determine([f for f in facts if f.id in kept], context, services)
    assert again.code == found.code
    assert again.basis == found.basis
    assert levels(again) == levels(found)


@given(some.fact_lists, some.contexts(some.covered_days))
def test_nothing_addressed_means_no_code(facts: list[AnyFact], context: EncounterContext) -> None:
    rest = [f for f in facts if not (isinstance(f, Problem) and f.addressed)]
    found = determine(rest, context)
    assert found.mdm is None
    # a day of discharge and critical care go by their own minutes
    if not any(isinstance(f, TimeStatement) for f in rest):
        assert found.code is None


@given(some.fact_lists)
def test_facts_survive_the_round_trip_with_the_same_determination(facts: list[AnyFact]) -> None:
    context = EncounterContext(
        date_of_service=date(2026, 3, 2), setting=Setting.OFFICE, patient_status=PatientStatus.ESTABLISHED
    )
    read = [decode_fact(json.loads(json.dumps(encode(f))), id=f.id) for f in facts]
    assert determine(read, context) == determine(facts, context)


@pytest.mark.parametrize("topic", topics())
def test_each_day_of_the_covered_years_has_exactly_one_edition(topic: str) -> None:
    found = editions(topic)
    for before, after in itertools.pairwise(found):
        assert before.last_day == after.effective - timedelta(days=1)
    day = found[0].effective
    while day <= date(2028, 12, 31):
        holding = [e for e in found if e.effective <= day and (e.last_day is None or day <= e.last_day)]
        assert holding == [edition_in_force(topic, day)]
        day += timedelta(days=1)
    with pytest.raises(NoEdition):
        edition_in_force(topic, found[0].effective - timedelta(days=1))


@given(some.supporting_lists, st.integers(0, 200), st.integers(0, 200))
def test_more_minutes_never_lower_the_code(facts: list[AnyFact], a: int, b: int) -> None:
    less, more = sorted((a, b))
    for setting, stage in ((Setting.OFFICE, None), (Setting.INPATIENT, Stage.INITIAL), (Setting.HOME, None)):
        context = EncounterContext(
            date_of_service=date(2026, 3, 2), setting=setting, stage=stage, patient_status=PatientStatus.NEW
        )
        codes = [determine([*facts, TimeStatement(id="t", minutes=m)], context).code or "" for m in (less, more)]
        assert codes[0] <= codes[1]
