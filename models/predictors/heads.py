"""The small learned heads: logistic regressions over named signs, with weights that a person can read.

``training/heads.py`` fits them and writes ``models/weights/heads.json``: for each head a bias and a weight by name of the sign, for each class where
there are several, and the probability with the best F1 (``models/line_up.toml`` says from which one a candidate is kept). A sign that a head does not know counts nothing.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

FILE = Path(__file__).parents[1] / "weights" / "heads.json"
_MOST = 6.0

Signs = Mapping[str, float]


def evidence(share: float) -> float:
    """A probability as evidence: its log-odds, held within 6, a third of them so that weights stay near one.

    >>> evidence(0.5), round(evidence(0.99), 2), evidence(0.0)
    (0.0, 1.53, -2.0)
    """
    if share <= 0.0 or share >= 1.0:
        return (_MOST if share >= 1.0 else -_MOST) / 3
    return max(-_MOST, min(_MOST, math.log(share / (1.0 - share)))) / 3


@dataclass(frozen=True, slots=True)
class Head:
    """One logistic regression; ``threshold`` is the probability from which keeping gives the best F1.

    >>> Head(bias=0.0, weights={"named": 2.0}, threshold=0.5).share({"named": 1.0, "unknown": 9.0}) > 0.85
    True
    """

    bias: float
    weights: Mapping[str, float]
    threshold: float = 0.5

    def score(self, signs: Signs) -> float:
        """The sum of bias and weighted signs."""
        weights = self.weights
        return self.bias + sum(weights[name] * value for name, value in signs.items() if name in weights)

    def share(self, signs: Signs) -> float:
        """The probability."""
        return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, self.score(signs)))))


@dataclass(frozen=True, slots=True)
class Choosing:
    """Several classes: one set of weights each, the shares add up to one."""

    classes: Mapping[str, Head]

    def shares(self, signs: Signs) -> dict[str, float]:
        """The probability of each class."""
        scores = {name: head.score(signs) for name, head in self.classes.items()}
        top = max(scores.values())
        parts = {name: math.exp(score - top) for name, score in scores.items()}
        whole = sum(parts.values())
        return {name: part / whole for name, part in parts.items()}


def _head(row: Mapping[str, Any]) -> Head:
    return Head(row["bias"], row["weights"], row.get("threshold", 0.5))


@cache
def _shipped() -> Mapping[str, Head | Choosing]:
    return _read(json.loads(FILE.read_text(encoding="utf-8"))) if FILE.is_file() else {}


def _read(rows: Mapping[str, Any]) -> dict[str, Head | Choosing]:
    out: dict[str, Head | Choosing] = {}
    for name, row in rows.items():
        if "classes" in row:
            out[name] = Choosing({label: _head(one) for label, one in row["classes"].items()})
        elif "weights" in row:
            out[name] = _head(row)
    return out


_INSTEAD: ContextVar[Mapping[str, Head | Choosing] | None] = ContextVar("heads", default=None)


@contextmanager
def instead(rows: Mapping[str, Any]) -> Iterator[None]:
    """Use these heads instead of the shipped ones for a while: the folds of the training, and tests.

    >>> with instead({"risk": {"bias": 1.0, "weights": {}}}):
    ...     head("risk").bias
    1.0
    """
    token = _INSTEAD.set(_read(rows))
    try:
        yield
    finally:
        _INSTEAD.reset(token)


def _of(name: str) -> Head | Choosing | None:
    other = _INSTEAD.get()
    return (_shipped() if other is None else other).get(name)


def head(name: str) -> Head | None:
    """The head of this name; None where no weights are shipped: then the patterns decide alone."""
    found = _of(name)
    return found if isinstance(found, Head) else None


def choosing(name: str) -> Choosing | None:
    """The head of several classes of this name; None where no weights are shipped."""
    found = _of(name)
    return found if isinstance(found, Choosing) else None
