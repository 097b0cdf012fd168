"""A million random cases: none may crash, every answer goes over the wire, and the order of the facts never shows.

Random and not shrunk: Hypothesis tells small laws in the tests, this looks for what nobody thought of. The seed is printed, so a
failure can be repeated.
"""

from __future__ import annotations

import json
import random
import time
from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from chartlight.codec import encode
from chartlight.labels import DataNature, PatientStatus, ProblemNature, RiskNature, Setting, Stage, TimeRole
from rules.determine import determine
from rules.jsonl import read_case

ITEMS = (
    None,
    "cbc",
    "CBC",
    "bmp",
    "sodium",
    "ecg",
    "chest x-ray",
    "spo2",
    "city hospital",
    "mother",
    "interpreter",
    "é🩺",
    " ",
)
"""Names of items; some are refused, some are one thing under two names."""
NAMES = (None, "hypertension", "Hypertension ", "gout", "")
DRUGS = ("J1100", "J9355", "J0897", "J9999", "")
DOSES = (None, 0.0, 0.3, 4.0, 85.0, 1e9)
CODES = ("20610", "44970", "99024", "99396", "90471", "G0439", "90833", "93000", "99218", "99291", "")
FIRST_DAYS = (date(1993, 1, 1), *2 * (date(2020, 10, 1), date(2022, 10, 1), date(2024, 10, 1)))
"""Dates are drawn from the 1,600 days after one of these: around each edition, and long before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What a run has seen: cases, how many gave each kind of answer, and mean processor time of one determination in microseconds."""

    cases: int
    answers: tuple[tuple[str, int], ...]
    microseconds: float

    def __str__(self) -> str:
        told = ", ".join(f"{name} {count}" for name, count in self.answers)
        return f"{self.cases} cases, none failed; {told}; {self.microseconds:.0f} microseconds a determination"


def random_case(dice: random.Random) -> dict[str, Any]:
    """One case as a line of ``determine`` holds it; well-formed, sensible or not."""
    pick = dice.choice
    facts: list[dict[str, Any]] = []
    for _ in range(pick((0, 1, 2, 3, 4, 6, 9, 14))):
        kind = pick(("problem", "problem", "data", "data", "data", "risk", "time", "other"))
        if kind == "problem":
            fact = {"nature": pick((None, *ProblemNature)), "name": pick(NAMES), "addressed": dice.random() < 0.8,
                    "for_service": pick((None, None, "20610"))}  # fmt: skip
        elif kind == "data":
            fact = {"nature": pick(tuple(DataNature)), "item": pick(ITEMS), "counts_as": pick((None, None, "f1", "f9", "?")),
                    "interpretation_billed": pick((None, False, False, True))}  # fmt: skip
        elif kind == "risk":
            fact = {"nature": pick(tuple(RiskNature))}
        elif kind == "other":
            kind = pick(("drug", "diagnosis"))
            fact = {
                "code": pick(DRUGS),
                "dose": pick(DOSES),
                "unit": pick((None, "mg", "mcg", "?")),
                "vial": pick(DOSES),
            }
            fact = fact if kind == "drug" else {"code": pick(("I10", "E11.9", "?"))}
        else:
            fact = {"minutes": dice.randint(0, pick((60, 200, 1440))), "role": pick((*TimeRole, TimeRole.TOTAL))}
        facts.append({"kind": kind, **fact})
    context = {
        "date_of_service": (pick(FIRST_DAYS) + timedelta(days=dice.randrange(1600))).isoformat(),
        "setting": pick((None, *Setting)),
        "patient_status": pick((None, *PatientStatus)),
        "stage": pick((None, *Stage)),
        "payer": pick(("cpt", "medicare", "somebody")),
        "last_service_date": pick((None, None, "2023-03-02", "0001-01-01", "9999-12-31", "2020-02-29")),
        "relationship": pick((None, "longitudinal")),
        "teaching": pick((None, None, "present", "primary_care_exception", "?")),
        "split_shared": pick((None, None, "physician")),
        "birth_date": pick((None, "1950-02-28", "2024-02-29")),
        "units_today": pick((None, 0, 3)),
    }
    services = [{"code": pick(CODES), "global_days": pick((None, 0, 10, 90))} for _ in range(pick((0, 0, 0, 1, 3)))]
    return {"id": "random", "context": context, "facts": facts, "services": services}


def prove(cases: int, seed: int) -> Proof:
    """Judge so many random cases; raises ``AssertionError`` that holds the case, or whatever the evaluator raised.

    >>> prove(3, seed=1).cases
    3
    """
    dice = random.Random(seed)
    answers: Counter[str] = Counter()
    spent = 0.0
    for number in range(cases):
        case = random_case(dice)
        _, facts, context, services = read_case(case)
        start = time.process_time()
        found = determine(facts, context, services)
        spent += time.process_time() - start
        if number % 20 == 0:
            json.dumps(encode(found))
            shuffled = list(facts)
            dice.shuffle(shuffled)
            if determine(shuffled, context, services) != found:
                raise AssertionError(f"seed {seed}, case {number}: the order of the facts shows in {json.dumps(case)}")
        if (found.code is None) != (found.basis is None) or (found.code is not None and found.unsupported is not None):
            raise AssertionError(f"seed {seed}, case {number}: code, basis and reason disagree in {json.dumps(case)}")
        answers["with a code" if found.code else str(found.unsupported or "nothing addressed")] += 1
    return Proof(cases=cases, answers=tuple(answers.most_common()), microseconds=1e6 * spent / max(cases, 1))
