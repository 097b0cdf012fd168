"""The knowledge tables in a compact form that loads in a tenth of a second, kept beside the TSV files as Python keeps its own modules.

A person edits the TSV files alone. ``nlp/knowledge/compiled.gz`` is made from them when it is missing or its digest is not that of the
files and of the code that reads them; it is no part of the repository, the wheel ships it (``hatch_build.py``). Where it can be neither used nor
written, the tables are made from the TSV files in memory: the same, in a second or two.

The file is text: a line with the digest, a line with the tables and their lengths, then the keys and the values of each table, one a line.
A table is split into lines when it is asked for, and a value is taken apart when its key is.
"""

from __future__ import annotations

import gzip
import os
import tempfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import Any, Generic, TypeVar

from nlp import entries, written
from nlp.tables import HERE, KNOWLEDGE, PATTERNS, patterns, rows

FILE = KNOWLEDGE / "compiled.gz"
_FORM = "chartlight tables 1"
_CODE = ("fold.py", "entries.py", "written.py", "compiled.py", "tables.py")
_FIELD, _READING, _ITEM = "\x1f", "\x1e", "\x1d"
_SAME = "\x1c"
"""Begins the line of a short form whose readings are those of the name after it: one object, as in the tables as written."""
V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Form:
    """How the values of a table are written on one line, and read again; ``is_phrase`` tells that its keys are folded phrases."""

    write: Callable[[Any], str]
    read: Callable[[str], Any]
    is_phrase: bool = True


def _read_items(text: str) -> tuple[str, ...]:
    return tuple(text.split(_ITEM)) if text else ()


_FIELDS: Mapping[str, tuple[Callable[[Any], str], Callable[[str], Any]]] = {
    "str": (str, str),
    "bool": (lambda value: "1" if value else "", bool),
    "tuple[str, ...]": (_ITEM.join, _read_items),
    "frozenset[str]": (lambda words: _ITEM.join(sorted(words)), lambda text: frozenset(_read_items(text))),
}


def one(cls: type, *, is_phrase: bool = True) -> Form:
    """The form of a table with one entry of this class a key.

    >>> form = one(entries.PersonName)
    >>> form.read(form.write(entries.PersonName("family")))
    PersonName(kind='family', specialty='', external='no')
    """
    writers, readers = zip(*(_FIELDS[str(f.type)] for f in fields(cls)), strict=True)
    names = [f.name for f in fields(cls)]

    def write(value: Any) -> str:
        return _FIELD.join(w(getattr(value, name)) for w, name in zip(writers, names, strict=True))

    def read(text: str) -> Any:
        return cls(*(r(part) for r, part in zip(readers, text.split(_FIELD), strict=True)))

    return Form(write, read, is_phrase)


def many(cls: type, *, is_phrase: bool = True) -> Form:
    """The form of a table with several readings a key."""
    single = one(cls)
    return Form(
        lambda values: _READING.join(map(single.write, values)),
        lambda text: tuple(map(single.read, text.split(_READING))),
        is_phrase,
    )


TEXT = Form(str, str)
ITEMS = Form(_ITEM.join, _read_items)
ITEMS_BY_CODE = Form(_ITEM.join, _read_items, is_phrase=False)

FORMS: Mapping[str, Form] = {
    "abbreviations": many(entries.Abbreviation),
    "only_upper_case": TEXT,
    "problems": many(entries.ProblemName),
    "tests": one(entries.TestName),
    "ambiguous_tests": TEXT,
    "body_parts": TEXT,
    "modalities": TEXT,
    "drugs": one(entries.DrugName),
    "procedures": one(entries.ProcedureName),
    "people": one(entries.PersonName),
    "documents": one(entries.DocumentName),
    "categories": one(entries.Category, is_phrase=False),
    "decided_by": many(entries.Deciding, is_phrase=False),
    "said_beside": many(entries.Deciding, is_phrase=False),
    "measured_by": ITEMS_BY_CODE,
    "several": ITEMS,
    "integral": ITEMS_BY_CODE,
    "attributes": many(entries.Attribute, is_phrase=False),
    "threats": ITEMS_BY_CODE,
    "outpatient": one(entries.Reporting, is_phrase=False),
}
"""Every table by its name, which is that of its function in ``nlp.written``."""
IN_NOTES = ("problems", "tests", "drugs", "procedures", "people", "documents", "body_parts", "modalities")
"""Tables whose phrases are looked for in notes; the place of each in this list is its mark in the index of phrases."""
_PHRASES = "phrases"
_GOES_ON = "+"
_FIRST_MARK = 0x4E00
"""A letter a mark, from a block with no line end in it."""


class Table(Mapping[Any, V], Generic[V]):
    """One table: a mapping whose values are made when they are asked for; a practice's ``own`` entries come before ours.

    An ``own`` value of None takes an entry of ours away.

    >>> table = Table({"htn": "I10"}, TEXT, own={("ms",): "G35"})
    >>> table["htn",], table["ms",], ("cp",) in table, len(table)
    ('I10', 'G35', False, 2)
    """

    __slots__ = ("_form", "_lines", "_made", "own")

    def __init__(self, lines: Mapping[str, str], form: Form, own: Mapping[Any, V | None] | None = None) -> None:
        self._lines = lines
        self._form = form
        self._made: dict[Any, V] = {}
        self.own: Mapping[Any, V | None] = own or {}

    def _line(self, key: Any) -> str | None:
        if not self._form.is_phrase:
            return self._lines.get(key)
        joined = " ".join(key)
        # a key of one "word" with a blank in it (an item's name) is no phrase of a table
        return None if joined.count(" ") != len(key) - 1 else self._lines.get(joined)

    def __getitem__(self, key: Any) -> V:
        if key in self.own:
            value = self.own[key]
            if value is None:
                raise KeyError(key)
            return value
        made = self._made.get(key)
        if made is None:
            line = self._line(key)
            if line is None:
                raise KeyError(key)
            made = self[tuple(line[1:].split(" "))] if line[:1] == _SAME else self._form.read(line)
            self._made[key] = made
        return made

    def __contains__(self, key: object) -> bool:
        if key in self.own:
            return self.own[key] is not None
        return self._line(key) is not None

    def __iter__(self) -> Iterator[Any]:
        for line in self._lines:
            key = tuple(line.split(" ")) if self._form.is_phrase else line
            if key not in self.own:
                yield key
        yield from (key for key, value in self.own.items() if value is not None)

    def __len__(self) -> int:
        taken = sum(self._line(key) is not None for key in self.own)
        return len(self._lines) - taken + sum(value is not None for value in self.own.values())


Marks = tuple[tuple[int, ...], bool]
"""Of a phrase: the tables (places in ``IN_NOTES``) that have it, and whether a longer phrase begins with it."""


@dataclass(frozen=True, slots=True)
class Tables:
    """All tables as text, keys and values of each one a line, and the index of the phrases that are looked for in notes.

    >>> Tables({"several": ("acute on chronic", "A1")}).table("several")["acute", "on", "chronic"]
    ('A1',)
    """

    sections: Mapping[str, tuple[str, str]]

    def lines(self, name: str) -> Mapping[str, str]:
        """The line of every key of a table; raises ``KeyError`` for a name that is none."""
        keys, values = self.sections[name]
        return dict(zip(keys.split("\n"), values.split("\n"), strict=True)) if keys else {}

    def table(self, name: str, own: Mapping[Any, Any] | None = None) -> Table[Any]:
        """One table; raises ``KeyError`` for a name that is none."""
        return Table(self.lines(name), FORMS[name], own)

    def phrases(self) -> dict[str, Marks]:
        """Every phrase of the tables of ``IN_NOTES`` and every beginning of one, words joined by blanks."""
        keys, values = self.sections[_PHRASES]
        kinds, _, marks = values.partition("\n")
        made = {
            chr(_FIRST_MARK + n): (tuple(int(c) for c in kind if c != _GOES_ON), _GOES_ON in kind)
            for n, kind in enumerate(kinds.split(" "))
        }
        return dict(zip(keys.split("\n"), map(made.__getitem__, marks), strict=True)) if keys else {}


def build(read: Callable[..., Iterable[dict[str, str]]] = rows) -> Tables:
    """The tables made from the TSV files; ``read`` gives the rows of a folder.

    >>> build(lambda folder, pattern: iter(())).table("drugs").get(("aspirin",)) is None
    True
    """
    found: dict[str, Mapping[str, str]] = {}
    for name, form in FORMS.items():
        if name == "problems":
            made: Mapping[Any, Any] = written.problems(read, never=patterns("not_problems")["never"])
        else:
            made = getattr(written, name)(read)
        found[name] = _lines(made, form)
    sections = {name: ("\n".join(lines), "\n".join(lines.values())) for name, lines in found.items()}
    return Tables({**sections, _PHRASES: _index(found)})


def _lines(made: Mapping[Any, Any], form: Form) -> Mapping[str, str]:
    lines: dict[str, str] = {}
    first: dict[int, tuple[str, Any]] = {}
    for key, value in made.items():
        name = " ".join(key) if form.is_phrase else key
        line = form.write(value)
        if isinstance(value, tuple) and not isinstance(value[0], str):
            full, same = first.setdefault(id(value[0]), (name, value))
            if full != name and same == value:
                line = _SAME + full
        lines[name] = line
    return lines


def _index(lines: Mapping[str, Mapping[str, str]]) -> tuple[str, str]:
    """Phrases, and for each a letter that stands for the tables that have it; the meanings of the letters come first."""
    marks: dict[str, str] = {}
    for place, name in enumerate(IN_NOTES):
        for phrase in lines[name]:
            marks[phrase] = marks.get(phrase, "") + str(place)
    beginnings = {phrase[:at] for phrase in marks for at, char in enumerate(phrase) if char == " "}
    for beginning in beginnings:
        marks[beginning] = marks.get(beginning, "") + _GOES_ON
    kinds = sorted(set(marks.values()))
    letters = {kind: chr(_FIRST_MARK + n) for n, kind in enumerate(kinds)}
    phrases = sorted(marks)
    return "\n".join(phrases), " ".join(kinds) + "\n" + "".join(letters[marks[p]] for p in phrases)


def digest() -> str:
    """The digest of all that the tables are made from: the TSV files, the words that are never problems, the code.

    >>> digest() == digest()
    True
    """
    found = blake2b(digest_size=16)
    files = [*sorted(KNOWLEDGE.glob("*/*.tsv")), PATTERNS / "not_problems.toml", *(HERE / name for name in _CODE)]
    for path in files:
        text = path.read_bytes().replace(b"\r\n", b"\n")
        found.update(f"{path.relative_to(HERE).as_posix()} {len(text)}\n".encode())
        found.update(text)
    return found.hexdigest()


def pack(tables: Tables, wanted: str) -> bytes:
    """The compact form, with the digest ``wanted`` in its first line."""
    names = (f"{name} {len(keys)} {len(values)}" for name, (keys, values) in tables.sections.items())
    body = (text for section in tables.sections.values() for text in section)
    return gzip.compress("".join([f"{_FORM} {wanted}\n", "\t".join(names), "\n", *body]).encode(), 6, mtime=0)


def unpack(data: bytes, wanted: str) -> Tables | None:
    """The tables of a compact form, or None where it is damaged, of another form or of other files.

    >>> unpack(pack(Tables({"several": ("a b", "c")}), "d1"), "d1").table("several")["a", "b"]
    ('c',)
    >>> unpack(pack(Tables({}), "d1"), "d2") is None
    True
    """
    try:
        text = gzip.decompress(data).decode()
    except (OSError, EOFError, ValueError, zlib.error):
        return None
    first, _, rest = text.partition("\n")
    if first != f"{_FORM} {wanted}":
        return None
    head, _, _ = rest.partition("\n")
    at = len(first) + len(head) + 2
    sections: dict[str, tuple[str, str]] = {}
    for told in head.split("\t") if head else ():
        name, keys, values = told.split(" ")
        middle, end = at + int(keys), at + int(keys) + int(values)
        sections[name] = text[at:middle], text[middle:end]
        at = end
    return Tables(sections)


def saved() -> Tables | None:
    """The tables of the compact file, or None where it is missing or stale."""
    try:
        return unpack(FILE.read_bytes(), digest())
    except OSError:
        return None


def save(tables: Tables) -> None:
    """Write the compact file, whole or not at all; raises ``OSError`` where the folder cannot be written."""
    packed = pack(tables, digest())
    handle, name = tempfile.mkstemp(dir=FILE.parent, suffix=".partial")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(packed)
        Path(name).chmod(0o644)
        Path(name).replace(FILE)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


@cache
def load() -> Tables:
    """The tables of this process: from the compact file, else made anew and kept where that is allowed."""
    found = saved()
    if found is None:
        found = build()
        try:
            save(found)
        except OSError:
            pass  # an installation that cannot be written is read the slow way, as Python does with its modules
    return found
