"""Retention: the texts of visits that were decided long ago are removed; who decided what, and the audit chain, stay."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import Table, delete, insert, select, update

from serving.store import audit
from serving.store.database import Unit
from serving.store.moments import stamp
from serving.store.tables import (
    amendments,
    answers,
    decisions,
    documents,
    encounters,
    proposals,
    purge_guard,
    reopenings,
)

_BODIES: dict[Table, dict[str, Any]] = {
    amendments: {"body": None},
    decisions: {"body": None, "replay": None},
    proposals: {"body": None, "determination": None, "seen": None},
    reopenings: {"reason": None},
    documents: {"text": None, "author": None, "name": documents.c.id},
}


def due(unit: Unit, days: int) -> list[str]:
    """Ids of finalised visits whose last decision is older than so many days and whose texts are still there."""
    e, d = encounters, decisions
    query = (
        select(e.c.id)
        .join(d, (d.c.tenant == e.c.tenant) & (d.c.id == e.c.decision_id))
        .where(
            e.c.tenant == unit.tenant,
            e.c.state == "finalised",
            e.c.purged_at.is_(None),
            d.c.made_at < stamp(unit.at - timedelta(days=days)),
        )
    )
    return sorted(unit.execute(query).scalars())


def purge(unit: Unit, id: str) -> None:
    """Remove the texts of one visit, its quotations and its reference, and say so in the audit trail."""
    unit.execute(insert(purge_guard).values(tenant=unit.tenant))
    for table, values in _BODIES.items():
        unit.execute(update(table).where(table.c.tenant == unit.tenant, table.c.encounter_id == id).values(**values))
    unit.execute(delete(purge_guard).where(purge_guard.c.tenant == unit.tenant))
    unit.execute(delete(answers).where(answers.c.tenant == unit.tenant, answers.c.about == id))
    unit.execute(
        update(encounters)
        .where(encounters.c.tenant == unit.tenant, encounters.c.id == id)
        .values(reference=id, context="{}", purged_at=stamp(unit.at), version=encounters.c.version + 1)
    )
    audit.record(unit, audit.PURGED, id)
