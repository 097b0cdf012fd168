"""Confidence: how often proposals like this one were right on annotated notes.

Method: the share of right ones among annotated ``train`` notes with the same signs, shrunk towards the overall share (``training/calibrate.py``
writes the table into ``models/weights/confidence.json``, and what other signs would have done into its card). Patterns give no probabilities, so the
signs are few and plain.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

from chartlight import Determination
from models.predictors.coder import Choice
from models.predictors.found import FoundProblem
from nlp.reading import Reading

TABLE = Path(__file__).parent / "weights" / "confidence.json"


@cache
def _table() -> dict[str, dict[str, float]]:
    if not TABLE.exists():
        return {"level": {}, "diagnosis": {}}
    loaded = json.loads(TABLE.read_text(encoding="utf-8"))
    return {kind: loaded[kind] for kind in ("level", "diagnosis")}


def signs_of_level(determination: Determination) -> str:
    """What the confidence of an MDM level is looked up by: the level, how many elements agree on it, whether problems or risk is the higher.

    Problems above risk often mean a decision that was not found, risk above problems a problem that was judged too lightly.
    """
    mdm = determination.mdm
    assert mdm is not None
    agreement = sum(element is mdm.level for element in (mdm.problems, mdm.data, mdm.risk))
    higher = "problems" if mdm.problems > mdm.risk else "risk" if mdm.risk > mdm.problems else "neither"
    return f"{mdm.level.value}|{agreement}|{higher}"


def of_level(determination: Determination) -> float | None:
    """Probability that a careful auditor would accept the MDM level; None where there is none."""
    if determination.mdm is None:
        return None
    table = _table()["level"]
    return table.get(signs_of_level(determination), table.get("all", 0.5))


def signs_of_diagnosis(problem: FoundProblem, reading: Reading, description: str) -> str:
    """What the confidence of a code is looked up by.

    Whether the problem is an item of a list, whether its words are a name of the tables and nothing more, whether the code's description had to stay
    unspecified; all problems that are merely mentioned go together.
    """
    if not problem.addressed:
        return "mentioned"
    place = "item" if reading.sentences[problem.sentence].marker is not None else "prose"
    words = "name" if problem.name is not None and len(problem.phrase) <= len(problem.key) else "words"
    return f"{place}|{words}|{'unspecified' if 'unspecified' in description.lower() else 'specific'}"


def of_diagnosis(choice: Choice, problem: FoundProblem, reading: Reading, description: str) -> float:
    """Probability that a code for ``problem``, of this description, belongs on the claim."""
    table = _table()["diagnosis"]
    if not table:
        return choice.score
    return table.get(signs_of_diagnosis(problem, reading, description), table.get("all", 0.5))
