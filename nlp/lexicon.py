"""What the knowledge tables know of a phrase: problems, drugs, tests, procedures, people, documents, by folded words.

The tables stand in ``nlp/knowledge`` (one folder each, with a page); this file gives them types and look-up, read once per
process when first asked for.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

from nlp.fold import fold
from nlp.tables import patterns, rows

Key = tuple[str, ...]


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


def _split(text: str, separator: str = ",") -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(separator) if part.strip())


def _context(text: str) -> frozenset[str]:
    inside = text.partition(":")[2] if text.lower().startswith("ambiguous") else text
    return frozenset(word for part in _split(inside.replace(";", ",")) for word in fold(part))


@cache
def abbreviations() -> Mapping[Key, tuple[Abbreviation, ...]]:
    """Readings of every abbreviation, the default one first."""
    out: dict[Key, list[Abbreviation]] = {}
    for row in rows("abbreviations"):
        words = row.get("context", "")
        reading = Abbreviation(
            expansion=row["expansion"],
            kind=row["kind"],
            is_ambiguous=row["ambiguous"] == "yes",
            context=_context(words) - {"default", "uppercase"},
            is_default="default" in words.lower(),
        )
        out.setdefault(fold(row["abbreviation"]), []).append(reading)
    return {key: tuple(sorted(found, key=lambda a: not a.is_default)) for key, found in out.items()}


@cache
def only_upper_case() -> frozenset[Key]:
    """Abbreviations that are ordinary words in lower case ("ADD", "PAD", "OR"): they count only when written in capitals."""
    marked = {
        fold(row["abbreviation"]) for row in rows("abbreviations") if "uppercase" in row.get("context", "").lower()
    }
    return frozenset(marked) | {fold(word) for word in patterns("not_problems")["only_in_capitals"]}


@cache
def problems() -> Mapping[Key, tuple[ProblemName, ...]]:
    """Names of problems; unambiguous abbreviations of known names are added under their short form."""
    out: dict[Key, list[ProblemName]] = {}
    for row in rows("names"):
        key = fold(row["name"])
        if not key:
            continue
        name = ProblemName(row["code"], _split(row.get("fixes", ""), " "), _context(row.get("context", "")))
        known = out.setdefault(key, [])
        if all(name.code != other.code for other in known):
            known.append(name)
    for key, codes in several().items():
        out[key] = [ProblemName(codes[0])]
    for short, readings in abbreviations().items():
        if short in out or len(readings) != 1 or readings[0].is_ambiguous or readings[0].kind != "problem":
            continue
        names = out.get(fold(readings[0].expansion))
        if names:
            out[short] = names
    for word in patterns("not_problems")["never"]:
        out.pop(fold(word), None)
    return {key: tuple(found) for key, found in out.items()}


@cache
def tests() -> Mapping[Key, TestName]:
    """Names of tests."""
    out = {}
    for row in rows("tests", "tests.tsv"):
        key = fold(row["name"])
        out.setdefault(
            key,
            TestName(
                row["item"], row["kind"], row.get("panel", ""), row["counts"] == "yes", row["professional"] == "yes"
            ),
        )
    return out


@cache
def ambiguous_tests() -> Mapping[Key, str]:
    """Names of tests that often mean something else, and what: tests only beside a cue."""
    return {fold(row["name"]): row["else"] for row in rows("tests", "ambiguous.tsv")}


@cache
def body_parts() -> Mapping[Key, str]:
    """Body parts that a modality of imaging may name."""
    return {fold(row["name"]): row["part"] for row in rows("tests", "body_parts.tsv")}


@cache
def modalities() -> Mapping[Key, str]:
    """Modalities of imaging."""
    return {fold(row["name"]): row["modality"] for row in rows("tests", "modalities.tsv")}


@cache
def drugs() -> Mapping[Key, DrugName]:
    """Names of drugs and drug classes."""
    out = {}
    for row in rows("drugs", "drugs.tsv"):
        out.setdefault(
            fold(row["name"]),
            DrugName(
                row["ingredient"],
                row["class"],
                row["status"],
                row.get("schedule", ""),
                _split(row.get("routes", "")),
                _split(row.get("treats", "")),
                row.get("toxicity", ""),
                row.get("z79", ""),
            ),
        )
    return out


@cache
def procedures() -> Mapping[Key, ProcedureName]:
    """Names of procedures and management decisions."""
    return {
        fold(row["name"]): ProcedureName(row["item"], row["risk"], row["size"], "ambiguous" in row.get("notes", ""))
        for row in rows("procedures")
    }


@cache
def people() -> Mapping[Key, PersonName]:
    """Relatives, caregivers and clinicians."""
    out = {
        fold(r["name"]): PersonName("clinician", r["specialty"], r["external"])
        for r in rows("people", "clinicians.tsv")
    }
    out.update({fold(r["name"]): PersonName(r["kind"]) for r in rows("people", "relatives.tsv")})
    return out


@cache
def documents() -> Mapping[Key, DocumentName]:
    """Records and their sources."""
    return {fold(r["name"]): DocumentName(r["item"], r["external"]) for r in rows("people", "sources.tsv")}


@cache
def _categories() -> Mapping[str, Category]:
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


def category(code: str) -> Category | None:
    """How problems of ``code`` usually run, by the longest row that begins it; None for a code of no known category."""
    bare = code.replace(".", "")
    table = _categories()
    for length in range(len(bare), 2, -1):
        if bare[:length] in table:
            return table[bare[:length]]
    return None


@dataclass(frozen=True, slots=True)
class DecidedBy:
    """Words of a problem's sentences that turn a code into a more specific one, and why."""

    words: re.Pattern[str]
    becomes: str
    because: str


@cache
def decided_by() -> Mapping[str, tuple[DecidedBy, ...]]:
    """By code: the words that decide for another, in order."""
    out: dict[str, list[DecidedBy]] = {}
    for row in rows("problems", "decided_by.tsv"):
        out.setdefault(row["code"], []).append(
            DecidedBy(re.compile(row["words"], re.IGNORECASE), row["becomes"], row["because"])
        )
    return {code: tuple(found) for code, found in out.items()}


@cache
def measured_by() -> Mapping[str, tuple[Key, ...]]:
    """By category: phrases for what is measured to know how the problem stands."""
    return {
        row["category"]: tuple(fold(p) for p in _split(row["words"])) for row in rows("problems", "measured_by.tsv")
    }


@cache
def several() -> Mapping[Key, tuple[str, ...]]:
    """Names that stand for more than one code."""
    return {fold(row["name"]): tuple(row["codes"].split()) for row in rows("problems", "several.tsv")}


@cache
def integral() -> Mapping[str, tuple[str, ...]]:
    """Symptom prefixes integral to a disease, by the prefix of its code (IC-07)."""
    return {row["code_prefix"]: _split(row["integral"]) for row in rows("problems", "integral.tsv")}


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
