"""Measures that several scripts share: what is defensible, folds that stay the same, calibration error, Brier score, coverage."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any

from chartlight.labels import Level
from training.corpora import ELEMENTS

FOLDS = 5
BINS = 10  # as in the scorer


def defensible(record: Mapping[str, Any]) -> set[str]:
    """Levels that a careful auditor could defend: the second highest of every allowed combination, and the annotated one.

    >>> sorted(
    ...     defensible(
    ...         {
    ...             "levels": dict.fromkeys(ELEMENTS, "low"),
    ...             "defensible": {"problems": ["moderate"], "data": ["low"], "risk": ["low", "high"]},
    ...         }
    ...     )
    ... )
    ['low', 'moderate']
    """
    allowed = [record["defensible"][e] for e in ELEMENTS]
    levels = [dict(zip(ELEMENTS, p, strict=True)) for p in product(*allowed)] + [record["levels"]]
    return {level_of(level) for level in levels}


def level_of(levels: Mapping[str, str]) -> str:
    """The level of the visit: the second highest of the three elements (two of three must be met).

    >>> level_of({"problems": "high", "data": "straightforward", "risk": "moderate"})
    'moderate'
    """
    return sorted(Level(levels[e]) for e in ELEMENTS)[1].value


def occurrences(text: str, quote: str) -> list[tuple[int, int]]:
    """Every place of a quotation: the scorer accepts any.

    >>> occurrences("gout, gout", "gout")
    [(0, 4), (6, 10)]
    """
    out, at = [], text.find(quote) if quote else -1
    while at >= 0:
        out.append((at, at + len(quote)))
        at = text.find(quote, at + 1)
    return out


def touch(spans: Sequence[Any], places: Sequence[tuple[int, int]]) -> bool:
    """Whether a span touches a place."""
    return any(s.start < end and start < s.end for s in spans for start, end in places)


def fold_of(id: str) -> int:
    """The fold of a note, 0 to 4, by a digest of its id: the same on every machine and with any other notes.

    >>> fold_of("n1") == fold_of("n1")
    True
    """
    return int(hashlib.sha256(id.encode()).hexdigest(), 16) % FOLDS


def brier(pairs: Sequence[tuple[float, bool]]) -> float:
    """Mean squared distance of probability and outcome; 0 is perfect.

    >>> brier([(1.0, True), (0.5, False)])
    0.125
    """
    return sum((p - right) ** 2 for p, right in pairs) / len(pairs)


def calibration_error(pairs: Sequence[tuple[float, bool]]) -> float:
    """Expected calibration error over ten bins of equal width, as the scorer counts it.

    >>> calibration_error([(0.75, True), (0.75, True), (0.75, True), (0.75, False)])
    0.0
    """
    bins: dict[int, list[tuple[float, bool]]] = {}
    for p, right in pairs:
        bins.setdefault(min(int(p * BINS), BINS - 1), []).append((p, right))
    return sum(abs(sum(p for p, _ in b) - sum(r for _, r in b)) for b in bins.values()) / len(pairs)


def coverage(pairs: Sequence[tuple[float, bool]], precision: float = 0.95) -> float:
    """Share of rows that one can take by falling probability while this share of them is right; equal ones go together.

    >>> coverage([(0.9, True), (0.9, True), (0.5, False), (0.5, True)])
    0.5
    """
    best = right = taken = 0
    for p in sorted({p for p, _ in pairs}, reverse=True):
        group = [r for q, r in pairs if q == p]
        right, taken = right + sum(group), taken + len(group)
        if right >= precision * taken:
            best = taken
    return best / len(pairs)
