"""Measures: what is defensible, folds, calibration, coverage."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.measures import FOLDS, brier, calibration_error, coverage, defensible, fold_of

pairs = st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1)


def test_levels_are_right_when_they_are_defensible() -> None:
    record = {
        "levels": {"problems": "moderate", "data": "low", "risk": "moderate"},
        "defensible": {"problems": ["moderate", "low"], "data": ["low"], "risk": ["moderate"]},
    }
    assert defensible(record) == {"moderate", "low"}


@given(st.text())
def test_a_note_keeps_its_fold(id: str) -> None:
    assert fold_of(id) == fold_of(id) in range(FOLDS)


@given(pairs)
def test_measures_lie_between_nothing_and_all(rows: list[tuple[float, bool]]) -> None:
    assert 0 <= brier(rows) <= 1
    assert 0 <= calibration_error(rows) <= 1
    assert 0 <= coverage(rows) <= 1


@given(pairs)
def test_all_is_taken_where_all_is_right(rows: list[tuple[float, bool]]) -> None:
    assert coverage([(p, True) for p, _ in rows]) == 1.0
    assert coverage([(p, False) for p, _ in rows]) == 0.0


def test_equal_probabilities_go_together() -> None:
    assert coverage([(0.9, True), (0.5, True), (0.5, False)], 0.95) == pytest.approx(1 / 3)
