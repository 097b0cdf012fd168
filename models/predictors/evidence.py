"""Quotations within the lengths that the contract allows."""

from __future__ import annotations

from collections.abc import Iterable

from chartlight import Evidence, Note, Span
from chartlight.evidence import MAX_EVIDENCE, MAX_QUOTE


def quote(note: Note, spans: Iterable[Span]) -> tuple[Evidence, ...]:
    """Quote the spans, first come first kept: none twice, each at most 300 characters, together at most 600.

    >>> [e.quote for e in quote(Note("n", "BMP and CBC"), [Span(0, 3), Span(1, 3), Span(8, 11)])]  # invented
    ['BMP', 'CBC']
    """
    out: list[Evidence] = []
    total = 0
    for span in spans:
        end = min(span.end, span.start + MAX_QUOTE)
        if end == span.start or any(span.overlaps(e.span) for e in out) or total + end - span.start > MAX_EVIDENCE:
            continue
        total += end - span.start
        out.append(Evidence.of(note, span.start, end))
    return tuple(out)
