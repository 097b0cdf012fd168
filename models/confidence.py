"""Confidence of a code: the probability that a careful coder would keep it.

Method: a logistic regression over plain signs (``signs_of_diagnosis``), fitted on proposals for notes that neither encoder nor heads had seen
(``training/heads.py``, heads ``confidence of diagnosis`` and, for what is merely mentioned, ``confidence of mention``). The confidence of the level is in ``models/second_opinion.py``.
"""

from __future__ import annotations

from chartlight.labels import Assertion
from models.predictors.coder import Choice
from models.predictors.found import FoundProblem
from models.predictors.heads import evidence, head


def signs_of_diagnosis(choice: Choice, problem: FoundProblem, description: str) -> dict[str, float]:
    """The signs by which the head ``confidence of diagnosis`` judges a code."""
    extra = max(0, len(problem.phrase) - len(problem.key))
    return {
        "share": evidence(problem.share if problem.share is not None else 0.5),
        "score": choice.score,
        "named": float(problem.name is not None),
        "words beyond the name": min(extra, 4) / 4,
        "places": min(len(problem.mentions), 4) / 4,
        "headline": float(problem.is_headline),
        "symptom": float(problem.is_symptom),
        "uncertain": float(problem.assertion is not Assertion.PRESENT),
        "unspecified": float("unspecified" in description.lower()),
        "runners-up": min(len(choice.others), 4) / 4,
        "because": float(bool(choice.because)),
    }


def of_diagnosis(choice: Choice, problem: FoundProblem, description: str) -> float:
    """Probability that a code for ``problem``, of this description, belongs on the claim; the coder's own score where no weights are shipped."""
    weighing = head("confidence of diagnosis" if problem.addressed else "confidence of mention")
    if weighing is None:
        return choice.score
    return weighing.share(signs_of_diagnosis(choice, problem, description))
