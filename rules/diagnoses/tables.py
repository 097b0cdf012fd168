"""The edition of the diagnosis rules in force on a date: rows, and the tables that they read.

``rules/editions/diagnoses/<date>.toml`` holds the rows and the short lists, the folder of the same name the long tables
(TSV with a heading line; fields of a list are parted by ``|``).
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path

from rules.edition import Edition, edition_in_force
from rules.record import EditionError, Record

TOPIC = "diagnoses"
DROPS = ("base", "partner", "both", "none")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row of the specification in our words; ``verified`` is ``seen`` or ``knowledge``."""

    id: str
    name: str
    say: str
    locator: str
    verified: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Combination:
    """Two codes that one code says: a ``base`` beside a ``partner`` becomes ``becomes``, and ``drop`` of them goes.

    ``becomes`` is a code; ``{family}`` in it is the base's category; ``A>B`` puts B in place of A at the base's front.
    """

    name: str
    row: str
    base: tuple[str, ...]
    partner: tuple[str, ...]
    becomes: str
    drop: str
    reading: str

    def result(self, base: str) -> str:
        """The combined code for one base.

        >>> swap = Combination(name="", row="", base=(), partner=(), becomes="F03.9>F02.8", drop="base", reading="")
        >>> swap.result("F03.911")
        'F02.811'
        """
        if ">" in self.becomes:
            old, new = self.becomes.split(">")
            return new + base[len(old) :]
        return self.becomes.replace("{family}", base[:3])


@dataclass(frozen=True, slots=True, kw_only=True)
class Collapse:
    """A family of which one member alone may stand, chosen by what else is there; the first fitting row wins."""

    name: str
    row: str
    family: tuple[str, ...]
    partners: tuple[tuple[str, ...], ...]
    becomes: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LessSpecific:
    """``general`` says nothing that ``specific`` does not say better; ``absorb``: the specific takes over its facts."""

    name: str
    row: str
    general: tuple[str, ...]
    specific: tuple[str, ...]
    absorb: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Companion:
    """Beside ``code`` one of ``needs`` is expected; where none is there, ``suggest`` is suggested."""

    code: tuple[str, ...]
    needs: tuple[str, ...]
    suggest: str
    row: str
    because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LongTermDrug:
    """Words for a drug or class whose long-term use has a code; ``only_with`` limits it to codes on the list."""

    code: str
    row: str
    words: tuple[str, ...]
    only_with: tuple[str, ...]
    never_with: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Tables:
    """Everything that the diagnosis rules read of one edition."""

    edition: Edition
    rows: Mapping[str, Row]
    lists: Mapping[str, tuple[str, ...]]
    keep_apart: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]
    same_site_only: tuple[tuple[str, str], ...]
    unrelated: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]
    combinations: tuple[Combination, ...]
    collapses: tuple[Collapse, ...]
    less_specific: tuple[LessSpecific, ...]
    companions: tuple[Companion, ...]
    drugs: tuple[LongTermDrug, ...]
    most_codes: int
    most_pointers: int


LISTS = (
    "comes_first", "encounter_reason", "secondary_only", "needs_cause", "pregnancy", "symptoms", "body_mass",
    "weight_diagnoses", "adverse_effect_range", "history_of", "family_history", "bleeding",
)  # fmt: skip
"""Short lists of code patterns that an edition must hold."""


def tables_on(day: date) -> Tables:
    """The tables for a date of service; raises ``NoEdition`` before ICD-10-CM was used (2015-10-01).

    >>> tables_on(date(2026, 5, 1)).rows["IC-12"].name
    'excludes1'
    """
    return _read(edition_in_force(TOPIC, day).path, edition_in_force(TOPIC, day))


@lru_cache(maxsize=8)
def _read(path: Path, edition: Edition) -> Tables:
    body = Record(edition.body, edition.where)
    rows: dict[str, Row] = {}
    for record in body.records("row"):
        row = Row(**{key: record.text(key) for key in ("id", "name", "say", "locator", "verified")})
        record.close()
        if row.id in rows:
            raise EditionError(f"{record.where}: row {row.id} stands twice")
        rows[row.id] = row
    lists = body.record("codes")
    named = {name: lists.texts(name) for name in LISTS}
    lists.close()
    apart = []
    for record in body.records("keep_apart"):
        apart.append((record.texts("general"), record.texts("specific")))
        record.close()
    collapses = []
    for record in body.records("collapse"):
        partners = tuple(tuple(group.split("|")) for group in record.texts("partners"))
        collapses.append(
            Collapse(
                name=record.text("name"), row=record.text("id"), family=record.texts("family"), partners=partners,
                becomes=record.text("becomes"),
            )
        )  # fmt: skip
        record.close()
    sites = []
    for record in body.records("same_site_only"):
        sites.append((record.text("one"), record.text("other")))
        record.close()
    unrelated = []
    for record in body.records("unrelated"):
        unrelated.append((record.texts("one"), record.texts("other")))
        record.text("because")
        record.close()
    limits = body.record("limits")
    most_codes, most_pointers = limits.whole("codes"), limits.whole("pointers")
    limits.close()
    body.close()
    folder = path.with_suffix("")
    found = Tables(
        edition=edition,
        rows=rows,
        lists=named,
        keep_apart=tuple(apart),
        same_site_only=tuple(sites),
        unrelated=tuple(unrelated),
        combinations=_combinations(folder / "combinations.tsv"),
        collapses=tuple(collapses),
        less_specific=_less_specific(folder / "less_specific.tsv"),
        companions=_companions(folder / "companions.tsv"),
        drugs=_drugs(folder / "long_term_drugs.tsv"),
        most_codes=most_codes,
        most_pointers=most_pointers,
    )
    cited = {rule.row for rule in found.combinations} | {rule.row for rule in found.collapses}
    cited |= {rule.row for rule in found.less_specific} | {rule.row for rule in found.companions}
    for unknown in (cited | {rule.row for rule in found.drugs}) - set(rows):
        raise EditionError(f"{edition.where}: a table cites row {unknown!r}, which the edition does not have")
    return found


def _combinations(path: Path) -> tuple[Combination, ...]:
    rows = tuple(
        Combination(
            name=r["name"], row=r["row"], base=_many(r["base"]), partner=_many(r["partner"]), becomes=r["becomes"],
            drop=r["drop"], reading=r["reading"],
        )
        for r in _tsv(path, ("name", "row", "base", "partner", "becomes", "drop", "reading"))
    )  # fmt: skip
    for row in rows:
        if row.drop not in DROPS:
            raise EditionError(f"{path.name}: {row.name}: drop is {row.drop!r}; give one of {', '.join(DROPS)}")
    return rows


def _less_specific(path: Path) -> tuple[LessSpecific, ...]:
    return tuple(
        LessSpecific(
            name=r["name"], row=r["row"], general=_many(r["general"]), specific=_many(r["specific"]),
            absorb=r["absorb"] == "yes",
        )
        for r in _tsv(path, ("name", "row", "general", "specific", "absorb"))
    )  # fmt: skip


def _companions(path: Path) -> tuple[Companion, ...]:
    return tuple(
        Companion(
            code=_many(r["code"]), needs=_many(r["needs"]), suggest=r["suggest"], row=r["row"], because=r["because"]
        )
        for r in _tsv(path, ("code", "needs", "suggest", "row", "because"))
    )


def _drugs(path: Path) -> tuple[LongTermDrug, ...]:
    return tuple(
        LongTermDrug(
            code=r["code"], row=r["row"], words=_many(r["words"]), only_with=_many(r["only_with"]),
            never_with=_many(r["never_with"]),
        )
        for r in _tsv(path, ("code", "row", "only_with", "never_with", "words"))
    )  # fmt: skip


def _many(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split("|") if part.strip())


def _tsv(path: Path, columns: tuple[str, ...]) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        reader = csv.reader((line for line in stream if line.strip() and not line.startswith("#")), "excel-tab")
        head = tuple(next(reader))
        if head != columns:
            raise EditionError(f"{path.name}: the heading is {', '.join(head)}; give {', '.join(columns)}")
        found = []
        for values in reader:
            if len(values) != len(columns):
                raise EditionError(f"{path.name}: {values[0]!r} has {len(values)} fields, the heading {len(columns)}")
            found.append(dict(zip(columns, values, strict=True)))
        return found
