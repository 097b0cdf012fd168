"""What a late or changed document changed: texts line by line, facts, diagnoses and the code, between two proposals."""

from __future__ import annotations

import difflib
import json
from typing import Any

from sqlalchemy import Row, select

from serving.refusal import Refusal, Refused
from serving.review.visit import Visit
from serving.store.database import Unit
from serving.store.tables import documents, proposals


def differences(unit: Unit, visit: Visit, before: int | None, after: int | None) -> dict[str, Any]:
    """The difference of two proposals of a visit by number; the last two where none is given. Raises ``Refusal``.

    A text is compared by lines: each change gives half-open code-point ranges in the old and the new version. Where the level is
    withheld, texts alone are compared.
    """
    rows = _proposals(unit, visit.id)
    after = after or max(rows)
    before = before or max(after - 1, 1)
    if before not in rows or after not in rows:
        raise Refusal(Refused.NOT_FOUND, "no proposal of that number")
    old, new = json.loads(rows[before].body), json.loads(rows[after].body)
    told: dict[str, Any] = {
        "before": before,
        "after": after,
        "documents": _texts(unit, rows[before], rows[after]),
        "facts": _sets(set(), set()),
        "diagnoses": _sets(set(), set()),
        "withheld": visit.is_withheld,
        "code": None,
    }
    if not visit.is_withheld:
        told["facts"] = _sets(_facts(old), _facts(new))
        told["diagnoses"] = _sets({d["code"] for d in old["diagnoses"]}, {d["code"] for d in new["diagnoses"]})
        codes = [json.loads(rows[n].determination)["code"] for n in (before, after)]
        told["code"] = {"before": codes[0], "after": codes[1]}
    return told


def _proposals(unit: Unit, encounter_id: str) -> dict[int, Row[Any]]:
    p = proposals
    query = select(p).where(p.c.tenant == unit.tenant, p.c.encounter_id == encounter_id)
    return {row.number: row for row in unit.execute(query)}


def _facts(proposal: dict[str, Any]) -> set[str]:
    """Facts as people name them: kind, nature, and the thing; ids are numbered anew by every reading."""
    return {
        " ".join(str(f[k]) for k in ("kind", "nature", "name", "item", "minutes") if f.get(k) is not None)
        for f in proposal["facts"]
    }


def _sets(old: set[str], new: set[str]) -> dict[str, list[str]]:
    return {"added": sorted(new - old), "removed": sorted(old - new), "kept": sorted(old & new)}


def _texts(unit: Unit, old: Row[Any], new: Row[Any]) -> list[dict[str, Any]]:
    before = {d.name: d for d in _documents(unit, json.loads(old.documents))}
    after = {d.name: d for d in _documents(unit, json.loads(new.documents))}
    out = []
    for name in dict.fromkeys((*before, *after)):
        a, b = before.get(name), after.get(name)
        out.append(
            {
                "name": name,
                "before": a.version if a else None,
                "after": b.version if b else None,
                "changes": _changes(a.text or "", b.text or "") if a and b and a.id != b.id else [],
            }
        )
    return out


def _documents(unit: Unit, ids: list[str]) -> list[Row[Any]]:
    d = documents
    return list(unit.execute(select(d).where(d.c.tenant == unit.tenant, d.c.id.in_(ids))))


def _changes(old: str, new: str) -> list[dict[str, Any]]:
    a, b = old.splitlines(keepends=True), new.splitlines(keepends=True)
    at, bt = _starts(a), _starts(b)
    matcher = difflib.SequenceMatcher(None, a, b, autojunk=False)
    return [
        {"kind": tag, "before": [at[i], at[j]], "after": [bt[m], bt[n]]}
        for tag, i, j, m, n in matcher.get_opcodes()
        if tag != "equal"
    ]


def _starts(lines: list[str]) -> list[int]:
    places = [0]
    for line in lines:
        places.append(places[-1] + len(line))
    return places
