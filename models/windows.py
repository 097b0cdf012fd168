"""How a note is cut for the encoder: word pieces in windows that overlap, each piece with its place in the note and the section it lies in.

Training (``training/adapt.py``) and serving (``models/encoder.py``) cut by this one file, so that both see the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from chartlight.labels import SectionKind
from nlp.reading import Reading

LENGTH = 384
"""Word pieces of one window, the two marks at its ends included."""
MARGIN = 48
"""Word pieces at each inner edge that are read for context only: another window has them in its middle."""
SECTIONS = tuple(kind.value for kind in SectionKind)
_KIND = {kind: n for n, kind in enumerate(SECTIONS)}


@dataclass(frozen=True, slots=True)
class Cut:
    """A note in windows.

    ``ids``, ``mask`` and ``sections`` have the shape (windows, ``LENGTH`` or less); ``starts`` and ``ends`` (pieces,) are the places of the note's word
    pieces in code points; ``rows`` and ``columns`` (pieces,) say which window and which place in it holds each piece at its best.
    """

    ids: Any
    mask: Any
    sections: Any
    starts: Any
    ends: Any
    rows: Any
    columns: Any


def cut(text: str, kinds: Sequence[int], tokenizer: Any) -> Cut:
    """Cut ``text``; ``kinds`` has the number of the section kind of every character, ``tokenizer`` is one of the ``tokenizers`` library."""
    encoded = tokenizer.encode(text, add_special_tokens=False)
    pieces = np.asarray(encoded.ids, dtype=np.int64)
    places = np.asarray(encoded.offsets, dtype=np.int64).reshape(-1, 2)
    room = LENGTH - 2
    count = len(pieces)
    firsts = [0]
    while firsts[-1] + room < count:
        firsts.append(firsts[-1] + room - 2 * MARGIN)
    width = min(room, count) + 2
    ids = np.zeros((len(firsts), width), dtype=np.int64)
    mask = np.zeros_like(ids)
    sections = np.zeros_like(ids)
    rows = np.zeros(count, dtype=np.int64)
    columns = np.zeros(count, dtype=np.int64)
    kind = np.asarray(kinds, dtype=np.int64)
    begin, end = tokenizer.token_to_id("[CLS]"), tokenizer.token_to_id("[SEP]")
    for n, first in enumerate(firsts):
        last = min(first + room, count)
        size = last - first
        ids[n, 0], ids[n, size + 1] = begin, end
        ids[n, 1 : size + 1] = pieces[first:last]
        mask[n, : size + 2] = 1
        if size:
            sections[n, 1 : size + 1] = kind[places[first:last, 0]]
        inner = first + (MARGIN if n else 0)
        rows[inner:last] = n
        columns[inner:last] = np.arange(inner, last) - first + 1
    return Cut(ids, mask, sections, places[:, 0], places[:, 1], rows, columns)


def kinds_of(reading: Reading) -> Any:
    """The number of the section kind of every character of the note, as an array (characters,)."""
    out = np.full(len(reading.note.text), _KIND[SectionKind.HEADER.value], dtype=np.int64)
    for section in reading.sections:
        out[section.span.start : section.span.end] = _KIND[section.kind.value]
    return out
