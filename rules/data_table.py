"""The table of the data ledger, read strictly from its editions: kinds of items, refusals, unique tests by any of their names."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from chartlight.labels import DataNature, Label
from rules.edition import Edition, Verified
from rules.record import EditionError, Record
from rules.tables import Element, Note, normalise, read_natures, read_notes


class Uniqueness(Label):
    """What makes a data item one."""

    TEST = "test", "one per CPT code; a panel takes in its analytes"
    SOURCE = "source", "one per named source"
    ENCOUNTER = "encounter", "one per encounter"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """How items of these natures become lines of the ledger."""

    id: str
    natures: frozenset[str]
    category: int
    unique: Uniqueness
    say: str
    verified: Verified


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Items of these natures that earn nothing; ``within`` means that the words may stand inside a longer item."""

    id: str
    natures: frozenset[str]
    items: frozenset[str]
    within: bool
    say: str
    verified: Verified


@dataclass(frozen=True, slots=True, kw_only=True)
class UniqueTest:
    """A unique test: canonical name, its CPT codes, the analytes it takes in, the codes that bill its interpretation."""

    name: str
    codes: tuple[str, ...]
    takes: tuple[str, ...]
    billed_by: frozenset[str]
    professional: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Billed:
    """The rule on separately reported interpretations (D-09)."""

    id: str
    natures: frozenset[str]
    unknown_excludes: bool
    warning: str
    say: str
    words: frozenset[str]
    verified: Verified


@dataclass(frozen=True, slots=True, kw_only=True)
class DataTable:
    """The ledger's rules: kinds by nature, refusals, tests by any of their names, panels by analyte."""

    edition: Edition
    kinds: dict[str, Kind]
    refusals: tuple[Refusal, ...]
    billed: Billed
    tests: dict[str, UniqueTest]
    panels: dict[str, tuple[str, ...]]
    notes: dict[str, Note]


@cache
def data_table(edition: Edition) -> DataTable:
    """Read an edition of topic ``data``; raises ``EditionError``."""
    body = Record(edition.body, edition.where)
    kinds: dict[str, Kind] = {}
    for record in body.records("kind"):
        kind = Kind(
            id=record.text("id"),
            natures=read_natures(record, Element.DATA),
            category=record.whole("category"),
            unique=record.one_of("unique", Uniqueness),
            say=record.text("say"),
            verified=record.one_of("verified", Verified),
        )
        record.close()
        kinds |= dict.fromkeys(kind.natures, kind)
    missing = [n.value for n in DataNature if n.value not in kinds]
    if missing:
        raise EditionError(f"{edition.where}: no [[kind]] for {', '.join(missing)}")
    refusals = []
    for record in body.records("refusal"):
        refusals.append(
            Refusal(
                id=record.text("id"),
                natures=read_natures(record, Element.DATA),
                items=frozenset(normalise(t) for t in record.texts("items")),
                within=record.yes("within"),
                say=record.text("say"),
                verified=record.one_of("verified", Verified),
            )
        )
        record.close()
    tests, panels = _tests(body, edition)
    table = DataTable(
        edition=edition,
        kinds=kinds,
        refusals=tuple(refusals),
        billed=_billed(body.record("billed")),
        tests=tests,
        panels=panels,
        notes=read_notes(body),
    )
    body.close()
    return table


def _billed(record: Record) -> Billed:
    unknown = record.text("unknown")
    if unknown not in ("counts", "excludes"):
        raise EditionError(f"{record.where}: unknown is {unknown!r}; give counts or excludes")
    billed = Billed(
        id=record.text("id"),
        natures=read_natures(record, Element.DATA),
        unknown_excludes=unknown == "excludes",
        warning=record.text("warning"),
        say=record.text("say"),
        words=frozenset(record.texts("words")),
        verified=record.one_of("verified", Verified),
    )
    record.close()
    return billed


def _tests(body: Record, edition: Edition) -> tuple[dict[str, UniqueTest], dict[str, tuple[str, ...]]]:
    by_name: dict[str, UniqueTest] = {}
    panels: dict[str, list[str]] = {}
    for record in body.records("test"):
        test = UniqueTest(
            name=normalise(record.text("name")),
            codes=record.texts("codes"),
            takes=tuple(normalise(t) for t in record.texts("takes")),
            billed_by=frozenset(record.texts("billed_by")),
            professional=record.yes("professional"),
        )
        names = {test.name, *(normalise(t) for t in record.texts("also")), *(normalise(c) for c in test.codes)}
        record.close()
        twice = names & by_name.keys()
        if twice:
            raise EditionError(f"{record.where}: {min(twice)!r} is a name of {by_name[min(twice)].name!r} already")
        by_name |= dict.fromkeys(names, test)
        for analyte in test.takes:
            panels.setdefault(analyte, []).append(test.name)
    unknown = [analyte for analyte in panels if analyte not in by_name]
    if unknown:
        raise EditionError(f"{edition.where}: a panel takes {unknown[0]!r}, which is no [[test]] of the file")
    return by_name, {analyte: tuple(of) for analyte, of in panels.items()}
