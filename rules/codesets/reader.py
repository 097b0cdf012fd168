"""Reads a compact release: looks up codes, walks up to blocks and chapters and down to billable leaves.

Opening splits the text into lines and keeps their places; a line is taken apart when its code is asked for. Codes with a
7th character are not stored: they are put together from the stem's line (``S52.501`` + ``A``) whenever they are asked for.

>>> icd = open_release(date(2026, 5, 1))
>>> icd.is_billable("E11.65"), icd.is_billable("E11"), icd.is_billable("E11.99")
(True, False, False)
>>> icd["S52.501A"].description
'Unspecified fracture of the lower end of right radius, initial encounter for closed fracture'
>>> icd.ancestors("E11.65")
('E11.6', 'E11', 'E08-E13', 'chapter 4')
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import lru_cache

from chartlight.catalogue import Code
from rules.codesets.releases import InForce, Release, release_in_force
from rules.codesets.tabular import ReleaseError, stem_with_placeholders

_FIELDS = {"t": "inclusion_terms", "n": "includes", "1": "excludes1", "2": "excludes2"} | {
    "u": "use_additional",
    "f": "code_first",
    "a": "code_also",
}


class CompactCatalogue:
    """One release in memory; implements ``chartlight.catalogue.Catalogue``.

    Blocks (``E08-E13``) and chapters (``chapter 4``) are entries too, so that their notes can be read: they are among
    ``ancestors``, ``in`` and ``[]`` know them, and they are never billable.
    """

    def __init__(self, release: Release, text: str) -> None:
        self._release = release
        self._lines = text.splitlines()
        self._place = {line[: line.index("\t")]: place for place, line in enumerate(self._lines)}
        if len(self._place) != len(self._lines):
            raise ReleaseError(f"{release.name}: an entry stands twice in {release.path.name}")
        self._parents: dict[str, str | None] = {}
        self._sevenths: dict[str, dict[str, str]] = {}

    @property
    def release(self) -> str:
        """Name of the release."""
        return self._release.name

    @property
    def effective(self) -> date:
        """First date of service of the release."""
        return self._release.effective

    @property
    def through(self) -> date:
        """Last date of service of the release."""
        return self._release.through

    def __contains__(self, code: str) -> bool:
        return code in self._place or self._stem(code) is not None

    def __len__(self) -> int:
        """Number of billable codes."""
        return sum(1 for _ in self.billable())

    def __getitem__(self, code: str) -> Code:
        if code in self._place:
            return self._entry(code)
        stem = self._stem(code)
        if stem is None:
            raise KeyError(code)
        _, *terms = self._seventh_meanings(stem).get(code[-1], "").split("|")
        return Code(
            code=code, description=self.description(code), is_billable=True, parent=stem, inclusion_terms=tuple(terms)
        )

    def is_billable(self, code: str) -> bool:
        """Whether the code exists and is complete; False for unknown codes."""
        if code not in self._place:
            return self._stem(code) is not None
        return self._is_leaf(code) and not self._letters(code)

    def description(self, code: str) -> str:
        """Description of ``code`` alone, cheaper than ``[]``; raises ``KeyError``."""
        place = self._place.get(code)
        if place is not None:
            return self._lines[place].split("\t", 3)[2]
        stem = self._stem(code)
        if stem is None:
            raise KeyError(code)
        return f"{self.description(stem)}, {self._seventh_meanings(stem).get(code[-1], '').partition('|')[0]}"

    def text(self, code: str) -> str:
        """Code, description and inclusion terms of a stored entry in lower case, for searching; raises ``KeyError``."""
        fields = self._lines[self._place[code]].split("\t")
        return " ".join([code, fields[2], *(part[1:] for part in fields[3:] if part[0] in "tn")]).lower()

    def parent(self, code: str) -> str | None:
        """The entry right above ``code``; None for a chapter; raises ``KeyError``."""
        if code in self._parents:
            return self._parents[code]
        place = self._place.get(code)
        if place is None:
            stem = self._stem(code)
            if stem is None:
                raise KeyError(code)
            return stem
        fields = self._lines[place].split("\t", 4)
        named = fields[3][1:] if len(fields) > 3 and fields[3].startswith("p") else None
        derived = None if code.startswith("chapter ") else code[:-1].rstrip(".")
        self._parents[code] = named or derived
        return self._parents[code]

    def ancestors(self, code: str) -> tuple[str, ...]:
        """Parents from nearest to farthest, blocks and chapter included, without the code itself; raises ``KeyError``."""
        found: list[str] = []
        above = self.parent(code)
        while above is not None:
            found.append(above)
            above = self.parent(above)
        return tuple(found)

    def descendants(self, code: str) -> tuple[str, ...]:
        """Billable codes at or under ``code``, in order of the code set; raises ``KeyError``."""
        place = self._place.get(code)
        if place is None:
            return (self[code].code,)
        end = self._end(place)
        return tuple(leaf for at in range(place, end) for leaf in self._leaves(at))

    def children(self, code: str) -> tuple[str, ...]:
        """Entries right under ``code``; raises ``KeyError``."""
        place = self._place.get(code)
        if place is None:
            return self[code].children
        letters = self._letters(code)
        if letters:
            return tuple(stem_with_placeholders(code) + letter for letter in letters)
        under = (self._name(at) for at in range(place + 1, self._end(place)))
        return tuple(name for name in under if self.parent(name) == code)

    def billable(self) -> Iterator[str]:
        """All billable codes in order."""
        for at in range(len(self._lines)):
            yield from self._leaves(at)

    def entries(self) -> Iterator[str]:
        """Categories and codes, billable or not, without blocks, chapters and 7th characters, in order."""
        return (name for name in map(self._name, range(len(self._lines))) if _is_code(name))

    def order(self, code: str) -> tuple[int, str]:
        """Place of ``code`` in the code set, for sorting; raises ``KeyError``."""
        if code in self._place:
            return self._place[code], ""
        stem = self._stem(code)
        if stem is None:
            raise KeyError(code)
        return self._place[stem], code[-1]

    def inherited(self, code: str, note: str) -> tuple[tuple[str, str], ...]:
        """Notes of one kind (``excludes1`` ...) of the code and all above it, as pairs of entry and text.

        >>> open_release(date(2026, 5, 1)).inherited("I10", "excludes1")[0][0]
        'I10'
        """
        mark = next(key for key, name in _FIELDS.items() if name == note)
        chain = (code, *self.ancestors(code))
        return tuple((name, text) for name in chain if name in self._place for text in self._notes(name, mark))

    def _entry(self, code: str) -> Code:
        fields = self._lines[self._place[code]].split("\t")
        notes: dict[str, list[str]] = {name: [] for name in _FIELDS.values()}
        for part in fields[3:]:
            if part[0] in _FIELDS:
                notes[_FIELDS[part[0]]].append(part[1:])
        letters = fields[1]
        meanings = self._seventh_meanings(code)
        return Code(
            code=code,
            description=fields[2],
            is_billable=self.is_billable(code),
            parent=self.parent(code),
            children=self.children(code),
            seventh=tuple((letter, meanings[letter].split("|")[0]) for letter in letters or meanings),
            **{name: tuple(texts) for name, texts in notes.items()},
        )

    def _seventh_meanings(self, code: str) -> dict[str, str]:
        """7th characters and their meanings as defined at the code or nearest above it."""
        known = self._sevenths.get(code)
        if known is None:
            known = {text[0]: text[2:] for text in self._notes(code, "7")}
            above = None if known else self.parent(code)
            if above is not None:
                known = self._seventh_meanings(above)
            self._sevenths[code] = known
        return known

    def _notes(self, name: str, mark: str) -> tuple[str, ...]:
        return tuple(part[1:] for part in self._lines[self._place[name]].split("\t")[3:] if part[0] == mark)

    def _name(self, place: int) -> str:
        line = self._lines[place]
        return line[: line.index("\t")]

    def _letters(self, code: str) -> str:
        return self._lines[self._place[code]].split("\t", 2)[1]

    def _is_leaf(self, code: str) -> bool:
        if not _is_code(code):
            return False
        after = self._place[code] + 1
        return after == len(self._lines) or not self._name(after).startswith(code)

    def _leaves(self, place: int) -> tuple[str, ...]:
        name = self._name(place)
        if not self._is_leaf(name):
            return ()
        stem = stem_with_placeholders(name)
        return tuple(stem + letter for letter in self._letters(name)) or (name,)

    def _stem(self, code: str) -> str | None:
        """The stored stem of a code with a 7th character, or None when there is no such code."""
        if len(code) != 8:
            return None
        stem = code[:7]
        while stem and stem not in self._place:
            if stem[-1] not in "X.":
                return None
            stem = stem[:-1]
        if not stem or code[-1] not in self._letters(stem) or stem_with_placeholders(stem) != code[:7]:
            return None
        return stem

    def _end(self, place: int) -> int:
        """First place after the entry and all that stands under it."""
        name = self._name(place)
        at = place + 1
        if _is_code(name):
            while at < len(self._lines) and self._name(at).startswith(name):
                at += 1
            return at
        while at < len(self._lines):
            head = self._name(at)
            if not _is_code(head) and name not in self.ancestors(head):
                break
            at += 1
        return at


def open_release(on: date) -> CompactCatalogue:
    """The catalogue for a date of service; ``release_in_force`` tells the warnings that go with the date."""
    return open_in_force(release_in_force(on))


def open_in_force(found: InForce) -> CompactCatalogue:
    """The catalogue of a release that was picked before."""
    return open_compact(found.release)


@lru_cache(maxsize=4)
def open_compact(release: Release) -> CompactCatalogue:
    """Read a release; the last four stay open. Raises ``ReleaseError`` for a missing or changed file."""
    return CompactCatalogue(release, release.read())


def _is_code(name: str) -> bool:
    return "-" not in name and not name.startswith("chapter ")
