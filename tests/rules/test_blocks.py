"""Prolonged services by table, also for codes that no setting of ours reaches."""

from datetime import date

import pytest

from rules.blocks import critical_care, prolonged
from rules.routes import Schedule


@pytest.mark.parametrize(
    ("minutes", "schedule", "code", "units"),
    [
        (74, Schedule.CPT, None, 0), (75, Schedule.CPT, "99417", 1), (76, Schedule.CPT, "99417", 1),
        (90, Schedule.CPT, "99417", 2), (99, Schedule.MEDICARE, None, 0), (100, Schedule.MEDICARE, "G2212", 1),
        (101, Schedule.MEDICARE, "G2212", 1), (115, Schedule.MEDICARE, "G2212", 2),
    ],
)  # fmt: skip
def test_care_planning_for_dementia(minutes: int, schedule: Schedule, code: str | None, units: int) -> None:
    """PR-06."""
    for day in (date(2023, 6, 1), date(2024, 6, 1), date(2026, 3, 2)):
        found = prolonged("99483", minutes, schedule, day)
        assert (found.code if found else None, found.units if found else 0) == (code, units)


def test_before_the_first_edition_there_is_none() -> None:
    assert prolonged("99205", 200, Schedule.CPT, date(2020, 12, 31)) is None
    assert critical_care(date(2022, 12, 31)) is None


def test_a_window_is_told() -> None:
    found = prolonged("99345", 140, Schedule.MEDICARE, date(2026, 3, 2))
    assert found is not None
    assert "3 days before to 7 days after" in found.because
