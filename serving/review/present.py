"""A visit as JSON data for pages and systems; what a blind visit withholds is left out here, in one place."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

from sqlalchemy import Row, select

from chartlight.codec import encode
from rules.explain import explain
from rules.flip import flip
from rules.flip import told as told_flips
from serving.review.decide import open_rulings
from serving.review.judge import given, neighbours, replay_of
from serving.review.order import told
from serving.review.seen import STATEMENT
from serving.review.visit import Ruled, Visit
from serving.store.database import Unit
from serving.store.moments import canonical
from serving.store.tables import decisions, documents, levels, proposals, reopenings

TELLS_THE_LEVEL = ("facts", "diagnoses", "more", "set_aside", "questions", "warnings")
"""Members of a proposal from which one could tell the proposed level; a blind visit shows none of them."""


def summary(row: Row[Any]) -> dict[str, Any]:
    """An encounter without its texts, its level and its codes: what lists show."""
    return {
        "id": row.id,
        "reference": row.reference,
        "state": row.state,
        "version": row.version,
        "blind": bool(row.blind),
        "attention": row.attention,
        "claimed_by": row.claimed_by,
        "claimed_at": row.claimed_at,
        "date_of_service": row.date_of_service,
        "created_at": row.created_at,
        "updated_at": row.updated_at,
    }


def document(row: Row[Any], *, with_text: bool = False) -> dict[str, Any]:
    """A document; its text only where it is asked for."""
    told: dict[str, Any] = {
        "id": row.id,
        "name": row.name,
        "version": row.version,
        "type": row.kind,
        "author": row.author,
        "signed": row.signed,
        "digest": row.digest,
        "format": row.format,
        "warnings": json.loads(row.warnings),
        "received_at": row.received_at,
        "characters": len(row.text) if row.text is not None else None,
    }
    return told | {"text": row.text} if with_text else told


def encounter(unit: Unit, visit: Visit) -> dict[str, Any]:
    """An encounter with its documents and the history of proposals, decisions and reopenings."""
    return summary(visit.row) | {
        "is_single_text": bool(visit.row.is_single_text),
        "documents": [document(d) for d in visit.documents],
        "proposals": [
            {"id": p.id, "number": p.number, "made_at": p.made_at, "versions": json.loads(p.versions)}
            for p in _history(unit, proposals, visit.id)
        ],
        "decisions": [
            {"id": d.id, "number": d.number, "made_at": d.made_at, "author": d.author}
            for d in _history(unit, decisions, visit.id)
        ],
        "reopenings": [
            {"decision": r.decision_id, "reason": r.reason, "author": r.author, "made_at": r.made_at}
            for r in _history(unit, reopenings, visit.id)
        ],
    }


def _history(unit: Unit, table: Any, encounter_id: str) -> list[Row[Any]]:
    query = select(table).where(table.c.tenant == unit.tenant, table.c.encounter_id == encounter_id)
    return list(unit.execute(query.order_by(table.c.id)))


def all_documents(unit: Unit, encounter_id: str) -> list[Row[Any]]:
    """Every version of every document of an encounter, oldest first."""
    d = documents
    query = select(d).where(d.c.tenant == unit.tenant, d.c.encounter_id == encounter_id)
    return list(unit.execute(query.order_by(d.c.id, d.c.version)))


def proposal(visit: Visit) -> dict[str, Any]:
    """The proposal, and beside it the facts, context and determination as amended, with the rulings in force.

    Where the level is withheld, ``determination`` is null in both, and the facts, diagnoses and words that would tell it are left out.
    """
    withheld = visit.is_withheld
    proposed = encode(visit.proposal)
    if withheld:
        proposed |= {"determination": None} | {name: [] for name in TELLS_THE_LEVEL}
    return {
        "encounter": summary(visit.row),
        "number": visit.proposal_row.number,
        "id": visit.proposal_row.id,
        "made_at": visit.proposal_row.made_at,
        "withheld": withheld,
        "proposal": proposed,
        "current": {
            "facts": [] if withheld else encode(visit.facts),
            "context": encode(visit.context),
            "services": encode(visit.services),
            "determination": None if withheld else encode(visit.determination),
        },
        "neighbours": None if withheld else neighbours(visit.context, visit.determination),
        "level_entered": _level(visit),
        "amendments": [
            {
                "id": a.id,
                "number": a.number,
                "author": a.author,
                "made_at": a.made_at,
                "withdraws": a.withdraws,
                "added": encode(a.amendment.added),
                "removed": list(a.amendment.removed),
                "context": encode(a.amendment.context),
                "reason": a.amendment.reason,
            }
            for a in (() if withheld else visit.amendments)
        ],
        "rulings": [] if withheld else [ruling(r) for r in visit.rulings.values()],
        "order": None if withheld else order(visit),
        "open": list(open_rulings(visit)),
        "services_seen": {"statement": STATEMENT, "items": [] if withheld else json.loads(visit.proposal_row.seen)},
    }


def _level(visit: Visit) -> dict[str, Any] | None:
    row = visit.level
    if row is None:
        return None
    return {"level": row.level, "code": row.code, "author": row.author, "made_at": row.made_at}


def order(visit: Visit) -> dict[str, Any]:
    """The diagnoses in order, whether a person gave it, and in words where it departs from what the rules suggest first."""
    return {
        "diagnoses": list(visit.order),
        "by_person": visit.order != visit.suggested,
        "first_listed": told(visit.first_departs, visit.context.date_of_service),
    }


def ruling(r: Ruled) -> dict[str, Any]:
    """A ruling in force."""
    return {
        "about": r.about,
        "verdict": r.verdict,
        "final": r.final,
        "rejection": r.rejection,
        "author": r.author,
        "made_at": r.made_at,
    }


def argument(visit: Visit) -> dict[str, Any]:
    """The argument of the determination as amended: trace, sentences, ledger, neighbours, and what would change the code."""
    if visit.is_withheld:
        return {
            "withheld": True,
            "code": None,
            "trace": [],
            "sentences": [],
            "ledger": [],
            "neighbours": None,
            "flips": [],
        }
    found = visit.determination
    return {
        "withheld": False,
        "code": found.code,
        "trace": encode(found.trace),
        "sentences": explain(found).splitlines(),
        "ledger": encode(found.ledger),
        "neighbours": neighbours(visit.context, found),
        "flips": list(
            _flips(canonical(replay_of(visit.facts, visit.context, visit.services, visit.proposal.document_kind)))
        ),
    }


@lru_cache(maxsize=512)
def _flips(case: str) -> tuple[str, ...]:
    """What would change the code, in sentences; judging a case anew takes up to a second, and a page asks often."""
    facts, context, services, _ = given(json.loads(case))
    return tuple(told_flips(flip(facts, context, services)))


def decision(row: Row[Any]) -> dict[str, Any]:
    """A decision as it was signed."""
    return {
        "id": row.id,
        "encounter": row.encounter_id,
        "number": row.number,
        "made_at": row.made_at,
        "author": row.author,
        "versions": json.loads(row.versions),
        "decision": json.loads(row.body) if row.body is not None else None,
    }


def entered_levels(unit: Unit, encounter_id: str) -> list[dict[str, Any]]:
    """Levels that people entered before they saw the proposed one."""
    query = select(levels).where(levels.c.tenant == unit.tenant, levels.c.encounter_id == encounter_id)
    return [
        {"proposal": r.proposal_id, "level": r.level, "code": r.code, "author": r.author, "made_at": r.made_at}
        for r in unit.execute(query.order_by(levels.c.id))
    ]


def all_decisions(unit: Unit, encounter_id: str) -> list[Row[Any]]:
    """Every decision of an encounter, oldest first."""
    return _history(unit, decisions, encounter_id)
