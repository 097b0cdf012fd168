"""What the knowledge tables know of a phrase: problems, drugs, tests, procedures, people, documents, by folded words.

The tables stand in ``nlp/knowledge`` (one folder each, with a page), a practice's own in the folders of ``CHARTLIGHT_KNOWLEDGE``
(``docs/knowledge.md``); this file gives look-up, read once per process when first asked for.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from nlp import compiled, practice
from nlp.entries import (
    Abbreviation,
    Attribute,
    Category,
    DocumentName,
    DrugName,
    Key,
    PersonName,
    ProblemName,
    ProcedureName,
    Reporting,
    TestName,
)
from nlp.fold import fold
from nlp.tables import patterns

__all__ = [
    "Abbreviation", "Attribute", "Category", "DecidedBy", "DocumentName", "DrugName", "Key", "PersonName", "ProblemName", "ProcedureName",
    "Reporting", "TestName",
    "abbreviations", "ambiguous_tests", "attributes", "body_parts", "category", "choose", "decided_by", "documents", "drugs", "integral",
    "measured_by", "modalities", "only_upper_case", "outpatient", "people", "problems", "procedures", "said_beside", "several", "tests",
    "threats",
]  # fmt: skip


@cache
def abbreviations() -> Mapping[Key, tuple[Abbreviation, ...]]:
    """Readings of every abbreviation, the default one first."""
    return _table("abbreviations")


@cache
def only_upper_case() -> frozenset[Key]:
    """Abbreviations that are ordinary words in lower case ("ADD", "PAD", "OR"): they count only when written in capitals."""
    marked = frozenset(_table("only_upper_case"))
    return marked | {fold(word) for word in patterns("not_problems")["only_in_capitals"]}


@cache
def problems() -> Mapping[Key, tuple[ProblemName, ...]]:
    """Names of problems; unambiguous abbreviations of known names are added under their short form."""
    return _table("problems")


@cache
def tests() -> Mapping[Key, TestName]:
    """Names of tests."""
    return _table("tests")


@cache
def ambiguous_tests() -> Mapping[Key, str]:
    """Names of tests that often mean something else, and what: tests only beside a cue."""
    return _table("ambiguous_tests")


@cache
def body_parts() -> Mapping[Key, str]:
    """Body parts that a modality of imaging may name."""
    return _table("body_parts")


@cache
def modalities() -> Mapping[Key, str]:
    """Modalities of imaging."""
    return _table("modalities")


@cache
def by_words() -> Mapping[frozenset[str], str]:
    """Codes of the unambiguous names of two words or more, by the words alone; names of the same words with other codes are left out."""
    out: dict[frozenset[str], str | None] = {}
    for key, readings in problems().items():
        if len(key) > 1 and len(readings) == 1 and not readings[0].context:
            words = frozenset(key)
            out[words] = readings[0].code if out.get(words, readings[0].code) == readings[0].code else None
    return {words: code for words, code in out.items() if code is not None}


@cache
def drugs() -> Mapping[Key, DrugName]:
    """Names of drugs and drug classes."""
    return _table("drugs")


@cache
def procedures() -> Mapping[Key, ProcedureName]:
    """Names of procedures and management decisions."""
    return _table("procedures")


@cache
def people() -> Mapping[Key, PersonName]:
    """Relatives, caregivers and clinicians."""
    return _table("people")


@cache
def documents() -> Mapping[Key, DocumentName]:
    """Records and their sources."""
    return _table("documents")


@cache
def _categories() -> Mapping[str, Category]:
    return _table("categories")


def category(code: str) -> Category | None:
    """How problems of ``code`` usually run, by the longest row that begins it; None for a code of no known category."""
    bare = code.replace(".", "")
    table = _categories()
    for length in range(len(bare), 2, -1):
        found = table.get(bare[:length])
        if found is not None:
            return found
    return None


@dataclass(frozen=True, slots=True)
class DecidedBy:
    """Words of a problem's sentences that turn a code into a more specific one, or call for another one beside it, and why."""

    words: re.Pattern[str]
    becomes: str
    because: str


@cache
def decided_by() -> Mapping[str, tuple[DecidedBy, ...]]:
    """By code: the words that decide for another, in order."""
    return _deciding("decided_by")


@cache
def said_beside() -> Mapping[str, tuple[DecidedBy, ...]]:
    """By code or prefix: the words that call for another code beside it, in order."""
    return _deciding("said_beside")


def _deciding(table: str) -> Mapping[str, tuple[DecidedBy, ...]]:
    return {
        code: tuple(DecidedBy(re.compile(d.words, re.IGNORECASE), d.becomes, d.because) for d in found)
        for code, found in _table(table).items()
    }


@cache
def measured_by() -> Mapping[str, tuple[Key, ...]]:
    """By category: phrases for what is measured to know how the problem stands."""
    return {
        category: tuple(tuple(phrase.split(" ")) for phrase in found)
        for category, found in _table("measured_by").items()
    }


@cache
def several() -> Mapping[Key, tuple[str, ...]]:
    """Names that stand for more than one code."""
    return dict(_table("several"))


@cache
def integral() -> Mapping[str, tuple[str, ...]]:
    """Symptom prefixes integral to a disease, by the prefix of its code (IC-07)."""
    return dict(_table("integral"))


def attributes(code: str) -> tuple[Attribute, ...]:
    """What the codes of the category of ``code`` ask for, and the words that decide it.

    >>> [a.value for a in attributes("N18.9")][:3]
    ['1', '2', '3a']
    """
    table = _table("attributes")
    return tuple(a for end in range(3, len(code) + 1) if code[end - 1] != "." for a in table.get(code[:end], ()))


def threats(code: str) -> tuple[str, ...]:
    """Phrases with which a problem of ``code`` may threaten life or function, from the longest row that begins it.

    >>> "silent chest" in threats("J45.901")
    True
    """
    return _longest("threats", code) or ()


def outpatient(code: str) -> Reporting | None:
    """Why an outpatient visit normally does not report ``code`` by itself; None where it does.

    >>> outpatient("Z68.41").coded, outpatient("I10")
    ('beside', None)
    """
    return _longest("outpatient", code)


def _longest(name: str, code: str) -> Any:
    table = _table(name)
    return next((table[code[:end]] for end in range(len(code), 2, -1) if code[:end] in table), None)


@cache
def _table(name: str) -> compiled.Table:
    return compiled.load().table(name, practice.own().get(name))


def choose(readings: Iterable[ProblemName], near: frozenset[str]) -> ProblemName | None:
    """The reading whose context words stand near; an unambiguous one wins by itself; None when nothing decides."""
    best, most = None, 0
    for reading in readings:
        if not reading.context:
            return reading
        count = len(reading.context & near)
        if count > most:
            best, most = reading, count
    return best
