"""The text that was received and places in it.

The text is never altered and never shown by ``repr``. Offsets are Unicode code points, half-open; ``chartlight.offsets``
converts to UTF-16 for browsers.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

from chartlight.labels import SectionKind


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Characters ``[start, end)`` of one note, counted in Unicode code points.

    >>> Span(0, 4).overlaps(Span(4, 9))
    False
    >>> Span(5, 4)
    Traceback (most recent call last):
        ...
    ValueError: a span needs 0 <= start <= end, got [5, 4)
    """

    start: int
    end: int

    def __post_init__(self) -> None:
        if not 0 <= self.start <= self.end:
            raise ValueError(f"a span needs 0 <= start <= end, got [{self.start}, {self.end})")

    def __len__(self) -> int:
        return self.end - self.start

    def overlaps(self, other: Span) -> bool:
        """Whether the two share at least one character."""
        return self.start < other.end and other.start < self.end

    def contains(self, other: Span) -> bool:
        """Whether ``other`` lies within this span, ends included.

        >>> Span(0, 9).contains(Span(4, 9))
        True
        """
        return self.start <= other.start and other.end <= self.end


@dataclass(frozen=True, slots=True)
class Note:
    """One document of an encounter: an id and the text as received; the text is not in ``repr``.

    >>> note = Note("n1", "BP stable on lisinopril.")  # invented
    >>> note
    Note(id='n1')
    >>> note.words(Span(0, 9))
    'BP stable'
    """

    id: str
    text: str = field(repr=False)

    @property
    def digest(self) -> str:
        """SHA-256 of the text in UTF-8 (lone surrogates kept), as ``sha256:...``."""
        return "sha256:" + hashlib.sha256(self.text.encode("utf-8", "surrogatepass")).hexdigest()

    def words(self, span: Span) -> str:
        """The text at ``span``.

        Raises ``ValueError`` when the span ends beyond the note; the message names the note, never its text.
        """
        if span.end > len(self.text):
            raise ValueError(f"note {self.id!r} has {len(self.text)} characters, span ends at {span.end}")
        return self.text[span.start : span.end]


@dataclass(frozen=True, slots=True)
class Section:
    """A stretch of the note under one heading; ``heading`` is None where the text has none.

    ``body`` begins after the heading. The words are not kept here, only their places.
    """

    kind: SectionKind
    span: Span
    body: Span
    heading: Span | None = None
