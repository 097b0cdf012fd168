"""Sentences and list items. Clinical notes break lines where they like, number their problems and drop full stops."""

from __future__ import annotations

import re

from chartlight.note import Section, Span
from nlp.reading import Sentence

_MARKER = re.compile(
    r"[ \t]*(?:(?:problem\s{0,3})?#?(?P<number>\d{1,2})[.):]+(?=\s|[A-Za-z])|#[ \t]?(?P<hash>\d{1,2})(?=\s)"
    r"|(?P<bullet>[-–—•*·▪◦>#]+)(?=\s|[A-Za-z])|\((?P<paren>\d{1,2}|[a-z])\)|(?P<letter>[a-hA-H])[.)](?=\s))[ \t]*",
    re.I,
)
"""What opens a list item at the start of a line."""
_INLINE_NUMBER = re.compile(
    r"(?:(?<=[.;:,)\w\]])[ \t]+|(?<=[a-z)][.;:]))(?:#?(?P<number>\d{1,2})[.)]|\((?P<paren>\d{1,2})\))[ \t]+(?=[A-Z\"“(])"
)
"""A numbered item inside a line; taken only when the numbers run on."""
_ANY_NUMBER = re.compile(r"(?<=[\s(.;:])(\d{1,2})[.)](?=\s)")
_END = re.compile(r"[.!?]++[\"”')\]]*+(?=\s+[\"“(\[]?[A-Z0-9]|\s*$)|;(?=\s)")
_INITIAL = r"(?<!vitamin )(?<!vit )(?<!hepatitis )(?<!influenza )(?<!type )(?<!grade )(?<!stage )(?<!class )(?<!group )(?<![\w'’])(?-i:[A-Z])"
"""A capital before a full stop abbreviates a name, but "hepatitis C." ends a sentence."""
_ABBREVIATION = re.compile(
    r"(?:\b(?:Dr|Drs|Mr|Mrs|Ms|Prof|St|vs|e\.g|i\.e|etc|approx|No|Fig|Jr|Sr|Inc|q|p\.o|b\.i\.d|t\.i\.d|q\.i\.d|q\.d|q\.h\.s|h\.s|p\.r\.n|a\.m|p\.m|mg|mcg|ml|cc|lbs|wt|ht|temp|resp|max|min|dept|appt)"
    rf"|{_INITIAL}|\d)\.$",
    re.I,
)
_DOSING = re.compile(
    r"\b(?:q|p\.o|b\.i\.d|t\.i\.d|q\.i\.d|q\.d|q\.h\.s|h\.s|p\.r\.n|a\.m|p\.m|mg|mcg|ml|cc|lbs)\.$", re.I
)
_LINE = re.compile(r"[^\r\n]+")
_LONGEST = 3000
"""Characters of one sentence; what runs on for longer is no sentence and is cut at a blank, so that reading takes time in step with the text."""


def match(text: str, sections: tuple[Section, ...]) -> tuple[Sentence, ...]:
    """The sentences of a text in order: never across sections, a list item starts one, blanks around them left out.

    >>> from nlp.pipes import sections
    >>> text = "PLAN: 1. Start lisinopril. 2. BMP in Dr. Roe's office."  # invented
    >>> [(s.marker, text[s.span.start : s.span.end]) for s in match(text, sections.match(text))]
    [('1', 'Start lisinopril.'), ('2', "BMP in Dr. Roe's office.")]
    """
    found: list[Sentence] = []
    for index, section in enumerate(sections):
        for start, end in _lines(text, section.body):
            found.extend(_items(text, start, end, index))
    return tuple(found)


def _lines(text: str, body: Span) -> list[tuple[int, int]]:
    """Lines, with wrapped ones joined: one that goes on in lower case after a line without a full stop."""
    lines: list[tuple[int, int]] = []
    for found in _LINE.finditer(text, body.start, body.end):
        at, stop = found.span()
        content = found.group().strip()
        if not content:
            continue
        if lines and content[0].islower() and _runs_on(text, lines[-1], at) and not _MARKER.match(text, at, stop):
            lines[-1] = (lines[-1][0], stop)
        else:
            lines.append((at, stop))
    return lines


def _runs_on(text: str, line: tuple[int, int], following: int) -> bool:
    """Whether a line breaks off in the middle of a sentence: long, without a stop, no empty line after it."""
    start, end = line
    last = text[max(start, end - 200) : end].rstrip()
    between = text[end:following]
    is_next = max(between.count("\n"), between.count("\r")) <= 1
    return end - start >= 45 and is_next and last != "" and last[-1] not in ".:;!?"


def _items(text: str, start: int, end: int, section: int) -> list[Sentence]:
    found: list[Sentence] = []
    marker, at = _marker(text, start, end)
    pieces: list[tuple[str | None, int, int]] = []
    expected = int(marker) + 1 if marker and marker.isdigit() else 1
    last_place: dict[int, int] | None = None
    for inline in _INLINE_NUMBER.finditer(text, at, end):
        number = int(inline["number"] or inline["paren"])
        if number != expected:
            continue
        # the first number of a run is believed only when the next one follows
        if number == 1:
            if last_place is None:
                last_place = {int(m[1]): m.start() for m in _ANY_NUMBER.finditer(text, at, end)}
            if last_place.get(2, -1) < inline.end():
                continue
        pieces.append((marker, at, inline.start()))
        marker, at, expected = str(number), inline.end(), number + 1
    pieces.append((marker, at, end))
    for n, (mark, piece_start, piece_end) in enumerate(pieces):
        for k, (s, e) in enumerate(_split(text, piece_start, piece_end)):
            found.append(
                Sentence(
                    span=Span(s, e),
                    section=section,
                    marker=mark if k == 0 else None,
                    starts_line=n == 0 and k == 0,
                )
            )
    return found


def _marker(text: str, start: int, end: int) -> tuple[str | None, int]:
    match = _MARKER.match(text, start, end)
    if not match or match.end() >= end:
        return None, start
    return match[match.lastgroup or 0], match.end()


def _split(text: str, start: int, end: int) -> list[tuple[int, int]]:
    out: list[tuple[int, int]] = []
    at = start
    for stop in _END.finditer(text, start, end):
        before = text[max(at, stop.start() - 16) : stop.start() + 1]
        if text[stop.start()] == "." and _ABBREVIATION.search(before):
            after = text[stop.end() : stop.end() + 2].strip()
            # a dose or time may end a sentence too: it does when a capital follows; "Dr." and initials never do
            if not (_DOSING.search(before) or before[-2:-1].isdigit()) or not after[:1].isupper():
                continue
        _add(text, at, stop.end(), out)
        at = stop.end()
    _add(text, at, end, out)
    return out


def _add(text: str, start: int, end: int, out: list[tuple[int, int]]) -> None:
    while end - start > _LONGEST:
        cut = max(text.rfind(" ", start, start + _LONGEST), text.rfind("\n", start, start + _LONGEST))
        cut = cut if cut > start else start + _LONGEST
        _add_one(text, start, cut, out)
        start = cut
    _add_one(text, start, end, out)


def _add_one(text: str, start: int, end: int, out: list[tuple[int, int]]) -> None:
    piece = text[start:end]
    stripped = piece.strip()
    if any(c.isalnum() for c in stripped):
        s = start + len(piece) - len(piece.lstrip())
        out.append((s, s + len(stripped)))
