"""What changed between two versions of a document, line by line and within a line word by word."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

AROUND = 2
"""Unchanged lines that are shown around a change."""
_WORDS = re.compile(r"\s+|\w+|[^\w\s]")


@dataclass(frozen=True, slots=True)
class Piece:
    """Some words of a line; ``change`` is ``same``, ``gone`` or ``new``."""

    change: str
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the difference; ``gap`` stands for unchanged lines that are left out."""

    change: str
    pieces: tuple[Piece, ...] = ()


def difference(before: str, now: str) -> tuple[Line, ...]:
    """The lines that differ with a little around them; empty where nothing does.

    >>> [(line.change, [(p.change, p.text) for p in line.pieces]) for line in difference("BP 150/90", "BP 140/90")]
    [('gone', [('same', 'BP '), ('gone', '150'), ('same', '/90')]), ('new', [('same', 'BP '), ('new', '140'), ('same', '/90')])]
    """
    old, new = before.splitlines(), now.splitlines()
    found: list[Line] = []
    groups = list(difflib.SequenceMatcher(None, old, new, autojunk=False).get_grouped_opcodes(AROUND))
    for n, group in enumerate(groups):
        if n:
            found.append(Line("gap"))
        for operation, a, b, c, d in group:
            if operation == "equal":
                found.extend(Line("same", (Piece("same", text),)) for text in old[a:b])
            elif operation == "replace" and b - a == d - c:
                pairs = [_within(x, y) for x, y in zip(old[a:b], new[c:d], strict=True)]
                found.extend(gone for gone, _ in pairs)
                found.extend(came for _, came in pairs)
            else:
                found.extend(Line("gone", (Piece("gone", text),)) for text in old[a:b])
                found.extend(Line("new", (Piece("new", text),)) for text in new[c:d])
    return tuple(found)


def _within(before: str, now: str) -> tuple[Line, Line]:
    old, new = _WORDS.findall(before), _WORDS.findall(now)
    codes = difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    gone = [("same" if op == "equal" else "gone", "".join(old[a:b])) for op, a, b, _, _ in codes]
    came = [("same" if op == "equal" else "new", "".join(new[c:d])) for op, _, _, c, d in codes]
    return Line("gone", tuple(_pieces(gone))), Line("new", tuple(_pieces(came)))


def _pieces(parts: list[tuple[str, str]]) -> Iterator[Piece]:
    yield from (Piece(change, text) for change, text in parts if text)
