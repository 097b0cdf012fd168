"""A practice's own entries: folders with the same TSV files as ``nlp/knowledge``, laid over ours (``docs/knowledge.md``).

The environment variable ``CHARTLIGHT_KNOWLEDGE`` names the folders; later ones win. A row replaces all that our tables know under its name (or
code); a row with ``-`` in its second column takes the name away.
"""

from __future__ import annotations

import difflib
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatch
from functools import cache
from pathlib import Path
from typing import Any

from nlp import compiled, written
from nlp.fold import fold
from nlp.tables import KNOWLEDGE, TableError, rows_of

FOLDERS_SETTING = "CHARTLIGHT_KNOWLEDGE"
AWAY = "-"
_UNSAID = {"counts": "yes", "professional": "no", "external": "no", "ambiguous": "no", "status": "rx", "size": "none"}
"""What a column says that a practice leaves out."""
_TAKEN_FROM: Mapping[str, tuple[str, ...]] = {
    "names/*.tsv": ("problems",),
    "abbreviations/*.tsv": ("abbreviations", "problems"),
    "tests/tests.tsv": ("tests",),
    "tests/ambiguous.tsv": ("ambiguous_tests",),
    "tests/body_parts.tsv": ("body_parts",),
    "tests/modalities.tsv": ("modalities",),
    "drugs/drugs.tsv": ("drugs",),
    "procedures/*.tsv": ("procedures",),
    "people/clinicians.tsv": ("people",),
    "people/relatives.tsv": ("people",),
    "people/sources.tsv": ("documents",),
    "problems/categories.tsv": ("categories",),
    "problems/decided_by.tsv": ("decided_by",),
    "problems/beside.tsv": ("said_beside",),
    "problems/measured_by.tsv": ("measured_by",),
    "problems/several.tsv": ("several", "problems"),
    "problems/integral.tsv": ("integral",),
    "problems/attributes.tsv": ("attributes",),
    "problems/threats.tsv": ("threats",),
    "problems/outpatient.tsv": ("outpatient",),
}
"""The files that a practice may have, and the tables that a name is taken out of when its row says ``-``."""


@dataclass(frozen=True, slots=True)
class OwnRow:
    """A row of a practice's file: which file, and the columns."""

    path: Path
    file: str
    columns: Mapping[str, str]

    @property
    def first(self) -> str:
        """The name or code that the row is about."""
        return next(iter(self.columns.values()))

    @property
    def is_away(self) -> bool:
        """Whether the row takes its name away."""
        return list(self.columns.values())[1:2] == [AWAY]


def folders() -> tuple[Path, ...]:
    """The folders that ``CHARTLIGHT_KNOWLEDGE`` names, in order."""
    return tuple(Path(part) for part in os.environ.get(FOLDERS_SETTING, "").split(os.pathsep) if part)


def read(folder: Path) -> Iterator[OwnRow]:
    """The rows of one folder; raises ``TableError`` for a folder, file or column that no table has."""
    if not folder.is_dir():
        raise TableError(f"{folder} is no folder; correct the variable {FOLDERS_SETTING}")
    for path in sorted(folder.rglob("*.tsv")):
        name = path.relative_to(folder).as_posix()
        file = next((known for known in _TAKEN_FROM if fnmatch(name, known) and name.count("/") == 1), None)
        if file is None:
            raise TableError(f"{path} is no file of a table{_near(name, _TAKEN_FROM)}; known: {', '.join(_TAKEN_FROM)}")
        columns = _columns(file)
        for row in rows_of(path):
            for wrong in set(row) - set(columns):
                raise TableError(f"{path}: no column {wrong!r}{_near(wrong, columns)}; known: {', '.join(columns)}")
            if list(row)[:2] != columns[:2]:
                raise TableError(f"{path}: the first columns are not {columns[0]} and {columns[1]}")
            yield OwnRow(path, file, {c: row.get(c, _UNSAID.get(c, "")) or _UNSAID.get(c, "") for c in columns})


def _near(wrong: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(wrong, list(known), 1, 0.6)
    return f" (did you mean {near[0]}?)" if near else ""


@cache
def _columns(file: str) -> list[str]:
    path = min(KNOWLEDGE.glob(file))
    return list(next(iter(rows_of(path))))


Own = Mapping[str, Mapping[Any, Any]]


@cache
def own() -> Own:
    """The practice's entries by table and key, None for what it takes away; empty where no folder is named."""
    named = folders()
    return layer([list(read(folder)) for folder in named]) if named else {}


def layer(layers: Iterable[list[OwnRow]]) -> Own:
    """Entries by table and key from the rows of several folders, later folders over earlier ones.

    >>> row = OwnRow(Path("mine.tsv"), "names/*.tsv", {"name": "house disease", "code": "I10"})
    >>> layer([[row]])["problems"]["house", "disease"][0].code
    'I10'
    """
    out: dict[str, dict[Any, Any]] = {}
    for rows in layers:
        ours = compiled.load().table("problems", out.get("problems"))
        for name, form in compiled.FORMS.items():
            if name == "problems":
                made = written.problems(_reader(rows), known=ours.get)
            else:
                made = getattr(written, name)(_reader(rows))
            out.setdefault(name, {}).update(made)
            away = (_key(r.first, name, form) for r in rows if r.is_away and name in _TAKEN_FROM[r.file])
            out[name].update((key, None) for key in away if key not in made)
    return out


def _key(first: str, table: str, form: compiled.Form) -> Any:
    if form.is_phrase:
        return fold(first)
    return first.replace(".", "") if table == "categories" else first


def _reader(rows: list[OwnRow]) -> Callable[[str, str], Iterator[dict[str, str]]]:
    def give(folder: str, pattern: str) -> Iterator[dict[str, str]]:
        wanted = f"{folder}/{pattern}"
        return (dict(r.columns) for r in rows if r.file == wanted and not r.is_away)

    return give
