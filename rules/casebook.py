"""Cases as data: TOML tables that a coder can write, read into lines of ``determine`` with what is expected of the answer.

A file of cases holds tables named by what they show. Keys of the context stand plain; facts are written short
(``problems = ["stable_chronic:hypertension"]``) or in full under ``facts``. ``[[boundary]]`` tables are three cases each, one minute below, at
and above; ``[grid]`` files are every combination of element levels. Unknown keys are errors: a case that tests nothing must not pass.
"""

from __future__ import annotations

import itertools
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from chartlight.labels import Level

DEFAULTS = {"date_of_service": "2026-03-02", "setting": "office", "patient_status": "established"}
"""The context of a case that does not say otherwise; ``"unknown"`` takes a default away."""
CONTEXT = ("date_of_service", "setting", "patient_status", "stage", "payer", "birth_date", "sex", "last_service_date",
           "relationship", "teaching", "split_shared", "units_today", "specialty", "provider")  # fmt: skip
FACTS = ("problems", "data", "risk", "time", "facts")
EXPECT = ("code", "basis", "level", "problems", "data", "risk", "minutes", "time_code", "alternatives", "add_ons",
          "modifiers", "warnings", "no_warnings", "unsupported", "credited", "refused", "cites")  # fmt: skip
"""What a case may expect: see ``mismatches``."""


class CaseError(ValueError):
    """A case that cannot be read; the message names file, case and key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenCase:
    """One case: its id, the rows of the specification that it exercises, a line of ``determine`` and what is expected."""

    id: str
    rows: tuple[str, ...]
    line: Mapping[str, Any]
    expect: Mapping[str, Any]


def read_cases(path: Path) -> tuple[WrittenCase, ...]:
    """All cases of one file; raises ``CaseError``."""
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise CaseError(f"{path.name}: not readable as TOML: {error}") from None
    found: list[WrittenCase] = []
    defaults = data.pop("defaults", {})
    for name, table in data.items():
        where = f"{path.name}: {name}"
        if name == "grid":
            found += _grid(table, path.stem, where)
        elif name == "boundary":
            for number, row in enumerate(table):
                found += _boundary({**defaults, **row}, f"{path.stem}/boundary-{number + 1}", f"{where}[{number}]")
        else:
            found.append(_case({**defaults, **table}, f"{path.stem}/{name}", where))
    return tuple(found)


def read_folder(folder: Path) -> tuple[WrittenCase, ...]:
    """All cases of all files of a folder, by file name."""
    return tuple(case for path in sorted(folder.glob("*.toml")) for case in read_cases(path))


def _case(table: Mapping[str, Any], name: str, where: str) -> WrittenCase:
    known = {"rows", "because", "services", "expect", *CONTEXT, *FACTS}
    unknown = [key for key in table if key not in known]
    if unknown:
        raise CaseError(f"{where}: unknown key {unknown[0]!r}; known are {', '.join(sorted(known))}")
    expect = table.get("expect", {})
    strange = [key for key in expect if key not in EXPECT]
    if strange:
        raise CaseError(f"{where}: expect has the unknown key {strange[0]!r}; known are {', '.join(EXPECT)}")
    if not expect:
        raise CaseError(f"{where}: nothing is expected; a case without expect tests nothing")
    context = {**DEFAULTS, **{key: table[key] for key in CONTEXT if key in table}}
    context = {key: str(v) if isinstance(v, date) else v for key, v in context.items() if v != "unknown"}
    line = {"id": name, "context": context, "facts": _facts(table, where)}
    if "services" in table:
        line["services"] = [_service(text) for text in table["services"]]
    return WrittenCase(id=name, rows=tuple(table.get("rows", ())), line=line, expect=expect)


def _facts(table: Mapping[str, Any], where: str) -> list[dict[str, Any]]:
    facts: list[dict[str, Any]] = []
    for text in table.get("problems", ()):
        nature, _, name = text.partition(":")
        fact: dict[str, Any] = {"kind": "problem", "addressed": not nature.startswith("not "), "name": name or None}
        name, _, service = name.partition("@")
        fact |= {"name": name or None, "for_service": service or None}
        nature = nature.removeprefix("not ")
        facts.append({**fact, "nature": None if nature in ("addressed", "mentioned") else nature})
    for text in table.get("data", ()):
        nature, _, item = text.partition(":")
        item, _, billed = item.partition("!")
        if billed not in ("", "billed", "not billed"):
            raise CaseError(f"{where}: {text!r} ends in !{billed}; write !billed or !not billed")
        flag = None if not billed else billed == "billed"
        facts.append({"kind": "data", "nature": nature, "item": item or None, "interpretation_billed": flag})
    facts += [{"kind": "risk", "nature": text} for text in table.get("risk", ())]
    for said in table.get("time", ()):
        minutes, _, role = str(said).partition(" ")
        facts.append({"kind": "time", "minutes": int(minutes), "role": role or "total"})
    return facts + [dict(fact) for fact in table.get("facts", ())]


def _service(text: str) -> dict[str, Any]:
    code, _, days = text.partition("/")
    return {"code": code, "global_days": int(days) if days else None}


def _boundary(table: dict[str, Any], name: str, where: str) -> Iterator[WrittenCase]:
    """``at`` minutes and what is expected just below, at and just above."""
    at, role = table.pop("at"), table.pop("role", "total")
    below, then = table.pop("below"), table.pop("then")
    for shift, expect in ((-1, below), (0, then), (1, table.pop("above", then))):
        minutes = at + shift
        if minutes < 0:
            continue
        row = {**table, "time": [*table.get("time", ()), f"{minutes} {role}"], "expect": expect}
        yield _case(row, f"{name}-at-{minutes}", where)


def _grid(table: Mapping[str, Any], stem: str, where: str) -> Iterator[WrittenCase]:
    """Every combination of the three element levels against the codes of each ``[[grid.of]]``, by the median."""
    shown = {element: table[element] for element in ("problems", "data", "risk")}
    for row in table["of"]:
        row = dict(row)
        codes, label = row.pop("codes"), row.pop("name")
        for levels in itertools.product(Level, repeat=3):
            facts = {key: v for e, level in zip(shown, levels, strict=True) for key, v in shown[e][level.value].items()}
            middle = sorted(levels)[1]
            wanted = {e: level.value for e, level in zip(shown, levels, strict=True)}
            expect = {"code": codes[middle.rank], "level": middle.value, "basis": "mdm", **wanted}
            name = f"{stem}/{label}-{'-'.join(level.value for level in levels)}"
            yield _case({**row, **facts, "expect": expect}, name, where)


CONTRACT_WARNINGS = frozenset(
    {"edition_not_reviewed", "interpretation_billing_unknown", "date_assumed", "setting_assumed"}
)
"""The warnings that the batch contract names; all others are words of ours."""
OURS = frozenset({"credited", "refused", "cites"})
"""Expectations on the ledger and the trace, which the contract leaves to the program."""


def mismatches(expect: Mapping[str, Any], answer: Mapping[str, Any], *, contract_only: bool = False) -> list[str]:
    """What the answer to a case has otherwise than expected, a sentence each; empty when all is as it should be.

    With ``contract_only`` what the contract leaves open is not asked of a foreign program: our ledger, our trace, our own words for
    warnings and for why there is no code.

    ``warnings`` must be among those given, ``no_warnings`` must not; ``modifiers``, ``add_ons`` (as ``99417x2``) and ``alternatives`` are
    compared as sets; ``refused`` pairs items of the ledger with the row that refuses them, ``cites`` rows that the trace must name.
    """
    found = answer.get("determination")
    if not isinstance(found, Mapping):
        detail = _table(answer, "error").get("detail")
        return [f"no determination was given{f': {detail}' if detail else ''}"]
    mdm, time = _table(found, "mdm"), _table(found, "time")
    warnings = {w for w in _list(found, "warnings") if isinstance(w, str)}
    seen = {
        "code": found.get("code") or "none",
        "basis": found.get("basis") or "none",
        "level": mdm.get("level", "none"),
        **{element: mdm.get(element, "none") for element in ("problems", "data", "risk")},
        "minutes": time.get("minutes", "none"),
        "time_code": time.get("code") or "none",
        "unsupported": found.get("unsupported") or "none",
        "alternatives": sorted({_said(a, "code") for a in _list(found, "alternatives")}),
        "add_ons": sorted(f"{_said(a, 'code')}x{_said(a, 'units')}" for a in _list(found, "add_ons")),
        "modifiers": sorted(_said(m, "code") for m in _list(found, "modifiers")),
        "credited": sum(bool(e["credited"]) for e in _list(found, "ledger")),
    }
    wrong = []
    for key, wanted in expect.items():
        if contract_only and key in OURS:
            continue
        if contract_only and key == "unsupported":
            if (wanted == "none") != (seen[key] == "none"):
                wrong.append(f"unsupported is {seen[key]}, not {wanted}")
        elif key in ("warnings", "no_warnings"):
            asked = set(wanted) & CONTRACT_WARNINGS if contract_only else set(wanted)
            bad = sorted(asked - warnings if key == "warnings" else asked & warnings)
            wrong += [f"warning {w} is {'missing' if key == 'warnings' else 'too many'}" for w in bad]
        elif key == "refused":
            rows = {e["item"]: e["row"] for e in _list(found, "ledger") if not e["credited"]}
            wrong += [f"{i}: refused by {rows.get(i, 'none')}, not {r}" for i, r in wanted.items() if rows.get(i) != r]
        elif key == "cites":
            cited = set(_cited(_list(found, "trace")))
            wrong += [f"the trace does not cite {row}" for row in wanted if row not in cited]
        else:
            expected = sorted(wanted) if isinstance(wanted, list) else wanted
            if seen[key] != expected:
                wrong.append(f"{key} is {seen[key]}, not {expected}")
    return wrong


def _table(found: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """The object under a key; anything else that a foreign program put there is as good as nothing."""
    value = found.get(key)
    return value if isinstance(value, Mapping) else {}


def _list(found: Mapping[str, Any], key: str) -> list[Any]:
    value = found.get(key)
    return value if isinstance(value, list) else []


def _said(entry: Any, key: str) -> str:
    """One word of an entry of a list, ``?`` where the entry has none."""
    value = entry.get(key) if isinstance(entry, Mapping) else None
    return str(value) if isinstance(value, str | int) else "?"


def _cited(steps: Any) -> Iterator[str]:
    for step in steps:
        if step.get("citation"):
            yield step["citation"]["row"]
        yield from _cited(step.get("steps", ()))
