"""Spinal levels ("C5-6", "L4 to S1") as regions of the spine: the code set knows regions, notes name levels."""

from __future__ import annotations

import re
from collections.abc import Iterator

_LEVEL = re.compile(
    r"\b([CTLS])[- ]?(\d{1,2})(?:(?:\s*(?:-|/|–|to|through|and|on)\s*)([CTLS])?[- ]?(\d{1,2}))?\b(?![- ]?(?:mg|cm|mm|%|weighted|images?|signals?))"
)
_LAST = {"C": 8, "T": 12, "L": 5, "S": 5}
_NAMES = {"C": "cervical", "T": "thoracic", "L": "lumbar", "S": "sacral"}
_JUNCTIONS = {("C", "T"): "cervicothoracic", ("T", "L"): "thoracolumbar", ("L", "S"): "lumbosacral"}


def regions(text: str) -> tuple[str, ...]:
    """The regions of the levels that the text names, in the order of the text, each once; L5 with S1 is lumbosacral.

    >>> regions("disc herniation at C5-6 and L5-S1"), regions("L3-L4"), regions("T2 image, S1 and S2 are normal")
    (('cervical', 'lumbosacral'), ('lumbar',), ('sacral',))
    """
    return tuple(
        dict.fromkeys(
            _NAMES[first] if first == last else _JUNCTIONS.get((first, last), _NAMES[first])
            for first, _, last, _ in _levels(text)
        )
    )


def words(text: str) -> frozenset[str]:
    """Regions and levels as descriptions of the code set name them.

    >>> sorted(words("Disc herniation, C5-6."))
    ['c5', 'c6', 'cervical', 'level']
    """
    out = set(regions(text))
    for first, number, last, second in _levels(text):
        out |= {"level", f"{first}{number}".lower(), f"{last}{second or number}".lower()}
    return frozenset(out)


def _levels(text: str) -> Iterator[tuple[str, str, str, str]]:
    for first, number, other, second in _LEVEL.findall(text):
        last = (other or first) if second else first
        if 1 <= int(number) <= _LAST[first] and (not second or 1 <= int(second) <= _LAST[last]):
            yield first, number, last, second
