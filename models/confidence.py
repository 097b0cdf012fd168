"""Confidence: how often proposals like this one were right on annotated notes.

Method: the share of right ones among annotated ``train`` notes with the same signs, shrunk towards the overall share (``training/calibrate.py``
writes the table into ``models/weights/confidence.json``). Patterns give no probabilities, so the signs are few and plain.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from chartlight import Determination
from chartlight.labels import SectionKind
from models.predictors.coder import Choice
from models.predictors.found import FoundProblem
from nlp.reading import Reading

TABLE = Path(__file__).parent / "weights" / "confidence.json"
_JUDGING = frozenset({SectionKind.ASSESSMENT, SectionKind.ASSESSMENT_PLAN, SectionKind.DISCHARGE_DIAGNOSES})


@cache
def _table() -> dict[str, dict[str, float]]:
    if not TABLE.exists():
        return {"level": {}, "diagnosis": {}}
    loaded: dict[str, dict[str, float]] = json.loads(TABLE.read_text(encoding="utf-8"))
    return loaded


def signs_of_level(determination: Determination, readings: Sequence[Reading]) -> str:
    """What the confidence of an MDM level is looked up by: the level, how far the elements agree, whether there is an assessment."""
    mdm = determination.mdm
    assert mdm is not None
    elements = sorted((mdm.problems.rank, mdm.data.rank, mdm.risk.rank))
    agreement = sum(rank == mdm.level.rank for rank in elements)
    judged = any(s.kind in _JUDGING for r in readings for s in r.sections)
    return f"{mdm.level.value}|{agreement}|{'assessment' if judged else 'none'}"


def of_level(determination: Determination, readings: Sequence[Reading]) -> float | None:
    """Probability that a careful auditor would accept the MDM level; None where there is none."""
    if determination.mdm is None:
        return None
    table = _table()["level"]
    return table.get(signs_of_level(determination, readings), table.get("all", 0.5))


def signs_of_diagnosis(choice: Choice, problem: FoundProblem) -> str:
    """What the confidence of a code is looked up by: named or searched, headline or prose, symptom or disease, how well it fits."""
    named = "named" if problem.name is not None and choice.score >= 0.9 else f"words{int(choice.score * 5)}"
    return f"{named}|{'head' if problem.is_headline else 'prose'}|{'symptom' if problem.is_symptom else 'disease'}"


def of_diagnosis(choice: Choice, problem: FoundProblem) -> float:
    """Probability that the code belongs on the claim."""
    table = _table()["diagnosis"]
    if not table:
        return choice.score
    return table.get(signs_of_diagnosis(choice, problem), table.get("all", 0.5))
