"""The April 2026 release: what is in it, how it is walked, that it is the publisher's."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chartlight.catalogue import Catalogue
from rules.codesets.reader import CompactCatalogue, open_release
from rules.codesets.releases import BUILT_IN, Release, loaded_releases
from rules.codesets.tabular import ReleaseError

IN_APRIL = date(2026, 5, 1)
ICD = open_release(IN_APRIL)
BILLABLE = tuple(ICD.billable())
ENTRIES = tuple(ICD.entries())
any_code = st.sampled_from(BILLABLE + ENTRIES)


def as_catalogue(catalogue: Catalogue) -> Catalogue:
    """Held against the protocol by mypy, and used where only the protocol may be."""
    return catalogue


def test_the_protocol_is_met() -> None:
    catalogue = as_catalogue(ICD)
    assert (catalogue.release, catalogue.effective) == ("icd10cm-2026-04-01", date(2026, 4, 1))


def test_counts_are_those_of_the_release() -> None:
    assert len(ICD) == len(BILLABLE) == len(set(BILLABLE)) == 74_719
    assert len([code for code in ENTRIES if len(code) == 3]) == 1_918
    assert sum(len(ICD.descendants(f"chapter {number}")) for number in range(1, 23)) == len(BILLABLE)


@pytest.mark.parametrize(
    ("code", "billable"),
    [
        ("I10", True), ("E11", False), ("E11.9", True), ("E11.2", False), ("B20", True), ("Z66", True),
        ("S52.501", False), ("S52.501A", True), ("S52.501X", False), ("S52.501a", False), ("S06.1X7A", True),
        ("S06.1X7D", False), ("T07.XXXA", True), ("T07", False), ("T36.0X5A", True), ("T36.0X5", False),
        ("S09.20XA", True), ("S09.20A", False), ("S09.20XXA", False), ("E08-E13", False), ("chapter 4", False),
        ("", False), ("X", False), ("E119", False), ("Z99.89 ", False), ("M1A.0110", True), ("C7A.00", True)
    ],
)  # fmt: skip
def test_only_complete_codes_of_the_release_are_billable(code: str, billable: bool) -> None:
    assert ICD.is_billable(code) is billable


def test_a_block_of_one_category_is_not_the_category() -> None:
    assert ICD.parent("B20") == "B20-B20"
    assert not ICD["B20-B20"].is_billable
    assert BILLABLE.count("B20") == 1


def test_blocks_lie_in_the_blocks_that_group_them() -> None:
    assert ICD.ancestors("W00.0XXA") == ("W00.0", "W00", "W00-W19", "W00-X58", "V00-X58", "chapter 20")


def test_a_stem_tells_the_seventh_characters_that_exist() -> None:
    assert [letter for letter, _ in ICD["S06.1X7"].seventh] == ["A"]
    assert ICD["S52.501"].seventh[0] == ("A", "initial encounter for closed fracture")
    assert ICD["H34.8112"].inclusion_terms == ("Old central retinal vein occlusion",)


def test_notes_are_those_of_the_entry_and_inherited_on_request() -> None:
    assert "type 1 diabetes mellitus (E10.-)" in ICD["E11"].excludes1
    assert ICD["E11.65"].excludes1 == ()
    assert ("E11", "type 1 diabetes mellitus (E10.-)") in ICD.inherited("E11.65", "excludes1")
    assert ICD["E11"].use_additional[2] == "insulin (Z79.4)"


@pytest.mark.parametrize("code", ["", "E99.99", "S52.501T", "chapter 99", "zzz"])
def test_an_unknown_code_is_a_key_error(code: str) -> None:
    assert code not in ICD
    for ask in (ICD.__getitem__, ICD.ancestors, ICD.descendants, ICD.children, ICD.order, ICD.description):
        with pytest.raises(KeyError):
            ask(code)


@given(any_code)
def test_the_parent_has_the_code_among_its_children(code: str) -> None:
    entry = ICD[code]
    assert entry.parent is not None
    assert code in ICD[entry.parent].children
    assert all(ICD[child].parent == code for child in entry.children)


@given(any_code)
def test_ancestors_end_in_a_chapter_and_hold_the_code_among_their_descendants(code: str) -> None:
    above = ICD.ancestors(code)
    assert above[-1].startswith("chapter ")
    assert code not in above
    assert set(ICD.descendants(code)) <= set(ICD.descendants(above[0]))


@given(any_code)
def test_descendants_are_billable_and_in_order(code: str) -> None:
    leaves = ICD.descendants(code)
    assert leaves, "no entry of the release is empty"
    assert all(map(ICD.is_billable, leaves))
    assert sorted(leaves, key=ICD.order) == list(leaves)
    assert ICD.is_billable(code) == (leaves == (code,) and not ICD[code].children)


@given(st.text(alphabet="ABCEMSTXZ0123456789.-", max_size=9))
def test_any_string_is_answered(text: str) -> None:
    assert ICD.is_billable(text) == (text in ICD and ICD[text].is_billable)


@given(st.sampled_from(BILLABLE))
@settings(max_examples=50)
def test_a_look_up_is_the_same_by_every_way(code: str) -> None:
    assert ICD.description(code) == ICD[code].description
    assert ICD.parent(code) == ICD[code].parent


def test_a_changed_file_is_refused() -> None:
    (built_in,) = loaded_releases([BUILT_IN])
    changed = Release(
        name="x", effective=built_in.effective, through=built_in.through, path=built_in.path, digest="sha256:0"
    )
    with pytest.raises(ReleaseError, match="digest"):
        changed.read()


def test_an_entry_that_stands_twice_is_refused() -> None:
    (release,) = loaded_releases([BUILT_IN])
    with pytest.raises(ReleaseError, match="twice"):
        CompactCatalogue(release, "A00\t\tCholera\nA00\t\tCholera\n")
