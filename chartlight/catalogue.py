"""The ICD-10-CM code set as the rest of the house sees it; ``rules.codesets`` implements it, ``models.propose`` hands it over."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """One entry of the code set: a chapter-level category, a subcategory, or a billable code.

    ``inclusion_terms`` are the tabular list's own synonyms. The notes (``excludes1`` ...) are those of this entry alone;
    a reader that needs the inherited ones walks ``parent``.
    """

    code: str
    description: str
    is_billable: bool
    parent: str | None = None
    children: tuple[str, ...] = ()
    inclusion_terms: tuple[str, ...] = ()
    includes: tuple[str, ...] = ()
    excludes1: tuple[str, ...] = ()
    excludes2: tuple[str, ...] = ()
    use_additional: tuple[str, ...] = ()
    code_first: tuple[str, ...] = ()
    code_also: tuple[str, ...] = ()
    seventh: tuple[tuple[str, str], ...] = ()


class Catalogue(Protocol):
    """A release of ICD-10-CM: look-up by code, walk up and down, and the billable codes in order."""

    @property
    def release(self) -> str:
        """Name of the release, e.g. ``icd10cm-2026-04-01``."""

    @property
    def effective(self) -> date:
        """First date of service of the release."""

    def __contains__(self, code: str) -> bool:
        """Whether the release has the code, billable or not."""

    def __getitem__(self, code: str) -> Code:
        """The entry of ``code`` (with its dot); raises ``KeyError``."""

    def description(self, code: str) -> str:
        """The description of ``code`` alone, cheaper than ``[]``; raises ``KeyError``."""
        ...

    def is_billable(self, code: str) -> bool:
        """Whether the code exists and is complete; False for unknown codes."""

    def ancestors(self, code: str) -> Sequence[str]:
        """Parents from nearest to farthest, without the code itself."""

    def descendants(self, code: str) -> Sequence[str]:
        """Billable codes at or under ``code``, in order of the code set."""

    def billable(self) -> Iterator[str]:
        """All billable codes in order."""
