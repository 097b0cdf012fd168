"""Excludes1: two codes of which the tabular list says that they cannot stand together (IC-12)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import combinations

from chartlight.catalogue import Catalogue
from rules.diagnoses.candidate import Candidate, Removed
from rules.diagnoses.patterns import matches_any
from rules.diagnoses.tables import Tables
from rules.diagnoses.working import Change, Given, in_order, is_unspecified, named, remembered, side


@remembered
def excludes(catalogue: Catalogue, code: str, other: str) -> str | None:
    """The entry (the code or one above it) whose Excludes1 note names ``other``, or None.

    A note that names the code as well as the other parts neither from the other.
    """
    for entry in (code, *catalogue.ancestors(code)):
        if any(other in reference and code not in reference for reference in named(catalogue, entry, "excludes1")):
            return entry
    return None


def conflicting(codes: Iterable[str], catalogue: Catalogue, tables: Tables) -> Iterator[tuple[str, str]]:
    """Pairs of codes that an Excludes1 note parts, in either direction, and that are not plainly unrelated (IC-12).

    >>> from datetime import date
    >>> from rules.codesets.reader import open_release
    >>> from rules.diagnoses.tables import tables_on
    >>> day = date(2026, 5, 1)
    >>> list(conflicting(["E10.9", "E11.9", "I10"], open_release(day), tables_on(day)))
    [('E10.9', 'E11.9')]
    """
    for one, other in combinations(sorted(set(codes)), 2):
        if _is_elsewhere(one, other, catalogue, tables):
            continue
        if excludes(catalogue, one, other) or excludes(catalogue, other, one):
            yield one, other


def _is_elsewhere(one: str, other: str, catalogue: Catalogue, tables: Tables) -> bool:
    """Right and left, two sites of a pair of injury categories, or a pair of the edition: two conditions, whatever the note."""
    if {side(catalogue, one), side(catalogue, other)} == {"right", "left"}:
        return True
    for these, those in tables.unrelated:
        if (matches_any(one, these) and matches_any(other, those)) or (
            matches_any(other, these) and matches_any(one, those)
        ):
            return True
    if (one[:3], other[:3]) not in tables.same_site_only:
        return False
    return one[4:5] != other[4:5]


def resolve(candidates: Iterable[Candidate], given: Given) -> Change:
    """Of each excluded pair keep one: the likely one, then the disease before the symptom, then the addressed, the one that the
    note names (the other says 'not coded here'), the specific, the hinted, the surer, the earlier."""
    current = {candidate.code: candidate for candidate in in_order(candidates)}
    removed, steps = [], []
    while True:
        pair = next(conflicting(current, given.catalogue, given.tables), None)
        if pair is None:
            break
        one, other = (current[code] for code in pair)
        keep, lose = (one, other) if _strength(one, other, given) > _strength(other, one, given) else (other, one)
        entry = excludes(given.catalogue, lose.code, keep.code) or excludes(given.catalogue, keep.code, lose.code)
        reason = f"Excludes1 at {entry} parts it from {keep.code}"
        del current[lose.code]
        removed.append(Removed(lose, "IC-12", reason))
        steps.append(given.step("IC-12", f"{lose.code} removed", reason, lose.facts))
    return Change(in_order(current.values()), tuple(removed), tuple(steps))


def _strength(candidate: Candidate, rival: Candidate, given: Given) -> tuple[object, ...]:
    code = candidate.code
    rank = 0 if code[0] in "VWXYZ" else 1 if given.is_listed(code, "symptoms") else 2
    rank = 3 if given.is_listed(code, "pregnancy") else rank
    is_named = excludes(given.catalogue, rival.code, code) is not None
    names = excludes(given.catalogue, code, rival.code) is not None
    return (
        candidate.confidence >= given.least,
        rank,
        candidate.addressed,
        is_named and not names,
        not is_unspecified(given, code),
        candidate.is_first_listed_hint,
        candidate.confidence,
        -candidate.position,
        [-ord(character) for character in code],
    )
