"""The one place where code-point offsets become UTF-16 offsets and back; browsers count UTF-16 code units."""

from __future__ import annotations

from chartlight.note import Span


def to_utf16(text: str, span: Span) -> tuple[int, int]:
    """``(utf16_start, utf16_end)`` of a code-point span of ``text``.

    >>> to_utf16("🩺 ok", Span(2, 4))
    (3, 5)
    """
    start = _units(text[: span.start])
    return start, start + _units(text[span.start : span.end])


def from_utf16(text: str, utf16_start: int, utf16_end: int) -> Span:
    """The code-point span of a UTF-16 range; raises ``ValueError`` where an end falls inside a character.

    >>> from_utf16("🩺 ok", 3, 5)
    Span(start=2, end=4)
    """
    if not 0 <= utf16_start <= utf16_end:
        raise ValueError(f"a UTF-16 range needs 0 <= start <= end, got [{utf16_start}, {utf16_end})")
    places: dict[int, int] = {}
    at = 0
    for n, char in enumerate(text):
        places[at] = n
        at += _units(char)
    places[at] = len(text)
    for end in (utf16_start, utf16_end):
        if end not in places:
            raise ValueError(f"UTF-16 offset {end} falls inside a character or beyond the text ({at} units)")
    return Span(places[utf16_start], places[utf16_end])


def _units(text: str) -> int:
    return len(text) + sum(char > "\uffff" for char in text)
