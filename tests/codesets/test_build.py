"""The compact file against the package it was built from."""

from __future__ import annotations

from datetime import date

import pytest

from rules.codesets.build import package_lines
from rules.codesets.reader import open_release
from rules.codesets.releases import BUILT_IN, loaded_releases

cm = pytest.importorskip("simple_icd_10_cm", reason="simple-icd-10-cm is not installed; only the round trip needs it")
ICD = open_release(date(2026, 5, 1))


def test_building_again_gives_the_same_text() -> None:
    (release,) = loaded_releases([BUILT_IN])
    assert "\n".join(package_lines()) + "\n" == release.read()


def test_the_billable_codes_are_the_leaves_of_the_package() -> None:
    leaves = {
        code for code in cm.get_all_codes(True) if cm.is_leaf(code) and not cm.is_chapter(code) and "-" not in code
    }
    assert set(ICD.billable()) == leaves


def test_every_tenth_entry_says_what_the_package_says() -> None:
    for code in [*ICD.entries(), *ICD.billable()][::10]:
        ours = ICD[code]
        seventh = len(code) == 8 and ours.parent is not None and bool(ICD[ours.parent].seventh)
        theirs = cm.get_description(code)
        assert ours.description == _text(theirs, cut=bool(ours.inclusion_terms) and seventh)
        assert list(ours.excludes1) == [" ".join(text.split()) for text in cm.get_excludes1(code)]
        assert list(ours.excludes2) == [" ".join(text.split()) for text in cm.get_excludes2(code)]
        if not seventh:
            assert list(ours.inclusion_terms) == [" ".join(text.split()) for text in cm.get_inclusion_term(code)]


def _text(text: str, *, cut: bool) -> str:
    """The package hangs the inclusion terms of a 7th character on the description, after a slash."""
    return " ".join((text.rsplit("/", 1)[0] if cut else text).split())
