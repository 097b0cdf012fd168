"""Confirmed decisions as training material: texts, facts as amended, verdicts with reasons, and how each label came about.

A label that came from a bare confirmation is weaker than one that a person changed, and one found blind is the strongest: each line says which.
"""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import Row, select

from serving.review.visit import LEVEL
from serving.store.database import Unit
from serving.store.moments import digest
from serving.store.tables import documents, encounters, levels, proposals


def line(unit: Unit, row: Row[Any]) -> dict[str, Any]:
    """One decision; the person is a pseudonym, the same in every line."""
    body, kept = json.loads(row.body), json.loads(row.replay)
    proposal = unit.execute(
        select(proposals).where(proposals.c.tenant == unit.tenant, proposals.c.id == row.proposal_id)
    ).one()
    visit = unit.execute(
        select(encounters).where(encounters.c.tenant == unit.tenant, encounters.c.id == row.encounter_id)
    ).one()
    entered = unit.execute(
        select(levels).where(levels.c.tenant == unit.tenant, levels.c.proposal_id == row.proposal_id)
    ).one_or_none()
    d = documents
    ids = json.loads(proposal.documents)
    texts = unit.execute(select(d).where(d.c.tenant == unit.tenant, d.c.id.in_(ids)).order_by(d.c.id))
    determination = json.loads(proposal.determination)
    level = next(r for r in body["rulings"] if r["about"] == LEVEL)
    return {
        "id": row.id,
        "encounter": row.encounter_id,
        "documents": [{"id": t.name, "type": t.kind, "signed": t.signed, "text": t.text} for t in texts],
        "context": kept["context"],
        "facts": kept["facts"],
        "diagnoses": body["diagnoses"],
        "mdm": body["determination"]["mdm"],
        "code": {"proposed": determination["code"], "final": body["code"], "verdict": level["verdict"]},
        "blind": {"is_blind": bool(visit.blind), "level": entered.level if entered is not None else None},
        "rulings": body["rulings"],
        "amended": bool(body["amendments"]),
        "reviewer": digest(f"{unit.tenant}:{row.author}")[:12],
        "decided_at": row.made_at,
        "versions": json.loads(row.versions),
    }
