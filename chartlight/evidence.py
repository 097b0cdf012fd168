"""Quotations: the words of a note that a fact rests on."""

from __future__ import annotations

from dataclasses import dataclass, field

from chartlight.note import Note, Span

MAX_QUOTE = 300
"""Longest quotation that counts as evidence, in characters (batch contract)."""
MAX_EVIDENCE = 600
"""Most characters that the quotations of one fact hold together (batch contract)."""


@dataclass(frozen=True, slots=True, order=True)
class Evidence:
    """A verbatim quotation: ``quote`` is the text of the note at ``span``; not in ``repr``.

    ``note_digest`` pins the text that was quoted (a proposal tells it once for all its quotations, so it takes no part in
    comparison), ``document`` names the document where an encounter has several.

    >>> note = Note("n1", "BP stable on lisinopril.")  # invented
    >>> Evidence.of(note, 0, 9).quote
    'BP stable'
    >>> Evidence(span=Span(0, 9), quote="BP stabl")
    Traceback (most recent call last):
        ...
    ValueError: a quotation of 8 characters cannot stand at [0, 9)
    """

    span: Span
    quote: str = field(repr=False)
    note_digest: str | None = field(default=None, compare=False)
    document: str | None = None

    def __post_init__(self) -> None:
        if len(self.quote) != len(self.span):
            raise ValueError(
                f"a quotation of {len(self.quote)} characters cannot stand at [{self.span.start}, {self.span.end})"
            )

    @classmethod
    def of(cls, note: Note, start: int, end: int, *, document: str | None = None) -> Evidence:
        """Quote ``note`` at ``[start, end)``; raises ``ValueError`` for an empty span or one beyond the text."""
        span = Span(start, end)
        if not len(span):
            raise ValueError(f"note {note.id!r}: an empty quotation at {start} is no evidence")
        return cls(span, note.words(span), note.digest, document)

    @property
    def start(self) -> int:
        """First code point of the quotation."""
        return self.span.start

    @property
    def end(self) -> int:
        """Code point after the last one of the quotation."""
        return self.span.end

    def is_verbatim_in(self, note: Note) -> bool:
        """Whether the words stand in ``note`` at the place that is claimed, and the digest, if any, is the note's."""
        same_text = self.note_digest is None or self.note_digest == note.digest
        return same_text and self.end <= len(note.text) and note.text[self.start : self.end] == self.quote
