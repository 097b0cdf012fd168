"""What one entry of a knowledge table holds, table by table: plain values, made by ``nlp.written`` and looked up in ``nlp.lexicon``.

>>> ProblemName("I10").context
frozenset()
"""

from __future__ import annotations

from dataclasses import dataclass

Key = tuple[str, ...]
"""The folded words of a phrase (``nlp.fold``)."""


@dataclass(frozen=True, slots=True)
class ProblemName:
    """A name of a problem: the code (or stem) for exactly these words, what they already fix, and the words that must be near.

    ``context`` is empty for unambiguous names.
    """

    code: str
    fixes: tuple[str, ...] = ()
    context: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class TestName:
    """A name of a test: the unique thing it is, the panel that holds it, and whether it counts as a test (D-05, D-19)."""

    item: str
    kind: str
    panel: str = ""
    counts: bool = True
    professional: bool = False


@dataclass(frozen=True, slots=True)
class DrugName:
    """A name of a drug; ``status`` is rx, otc or either; ``treats`` holds ICD-10-CM categories."""

    ingredient: str
    drug_class: str
    status: str
    schedule: str = ""
    routes: tuple[str, ...] = ()
    treats: tuple[str, ...] = ()
    toxicity: str = ""
    z79: str = ""


@dataclass(frozen=True, slots=True)
class ProcedureName:
    """A name of a procedure or decision, and the kind of risk it usually carries (``no_credit`` for none)."""

    item: str
    risk: str
    size: str
    ambiguous: bool = False


@dataclass(frozen=True, slots=True)
class PersonName:
    """A relative, caregiver or clinician: ``kind`` says which; ``external`` is yes, maybe or no."""

    kind: str
    specialty: str = ""
    external: str = "no"


@dataclass(frozen=True, slots=True)
class DocumentName:
    """A kind of record or its source; ``external`` is yes, maybe or no."""

    item: str
    external: str


@dataclass(frozen=True, slots=True)
class Category:
    """How problems of a code usually run: type, course, and the usual nature when new, stable and worse."""

    type: str
    course: str
    new: str
    stable: str
    worse: str
    systemic: bool
    body_system: str


@dataclass(frozen=True, slots=True)
class Abbreviation:
    """An abbreviation's reading: expansion, kind, and the words that decide for it where it has several."""

    expansion: str
    kind: str
    is_ambiguous: bool
    context: frozenset[str]
    is_default: bool


@dataclass(frozen=True, slots=True)
class Deciding:
    """Words (a regular expression) of a problem's sentences that turn its code into a more specific one, and why."""

    words: str
    becomes: str
    because: str


@dataclass(frozen=True, slots=True)
class Attribute:
    """A value of what the codes of a category ask for (``stage``: ``3a``), the phrases that decide it, and the code that it leads to."""

    attribute: str
    value: str
    words: tuple[str, ...]
    becomes: str = ""


@dataclass(frozen=True, slots=True)
class Reporting:
    """Whether an outpatient visit normally reports a code: ``no``, or ``beside`` another one; and why."""

    coded: str
    because: str
