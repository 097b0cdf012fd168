"""The compact form of an annotation: one fact a line, as a person writes it.

    # inv-001 office
    P+ chronic_worsening | I10 | "Hypertension" | alt=I16.0 | sup="BP 160/90";"Increase lisinopril"
    P- | E78.5 | "hyperlipidemia"
    M negated | "chest pain"
    D test_ordered | basic metabolic panel | "BMP"
    R rx_management | "Increase lisinopril to 40 mg"
    T 35 | "I spent 35 minutes"
    L moderate straightforward moderate
    F p=low,moderate d=straightforward,low r=moderate
    C core=I10 opt=E78.5

``P+`` is an addressed problem (class, codes, quotation, other defensible codes, what supports it), ``P-`` one that is present and not addressed, ``M`` a
mention that must not be coded, ``D`` data, ``R`` risk, ``T`` total time; ``L`` the levels of problems, data and risk, ``F`` every defensible one,
``C`` the codes. A file of notes has ``==== NOTE id``, the text, ``---- ANNOTATION`` and the lines. The labels are those of the guidelines.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')
_NOTE = re.compile(r"(?m)^==== NOTE ")
_ELEMENT = {"p": "problems", "d": "data", "r": "risk"}


def read_notes(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """The notes of one file: text and record. Raises ``ValueError`` with file, note and line for what cannot be read."""
    for part in _NOTE.split(path.read_text(encoding="utf-8"))[1:]:
        head, _, rest = part.partition("\n")
        text, mark, annotation = rest.partition("\n---- ANNOTATION\n")
        if not mark:
            raise ValueError(f"{path.name}: note {head.strip()!r} has no line '---- ANNOTATION'")
        try:
            record = parse(annotation)
        except ValueError as error:
            raise ValueError(f"{path.name}: note {head.strip()!r}: {error}") from None
        if record["id"] != head.strip():
            raise ValueError(f"{path.name}: note {head.strip()!r} is annotated as {record['id']!r}")
        yield text.strip("\n"), record


def parse(lines: str) -> dict[str, Any]:
    """One annotation; quotations are not looked for in the text here.

    >>> parse('''# a office
    ... P+ minor | J00 | "cold"
    ... L straightforward straightforward straightforward
    ... F p=straightforward d=straightforward r=straightforward
    ... C core=J00 opt=''')["problems"][0]["class"]
    'minor'

    Raises ``ValueError`` with the number of the line that cannot be read.
    """
    record: dict[str, Any] = {"problems": [], "other_mentions": [], "data": [], "risk": [], "time": None}
    for number, line in enumerate(lines.strip().split("\n"), 1):
        if line.strip():
            try:
                _add(record, line.strip())
            except (IndexError, KeyError, ValueError):
                raise ValueError(f"line {number} of the annotation cannot be read: {line[:60]!r}") from None
    missing = [name for name in ("id", "levels", "defensible", "icd10") if name not in record]
    if missing:
        raise ValueError(f"the annotation says nothing of {', '.join(missing)}")
    return record


def _add(record: dict[str, Any], line: str) -> None:
    tag = line.split()[0]
    quotes = [_plain(q) for q in _QUOTED.findall(line)]
    fields = [f.strip() for f in _QUOTED.sub("", line).split("|")]
    kind = fields[0].split()[1] if len(fields[0].split()) > 1 else ""
    if tag == "#":
        record["id"], record["setting"] = line.split()[1:3]
    elif tag == "P+":
        after = line[_QUOTED.search(line).end() :]  # type: ignore[union-attr]
        support = [_plain(q) for q in _QUOTED.findall(after)]
        alt = next((f.removeprefix("alt=") for f in fields if f.startswith("alt=")), "")
        record["problems"].append(
            {"quote": quotes[0], "addressed": True, "class": kind, "icd10": _codes(fields[1]), "alt": _codes(alt), "support": support}
        )  # fmt: skip
    elif tag == "P-":
        record["problems"].append(
            {
                "quote": quotes[0],
                "addressed": False,
                "class": None,
                "icd10": _codes(fields[1]),
                "alt": [],
                "support": [],
            }
        )
    elif tag == "M":
        record["other_mentions"].append({"quote": quotes[0], "assertion": kind})
    elif tag == "D":
        record["data"].append({"quote": quotes[0], "kind": kind, "item": fields[1]})
    elif tag == "R":
        record["risk"].append({"quote": quotes[0] if quotes else "", "kind": kind})
    elif tag == "T":
        record["time"] = {"minutes": int(kind), "quote": quotes[0]}
    elif tag == "L":
        record["levels"] = dict(zip(("problems", "data", "risk"), line.split()[1:], strict=True))
    elif tag == "F":
        pairs = (f.split("=") for f in line.split()[1:])
        record["defensible"] = {_ELEMENT[name]: levels.split(",") for name, levels in pairs}
    elif tag == "C":
        core, optional = (f.split("=")[1] for f in line.split()[1:])
        record["icd10"] = {"core": _codes(core), "optional": _codes(optional)}
    else:
        raise ValueError(tag)


def _codes(words: str) -> list[str]:
    return [c.strip() for c in words.split(",") if c.strip()]


_ESCAPES = {"n": "\n", "t": "\t"}


def _plain(quoted: str) -> str:
    """A quotation without its escapes.

    >>> _plain("a" + chr(92) + "nb")
    'a\\nb'
    """
    return re.sub(r"\\(.)", lambda m: _ESCAPES.get(m[1], m[1]), quoted)
