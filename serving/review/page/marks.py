"""Quotations to marks in the text of a note: what is underlined, in which way, and which decisions use it.

A *mark* is one quoted span with all its uses. Spans overlap, so a text is cut into *segments*, each with the marks that cover it; the
words of all segments together are the text, to the character.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from chartlight.labels import Label


class Kind(Label):
    """What kind of evidence a mark is; the value is its letter tag."""

    PROBLEM = "P", "problem"
    DATA = "D", "data"
    RISK = "R", "risk"
    TIME = "T", "time"
    DIAGNOSIS = "Dx", "diagnosis"
    SERVICE = "S", "service seen, never proposed"
    QUESTION = "?", "open question"
    ASIDE = "aside", "read and set aside"


@dataclass(frozen=True, slots=True, order=True)
class Use:
    """One use of a span: its kind, what it is used for (``level``, a code, a fact id) and the words for it.

    ``tag`` stands for the letter of the kind where it is given; None shows no letter (a cue beside the words that it is for).
    """

    kind: Kind
    about: str
    said: str = field(repr=False)
    tag: str | None = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """One quoted span of a document with its uses, first use first; ``id`` is unique on the page."""

    id: str
    document: str | None
    start: int
    end: int
    uses: tuple[Use, ...]

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """The kinds of its uses, in the order of the letters on the page."""
        found = {use.kind for use in self.uses}
        return tuple(kind for kind in Kind if kind in found)

    @property
    def tag(self) -> str:
        """The letters that stand before the words.

        >>> Mark(
        ...     id="m1",
        ...     document=None,
        ...     start=0,
        ...     end=2,
        ...     uses=(Use(Kind.DIAGNOSIS, "I10", ""), Use(Kind.PROBLEM, "p1", "")),
        ... ).tag
        'P Dx'
        """
        return " ".join(dict.fromkeys(tag for kind in self.kinds if (tag := _tag(kind, self.uses))))


def _tag(kind: Kind, uses: Sequence[Use]) -> str:
    of_kind = [use for use in uses if use.kind is kind]
    if all(use.tag is None for use in of_kind):
        return ""
    return next((use.tag for use in of_kind if use.tag), kind.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A stretch of text without a mark's boundary inside; ``tags`` are the letters of the marks that begin here."""

    text: str = field(repr=False)
    marks: tuple[str, ...] = ()
    kinds: tuple[Kind, ...] = ()
    tags: str = ""
    begins: str = ""

    @property
    def classes(self) -> str:
        """Names for the style sheet, one per kind."""
        return " ".join(f"k-{kind.name.lower()}" for kind in self.kinds)


class Marks:
    """Gathers the marks of a page; ids are given in reading order once all are known.

    >>> marks = Marks()
    >>> marks.add(None, 0, 12, Use(Kind.PROBLEM, "p1", "Problems: hypertension"))
    >>> marks.add(None, 0, 12, Use(Kind.DIAGNOSIS, "I10", "I10"))
    >>> marks.add(None, 5, 20, Use(Kind.RISK, "r1", "Risk"))
    >>> [(m.id, m.start, m.end, m.tag) for m in marks.in_order([None])]
    [('m1', 0, 12, 'P Dx'), ('m2', 5, 20, 'R')]
    >>> marks.of("I10", [None])
    ('m1',)
    """

    def __init__(self) -> None:
        self._uses: dict[tuple[str | None, int, int], dict[Use, None]] = {}

    def add(self, document: str | None, start: int, end: int, use: Use) -> None:
        """Note one use of a span; the same use twice is one."""
        self._uses.setdefault((document, start, end), {})[use] = None

    def in_order(self, documents: Sequence[str | None]) -> tuple[Mark, ...]:
        """All marks in the order of the documents and of the text; those of unknown documents are left out."""
        place = {name: n for n, name in enumerate(documents)}
        keys = sorted((k for k in self._uses if k[0] in place), key=lambda k: (place[k[0]], k[1], -k[2]))
        return tuple(
            Mark(id=f"m{n}", document=d, start=start, end=end, uses=tuple(self._uses[d, start, end]))
            for n, (d, start, end) in enumerate(keys, 1)
        )

    def of(self, about: str, documents: Sequence[str | None]) -> tuple[str, ...]:
        """Ids of the marks that are used for one thing, in reading order."""
        return tuple(m.id for m in self.in_order(documents) if any(use.about == about for use in m.uses))


def segments(text: str, marks: Iterable[Mark]) -> tuple[Segment, ...]:
    """Cut a text at every boundary of its marks.

    >>> use = Use(Kind.PROBLEM, "p1", "")
    >>> found = segments(
    ...     "BP is high",
    ...     [
    ...         Mark(id="m1", document=None, start=0, end=5, uses=(use,)),
    ...         Mark(id="m2", document=None, start=3, end=10, uses=(use,)),
    ...     ],
    ... )
    >>> [(s.text, s.marks) for s in found]
    [('BP ', ('m1',)), ('is', ('m1', 'm2')), (' high', ('m2',))]
    """
    here = [m for m in marks if m.start < m.end <= len(text)]
    edges = sorted({0, len(text), *(m.start for m in here), *(m.end for m in here)})
    starts: dict[int, list[Mark]] = {}
    for mark in here:
        starts.setdefault(mark.start, []).append(mark)
    found: list[Segment] = []
    active: list[Mark] = []
    for start, end in pairwise(edges):
        active = [m for m in active if m.end > start] + starts.get(start, [])
        begin = starts.get(start, [])
        kinds = {kind for m in active for kind in m.kinds}
        found.append(
            Segment(
                text=text[start:end],
                marks=tuple(m.id for m in active),
                kinds=tuple(kind for kind in Kind if kind in kinds),
                tags=" ".join(dict.fromkeys(letter for m in begin for letter in m.tag.split())),
                begins=" ".join(m.id for m in begin),
            )
        )
    return tuple(found)
