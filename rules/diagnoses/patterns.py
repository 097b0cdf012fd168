"""Codes as tables and tabular notes name them: ``N18``, ``E08-E13 with .621``, ``S*D``."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import lru_cache

_CODE = r"[A-Z]\d[0-9A-Z](?:\.[0-9A-Z]{0,5})?"
_PARENTHESES = re.compile(r"\(([^()]*[A-Z]\d[^()]*)\)")
_PLACE = re.compile(rf"({_CODE})\s*-\s*({_CODE})|({_CODE})-?")
_AFTER_DOT = re.compile(r"with \.([0-9A-Z]+)(?:-\.([0-9A-Z]+))?-?$")
_ONE_CHARACTER = re.compile(r"with (?:(5th|fifth)|(7th|seventh))[- ]character \.?([0-9A-Z])$")
_FINAL = re.compile(r"with final characters? -?([0-9A-Z]+)$")
_FIFTH = 4


def matches(code: str, pattern: str) -> bool:
    """Whether a code is the pattern or stands under it; a star stands for any characters.

    >>> matches("N18.31", "N18"), matches("N18.31", "N18.3"), matches("N18.31", "N18.4")
    (True, True, False)
    >>> matches("S52.501D", "S*D"), matches("S52.501A", "S*D")
    (True, False)
    """
    return fnmatchcase(code, pattern) if "*" in pattern else code.startswith(pattern)


def matches_any(code: str, patterns: tuple[str, ...]) -> bool:
    """Whether ``matches`` holds for one of the patterns."""
    return code.startswith(patterns) or any(fnmatchcase(code, pattern) for pattern in _with_star(patterns))


@lru_cache(maxsize=4096)
def _with_star(patterns: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(pattern for pattern in patterns if "*" in pattern)


@dataclass(frozen=True, slots=True)
class Reference:
    """Codes from ``first`` to ``last`` (everything under ``last`` included) that a tabular note names.

    ``after_dot`` bounds what follows the dot, ``fifth`` and ``seventh`` fix one character, ``ending`` the last ones.
    """

    first: str
    last: str
    after_dot: tuple[str, str] | None = None
    fifth: str | None = None
    seventh: str | None = None
    ending: str | None = None

    def __contains__(self, code: str) -> bool:
        if not (self.first <= code and (code <= self.last or code.startswith(self.last))):
            return False
        plain = code.replace(".", "")
        if self.after_dot is not None:
            start, end = self.after_dot
            rest = plain[3:]
            if not (start <= rest and (rest <= end or rest.startswith(end))):
                return False
        if self.fifth is not None and plain[_FIFTH : _FIFTH + 1] != self.fifth:
            return False
        if self.seventh is not None and (len(plain) != 7 or plain[-1] != self.seventh):
            return False
        return self.ending is None or code.endswith(self.ending)


@lru_cache(maxsize=16384)
def codes_named(note: str) -> tuple[Reference, ...]:
    """The codes that a note of the tabular list names in parentheses; a condition that is not understood names nothing.

    >>> [reference] = codes_named("diabetic foot ulcer (E08-E13 with .621)")
    >>> "E11.621" in reference, "E11.622" in reference, "E14.621" in reference
    (True, False, False)
    >>> [("N18.31" in r, "N19" in r) for r in codes_named("chronic kidney disease (N18.-)")]
    [(True, False)]
    >>> codes_named("certain localized infections - see body system-related chapters")
    ()
    """
    return tuple(reference for inside in _PARENTHESES.findall(note) for reference in _references(inside))


def _references(inside: str) -> Iterable[Reference]:
    head, condition, rest = inside.partition("with ")
    after_dot, fifth, seventh, ending = None, None, None, None
    if condition:
        tail = (condition + rest).strip()
        if found := _AFTER_DOT.match(tail):
            after_dot = (found[1], found[2] or found[1])
        elif found := _ONE_CHARACTER.match(tail):
            fifth, seventh = (found[3], None) if found[1] else (None, found[3])
        elif found := _FINAL.match(tail):
            ending = found[1]
        else:
            return
    for first, last, single in _PLACE.findall(head):
        start, end = (single, single) if single else (first, last)
        yield Reference(start.rstrip("."), end.rstrip("."), after_dot, fifth, seventh, ending)
