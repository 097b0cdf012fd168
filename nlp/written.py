"""The knowledge tables as written: entries made from the rows of the TSV files, one function a table.

This is the slow way (folding 60,000 names takes a second); ``nlp.compiled`` keeps what it gives. ``Rows`` reads a folder, so that the same
functions read a practice's own folder, or tables with one left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from nlp.entries import (
    Abbreviation,
    Attribute,
    Category,
    Deciding,
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

Rows = Callable[[str, str], Iterable[dict[str, str]]]
"""Rows of the files of a folder that fit a pattern: ``rows("tests", "*.tsv")``."""
ALL = "*.tsv"


def _split(text: str, separator: str = ",") -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(separator) if part.strip())


def _context(text: str) -> frozenset[str]:
    inside = text.partition(":")[2] if text.lower().startswith("ambiguous") else text
    return frozenset(word for part in _split(inside.replace(";", ",")) for word in fold(part))


def _named(rows: Iterable[dict[str, str]], column: str = "name") -> Iterator[tuple[Key, dict[str, str]]]:
    for row in rows:
        key = fold(row[column])
        if key:
            yield key, row


def abbreviations(rows: Rows) -> Mapping[Key, tuple[Abbreviation, ...]]:
    """Readings of every abbreviation, the default one first."""
    out: dict[Key, list[Abbreviation]] = {}
    for key, row in _named(rows("abbreviations", ALL), "abbreviation"):
        words = row.get("context", "")
        reading = Abbreviation(
            expansion=row["expansion"],
            kind=row["kind"],
            is_ambiguous=row["ambiguous"] == "yes",
            context=_context(words) - {"default", "uppercase"},
            is_default="default" in words.lower(),
        )
        out.setdefault(key, []).append(reading)
    return {key: tuple(sorted(found, key=lambda a: not a.is_default)) for key, found in out.items()}


def only_upper_case(rows: Rows) -> Mapping[Key, str]:
    """Abbreviations marked as ordinary words in small letters."""
    marked = (
        key
        for key, row in _named(rows("abbreviations", ALL), "abbreviation")
        if "uppercase" in row.get("context", "").lower()
    )
    return dict.fromkeys(marked, "")


def problems(
    rows: Rows,
    never: Iterable[str] = (),
    known: Callable[[Key], tuple[ProblemName, ...] | None] = lambda key: None,
) -> Mapping[Key, tuple[ProblemName, ...]]:
    """Names of problems; unambiguous abbreviations of names, these or those ``known``, are added under their short form."""
    out: dict[Key, list[ProblemName]] = {}
    for key, row in _named(rows("names", ALL)):
        name = ProblemName(row["code"], _split(row.get("fixes", ""), " "), _context(row.get("context", "")))
        readings = out.setdefault(key, [])
        if all(name.code != other.code for other in readings):
            readings.append(name)
    for key, codes in several(rows).items():
        out[key] = [ProblemName(codes[0])]
    for short, expanded in abbreviations(rows).items():
        if short in out or len(expanded) != 1 or expanded[0].is_ambiguous or expanded[0].kind != "problem":
            continue
        full = fold(expanded[0].expansion)
        names = out.get(full) or known(full)
        if names:
            out[short] = list(names)
    for word in never:
        out.pop(fold(word), None)
    return {key: tuple(found) for key, found in out.items()}


def tests(rows: Rows) -> Mapping[Key, TestName]:
    """Names of tests."""
    out: dict[Key, TestName] = {}
    for key, row in _named(rows("tests", "tests.tsv")):
        test = TestName(
            row["item"], row["kind"], row.get("panel", ""), row["counts"] == "yes", row["professional"] == "yes"
        )
        out.setdefault(key, test)
    return out


def ambiguous_tests(rows: Rows) -> Mapping[Key, str]:
    """Names of tests that often mean something else, and what."""
    return {key: row["else"] for key, row in _named(rows("tests", "ambiguous.tsv"))}


def body_parts(rows: Rows) -> Mapping[Key, str]:
    """Body parts that a modality of imaging may name."""
    return {key: row["part"] for key, row in _named(rows("tests", "body_parts.tsv"))}


def modalities(rows: Rows) -> Mapping[Key, str]:
    """Modalities of imaging."""
    return {key: row["modality"] for key, row in _named(rows("tests", "modalities.tsv"))}


def drugs(rows: Rows) -> Mapping[Key, DrugName]:
    """Names of drugs and drug classes."""
    out: dict[Key, DrugName] = {}
    for key, row in _named(rows("drugs", "drugs.tsv")):
        drug = DrugName(
            row["ingredient"],
            row["class"],
            row["status"],
            row.get("schedule", ""),
            _split(row.get("routes", "")),
            _split(row.get("treats", "")),
            row.get("toxicity", ""),
            row.get("z79", ""),
        )
        out.setdefault(key, drug)
    return out


def procedures(rows: Rows) -> Mapping[Key, ProcedureName]:
    """Names of procedures and management decisions."""
    return {
        key: ProcedureName(row["item"], row["risk"], row["size"], "ambiguous" in row.get("notes", ""))
        for key, row in _named(rows("procedures", ALL))
    }


def people(rows: Rows) -> Mapping[Key, PersonName]:
    """Relatives, caregivers and clinicians."""
    out = {
        key: PersonName("clinician", row["specialty"], row["external"])
        for key, row in _named(rows("people", "clinicians.tsv"))
    }
    out.update({key: PersonName(row["kind"]) for key, row in _named(rows("people", "relatives.tsv"))})
    return out


def documents(rows: Rows) -> Mapping[Key, DocumentName]:
    """Records and their sources."""
    return {key: DocumentName(row["item"], row["external"]) for key, row in _named(rows("people", "sources.tsv"))}


def categories(rows: Rows) -> Mapping[str, Category]:
    """How problems of a code usually run, by the code without its dot."""
    return {
        row["code"].replace(".", ""): Category(
            row["type"],
            row["course"],
            row["new"],
            row["stable"],
            row["worse"],
            row["systemic"] == "yes",
            row["body_system"],
        )
        for row in rows("problems", "categories.tsv")
    }


def decided_by(rows: Rows) -> Mapping[str, tuple[Deciding, ...]]:
    """By code: the words that decide for another, in order."""
    out: dict[str, list[Deciding]] = {}
    for row in rows("problems", "decided_by.tsv"):
        out.setdefault(row["code"], []).append(Deciding(row["words"], row["becomes"], row["because"]))
    return {code: tuple(found) for code, found in out.items()}


def said_beside(rows: Rows) -> Mapping[str, tuple[Deciding, ...]]:
    """By code or prefix: the words that call for a further code beside it, in order."""
    out: dict[str, list[Deciding]] = {}
    for row in rows("problems", "beside.tsv"):
        for code in row["codes"].split():
            out.setdefault(code, []).append(Deciding(row["words"], row["beside"], row["because"]))
    return {code: tuple(found) for code, found in out.items()}


def measured_by(rows: Rows) -> Mapping[str, tuple[str, ...]]:
    """By category: phrases for what is measured, folded, their words joined by blanks."""
    return {
        row["category"]: tuple(" ".join(fold(phrase)) for phrase in _split(row["words"]))
        for row in rows("problems", "measured_by.tsv")
    }


def several(rows: Rows) -> Mapping[Key, tuple[str, ...]]:
    """Names that stand for more than one code."""
    return {key: tuple(row["codes"].split()) for key, row in _named(rows("problems", "several.tsv"))}


def integral(rows: Rows) -> Mapping[str, tuple[str, ...]]:
    """Symptom prefixes integral to a disease, by the prefix of its code."""
    return {row["code_prefix"]: _split(row["integral"]) for row in rows("problems", "integral.tsv")}


def attributes(rows: Rows) -> Mapping[str, tuple[Attribute, ...]]:
    """By category: what its codes ask for and the words that decide it."""
    out: dict[str, list[Attribute]] = {}
    for row in rows("problems", "attributes.tsv"):
        value = Attribute(row["attribute"], row["value"], _split(row["words"]), row.get("becomes", ""))
        out.setdefault(row["code"], []).append(value)
    return {code: tuple(found) for code, found in out.items()}


def threats(rows: Rows) -> Mapping[str, tuple[str, ...]]:
    """By the prefix of a code: phrases with which the problem may threaten life or function."""
    return {row["code"]: _split(row["words"]) for row in rows("problems", "threats.tsv")}


def outpatient(rows: Rows) -> Mapping[str, Reporting]:
    """By the prefix of a code: what an outpatient visit normally does not report by itself."""
    return {row["code"]: Reporting(row["coded"], row["because"]) for row in rows("problems", "outpatient.tsv")}
