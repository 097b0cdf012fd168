"""What every diagnosis rule is given, what it gives back, and the few operations on candidates that they share."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TypeVar, cast

from chartlight.catalogue import Catalogue
from chartlight.context import EncounterContext
from chartlight.determination import Step
from rules.diagnoses.candidate import Candidate, Removed
from rules.diagnoses.patterns import Reference, codes_named, matches, matches_any
from rules.diagnoses.tables import Tables

F = TypeVar("F", bound=Callable[..., object])


def remembered(function: F) -> F:
    """The function with its last answers kept; a catalogue counts by identity. (mypy takes no protocol for hashable.)"""
    return cast(F, lru_cache(maxsize=1 << 17)(function))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Given:
    """Everything that stays the same while the rules work: code set, edition, context and what the caller knows."""

    catalogue: Catalogue
    tables: Tables
    context: EncounterContext
    integral: Mapping[str, tuple[str, ...]]
    unrelated: tuple[tuple[str, str], ...] = ()
    is_facility_claim: bool = False
    least: float = 0.0

    def may_change(self, actor: Candidate, other: Candidate) -> bool:
        """Whether one candidate may combine with another or take it off: never the unlikely with the likely one."""
        return actor.confidence >= self.least or other.confidence < self.least

    def step(self, row: str, outcome: str, reason: str, facts: Iterable[str] = ()) -> Step:
        """One line of the argument, named and cited by its row."""
        found = self.tables.rows[row]
        citation = self.tables.edition.cite(row)
        citation = replace(citation, locator=found.locator)
        edition = self.tables.edition.name
        return Step(
            rule=found.name, outcome=outcome, reason=reason, edition=edition, facts=tuple(facts), citation=citation
        )

    def is_listed(self, code: str, name: str) -> bool:
        """Whether a short list of the edition names the code or something above it."""
        return matches_any(code, self.tables.lists[name])

    def said_unrelated(self, one: str, other: str) -> bool:
        """Whether the note says that these two have nothing to do with each other (IC-09, IC-10)."""
        return any(
            (matches(one, a) and matches(other, b)) or (matches(one, b) and matches(other, a))
            for a, b in self.unrelated
        )


@dataclass(frozen=True, slots=True)
class Change:
    """What a rule makes of the candidates, what it takes off, and why."""

    candidates: tuple[Candidate, ...]
    removed: tuple[Removed, ...] = ()
    steps: tuple[Step, ...] = ()


def in_order(candidates: Iterable[Candidate]) -> tuple[Candidate, ...]:
    """By place in the note, then by code: the order in which the rules look, whatever order they were given."""
    return tuple(sorted(candidates, key=_place))


def _place(c: Candidate) -> tuple[object, ...]:
    # all fields: two candidates that stand together are the same, and no order of arrival shows
    return (
        c.position, c.code, c.facts, -c.confidence, c.assertion, c.addressed, c.is_first_listed_hint, c.because, c.row
    )  # fmt: skip


def absorb(keeper: Candidate, others: Sequence[Candidate]) -> Candidate:
    """The keeper with the facts of the others; addressed and first-listed when one of them is, at the earliest place.

    >>> absorb(Candidate(code="N18.31", facts=("p2",), addressed=False), [Candidate(code="N18.9", facts=("p1",))]).facts
    ('p1', 'p2')
    """
    every = (keeper, *others)
    return replace(
        keeper,
        facts=tuple(sorted({fact for candidate in every for fact in candidate.facts})),
        addressed=any(candidate.addressed for candidate in every),
        is_first_listed_hint=any(candidate.is_first_listed_hint for candidate in every),
        position=min(candidate.position for candidate in every),
    )


@remembered
def description(catalogue: Catalogue, code: str) -> str:
    """Description of an entry in lower case."""
    return catalogue.description(code).lower()


@remembered
def path(catalogue: Catalogue, code: str) -> tuple[str, ...]:
    """From the category down to the code, both included."""
    above = [name for name in catalogue.ancestors(code) if "-" not in name and not name.startswith("chapter")]
    return (*reversed(above), code)


@remembered
def named(catalogue: Catalogue, entry: str, note: str) -> tuple[Reference, ...]:
    """Codes that the notes of one kind name at one entry, without what stands above it."""
    texts: tuple[str, ...] = getattr(catalogue[entry], note)
    return tuple(reference for text in texts for reference in codes_named(text))


@remembered
def inherited(catalogue: Catalogue, code: str, note: str) -> tuple[Reference, ...]:
    """Codes that the notes of one kind name at the code and at all that stands above it."""
    return tuple(r for entry in (code, *catalogue.ancestors(code)) for r in named(catalogue, entry, note))


@remembered
def side(catalogue: Catalogue, code: str) -> str | None:
    """``right``, ``left`` or ``bilateral`` by the description; None where it names no side, or an unspecified one."""
    words = set(description(catalogue, code).replace(",", " ").split())
    for word in ("bilateral", "right", "left"):
        if word in words:
            return word
    return None


def is_same_side(given: Given, one: str, other: str) -> bool:
    """Whether two codes may speak of the same part: the sides agree, or one names none, or one is of both sides."""
    a, b = side(given.catalogue, one), side(given.catalogue, other)
    return a is None or b is None or a == b or "bilateral" in (a, b)


def is_unspecified(given: Given, code: str) -> bool:
    """Whether the description says that something is not specified."""
    return any(mark in description(given.catalogue, code) for mark in ("unspecified", "not specified"))
