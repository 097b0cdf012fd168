"""All that the knowledge tables know of a phrase, as plain entries for a person or a program to read (``chartlight lookup``)."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from chartlight.catalogue import Catalogue

KINDS: Mapping[str, str] = {
    "problems": "problem",
    "abbreviations": "abbreviation",
    "drugs": "drug",
    "tests": "test",
    "procedures": "procedure",
    "people": "person",
    "documents": "document",
    "body_parts": "body part",
    "modalities": "modality of imaging",
}
"""The tables that are asked, in the order of the answer, and what an entry of each is called."""
MOST_NEAR = 6


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that a table knows of a phrase: the table, one line that says it, and details by name.

    ``is_own`` tells that the entry is the practice's.
    """

    kind: str
    says: str
    details: Mapping[str, str | Sequence[str]]
    is_own: bool = False


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of one phrase: its folded form, the entries, known phrases inside it, and near names where there is nothing."""

    words: str
    folded: str
    entries: tuple[Entry, ...] = ()
    inside: tuple[tuple[str, str], ...] = ()
    near: tuple[str, ...] = ()


def ask(words: str, catalogue: Catalogue) -> Known:
    """Ask every table.

    >>> from datetime import date
    >>> from rules.codesets.reader import open_release
    >>> found = ask("Water pill", open_release(date(2026, 5, 1)))
    >>> [(entry.kind, entry.says) for entry in found.entries]
    [('drug', 'diuretic')]
    """
    from nlp import lexicon, practice
    from nlp.fold import fold

    key = fold(words)
    own = practice.own()
    entries: list[Entry] = []
    for table, kind in KINDS.items():
        found = getattr(lexicon, table)().get(key)
        if found is None:
            continue
        readings = found if isinstance(found, tuple) else (found,)
        is_own = key in own.get(table, {})
        tell = _TELL[table]
        entries += (Entry(kind, *tell(key, reading, catalogue), is_own=is_own) for reading in readings)
    if entries:
        return Known(words, " ".join(key), tuple(entries))
    return Known(words, " ".join(key), inside=tuple(_inside(key)), near=tuple(_near(key)))


Told = tuple[str, Mapping[str, str | Sequence[str]]]


def _kept(**details: str | Sequence[str]) -> Mapping[str, str | Sequence[str]]:
    return {name.replace("_", " "): value for name, value in details.items() if value}


def _problem(key: tuple[str, ...], name: Any, catalogue: Catalogue) -> Told:
    from nlp import lexicon

    also = lexicon.several().get(key, ())[1:]
    description = _described(name.code, catalogue)
    told = _kept(
        fixes=name.fixes,
        only_near=sorted(name.context),
        also_coded=[_described(code, catalogue) for code in also],
        asks_for=_asks_for(name.code, catalogue),
        becomes=[f"{d.becomes} where {d.because}" for d in lexicon.decided_by().get(name.code, ())],
        decided_by_words=_decided_by_words(name.code),
        threatens_with=lexicon.threats(name.code),
        outpatient_visit=_reporting(name.code),
        symptoms_in_it=[_described(code, catalogue) for code in _integral(name.code)],
    )
    row = lexicon.category(name.code)
    runs = {} if row is None else _kept(
        runs=f"{row.type}, {row.course}{', systemic' if row.systemic else ''}, {row.body_system}",
        usual_nature=[f"{how}: {_plain(n)}" for how, n in (("new", row.new), ("stable", row.stable), ("worse", row.worse)) if n],
    )  # fmt: skip
    return description, {**runs, **told}


def _plain(label: str) -> str:
    return label.replace("_", " ")


def _described(code: str, catalogue: Catalogue) -> str:
    """Code and description, with a word where it is no complete code or none of this release."""
    if code not in catalogue:
        return f"{code} (not in {catalogue.release})"
    whole = "" if catalogue.is_billable(code) else " (not complete)"
    return f"{code} {catalogue[code].description}{whole}"


def _asks_for(code: str, catalogue: Catalogue) -> list[str]:
    """What the code set wants to know beyond an incomplete code."""
    if code not in catalogue or catalogue.is_billable(code):
        return []
    leaves = [catalogue[leaf] for leaf in catalogue.descendants(code)]
    texts = [leaf.description.lower() for leaf in leaves]
    out = []
    if any("right" in text for text in texts) and any("left" in text for text in texts):
        out.append("side")
    if any(", initial encounter" in text for text in texts):
        out.append("encounter (7th character)")
    if any("trimester" in text for text in texts):
        out.append("trimester")
    return [*out, f"one of {len(leaves)} codes"]


def _decided_by_words(code: str) -> list[str]:
    from nlp import lexicon

    return [
        f"{a.attribute} {a.value}{f' {a.becomes}' if a.becomes else ''} ({', '.join(a.words)})"
        for a in lexicon.attributes(code)
    ]


def _reporting(code: str) -> str:
    from nlp import lexicon

    found = lexicon.outpatient(code)
    if found is None:
        return ""
    return {"no": "normally not reported", "beside": "never alone"}[found.coded] + f": {found.because}"


def _integral(code: str) -> list[str]:
    from nlp import lexicon

    found = (
        symptom for prefix, symptoms in lexicon.integral().items() if code.startswith(prefix) for symptom in symptoms
    )
    return list(dict.fromkeys(found))


def _abbreviation(key: tuple[str, ...], reading: Any, catalogue: Catalogue) -> Told:
    from nlp import lexicon

    return f"{reading.expansion} ({reading.kind})", _kept(
        ambiguous="read so where nothing decides" if reading.is_ambiguous and reading.is_default else "",
        only_near=sorted(reading.context),
        written="in capitals only" if key in lexicon.only_upper_case() else "",
    )


def _monitoring(toxicity: str) -> str:
    """The tests for toxicity and how often, of ``cbc+lft/3mo``."""
    tests, _, every = toxicity.partition("/")
    return f"{' and '.join(tests.split('+'))} every {every}" if tests else ""


def _drug(key: tuple[str, ...], drug: Any, catalogue: Catalogue) -> Told:
    from rules.drug_units import codes_of

    status = {"rx": "prescription", "otc": "over the counter", "either": "either"}
    told = status.get(drug.status, drug.status.replace("either:>=", "over the counter, prescription from "))
    return drug.ingredient, _kept(
        drug_class=drug.drug_class,
        sold=told + (f", schedule {drug.schedule}" if drug.schedule else ""),
        routes=drug.routes,
        treats=[_described(code, catalogue).removesuffix(" (not complete)") for code in drug.treats],
        monitoring=_monitoring(drug.toxicity),
        billed_as=[
            f"{b.code} for {b.amount:g} {b.unit} of {b.ingredient}"
            for b in codes_of(drug.ingredient, catalogue.effective)
        ],
        long_term_use=_described(drug.z79, catalogue) if drug.z79 else "",
    )


def _test(key: tuple[str, ...], test: Any, catalogue: Catalogue) -> Told:
    from nlp import lexicon

    return test.item, _kept(
        kind=test.kind,
        panel=test.panel,
        counts="" if test.counts else "no: not a test for the data element",
        interpretation="may be billed on its own" if test.professional else "",
        often_something_else=lexicon.ambiguous_tests().get(key, ""),
    )


def _procedure(key: tuple[str, ...], procedure: Any, catalogue: Catalogue) -> Told:
    return procedure.item, _kept(
        risk=_plain(procedure.risk),
        size=procedure.size,
        ambiguous="often means something else" if procedure.ambiguous else "",
    )


def _person(key: tuple[str, ...], person: Any, catalogue: Catalogue) -> Told:
    return person.kind, _kept(
        specialty=person.specialty, external=person.external if person.kind == "clinician" else ""
    )


def _document(key: tuple[str, ...], document: Any, catalogue: Catalogue) -> Told:
    return document.item, _kept(external=document.external)


def _text(key: tuple[str, ...], text: Any, catalogue: Catalogue) -> Told:
    return str(text), {}


_TELL = {
    "problems": _problem,
    "abbreviations": _abbreviation,
    "drugs": _drug,
    "tests": _test,
    "procedures": _procedure,
    "people": _person,
    "documents": _document,
    "body_parts": _text,
    "modalities": _text,
}


def _inside(key: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """The longest known phrases inside a phrase, with their kind."""
    from nlp.pipes.mentions import phrases

    for found in phrases().match(key):
        if ":" not in found.label:
            yield " ".join(found.key), _plain(found.label)


def _near(key: tuple[str, ...]) -> list[str]:
    """Known names that are written nearly so, nearest first."""
    from nlp import compiled, lexicon

    wanted = " ".join(key)
    if not wanted:
        return []
    names = {" ".join(name) for table in (*compiled.IN_NOTES, "abbreviations") for name in _names(lexicon, table)}
    # whole words in common, or the same beginning: the full comparison of 60,000 names would take seconds
    own = {word for word in key if len(word) > 3}
    near = [
        name
        for name in names
        if abs(len(name) - len(wanted)) <= max(3, len(wanted) // 4)
        and (name[:2] == wanted[:2] or name[1:4] == wanted[1:4] or not own.isdisjoint(name.split(" ")))
    ]
    return difflib.get_close_matches(wanted, sorted(near), MOST_NEAR, 0.7)


def _names(lexicon: Any, table: str) -> Iterator[tuple[str, ...]]:
    yield from getattr(lexicon, table)()
