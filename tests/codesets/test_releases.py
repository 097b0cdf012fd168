"""Which release a date of service is coded with, and what is said when it is not the one of the date."""

from __future__ import annotations

from datetime import date, timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.codesets.releases import BUILT_IN, InForce, loaded_releases, release_in_force
from rules.codesets.tabular import ReleaseError


def on(day: date) -> InForce:
    return release_in_force(day, [BUILT_IN])


@pytest.mark.parametrize(
    ("day", "warnings"),
    [
        (date(2024, 1, 1), ("codeset_later_than_service",)),
        (date(2026, 3, 31), ("codeset_later_than_service",)),
        (date(2026, 4, 1), ()),
        (date(2026, 9, 30), ()),
        (date(2026, 10, 1), ("codeset_not_reviewed",)),
        (date(2031, 1, 1), ("codeset_not_reviewed",)),
    ],
)
def test_a_date_outside_the_release_is_answered_with_a_warning(day: date, warnings: tuple[str, ...]) -> None:
    assert on(day).warnings == warnings
    assert on(day).release.name == "icd10cm-2026-04-01"


@given(st.dates(date(2015, 10, 1), date(2040, 1, 1)))
def test_every_day_has_exactly_one_release(day: date) -> None:
    found = on(day)
    assert len(found.warnings) == (0 if found.release.effective <= day <= found.release.through else 1)


def test_digests_are_those_of_the_files() -> None:
    for release in loaded_releases([BUILT_IN]):
        assert release.digest == "sha256:" + sha256(release.path.read_bytes()).hexdigest()
        assert release.licence.startswith("public domain")
        assert release.effective <= release.through


def test_a_second_release_takes_over_on_its_day(tmp_path: Path) -> None:
    (april,) = loaded_releases([BUILT_IN])
    (tmp_path / "releases.toml").write_text(
        '[[release]]\nname = "icd10cm-2026-10-01"\neffective = 2026-10-01\nthrough = 2027-03-31\n'
        'file = "new.tsv.gz"\ndigest = "sha256:0"\n'
    )
    where = [BUILT_IN, tmp_path]
    assert release_in_force(april.through, where).release == april
    assert release_in_force(april.through + timedelta(days=1), where).release.name == "icd10cm-2026-10-01"
    assert release_in_force(date(2027, 4, 1), where).warnings == ("codeset_not_reviewed",)


def test_no_release_at_all_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ReleaseError, match="codes add"):
        loaded_releases([tmp_path])
