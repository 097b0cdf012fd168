"""Decisions: a person signs what the rulings come to; reopened only with a reason, never changed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, insert, select

from chartlight import Decision, Determination, Ruling
from chartlight.codec import encode
from chartlight.decision import Verdict
from chartlight.labels import RejectionReason
from serving.people.roles import Actor
from serving.refusal import Refusal, Refused
from serving.review.judge import replay, replay_of
from serving.review.visit import LEVEL, Attention, State, Visit, changed, claimed, load, locked
from serving.store import audit
from serving.store.database import Unit
from serving.store.moments import canonical, new_id, stamp
from serving.store.tables import decisions, reopenings


def open_rulings(visit: Visit) -> tuple[str, ...]:
    """What must still be ruled on before the visit can be finalised: the level, every diagnosis that is shown, and every add-on and modifier.

    Where the person has decided that there is no E/M code, nothing stands beside it, and nothing is asked for.
    """
    if visit.is_withheld:
        return (LEVEL,)
    level = visit.rulings.get(LEVEL)
    beside = () if level is not None and level.final is None else tuple(visit.beside)
    return tuple(a for a in (LEVEL, *(d.code for d in visit.proposal.diagnoses), *beside) if a not in visit.rulings)


def final_diagnoses(visit: Visit, order: Sequence[str] | None = None) -> tuple[str, ...]:
    """The codes that stand, in the order that the person gave them, or as ``order`` says; raises ``Refusal``."""
    places = visit.order
    ruled = [r for about, r in visit.rulings.items() if about in places and r.final is not None]
    ruled.sort(key=lambda r: places.index(r.about))
    codes = tuple(dict.fromkeys(str(r.final) for r in ruled))
    if order is None:
        return codes
    if sorted(order) != sorted(codes):
        raise Refusal(
            Refused.INVALID,
            "the order names every code that stands, each once",
            where=(("diagnoses", "not those that stand"),),
        )
    return tuple(order)


def decide(unit: Unit, actor: Actor, id: str, *, version: int, order: Sequence[str] | None = None) -> tuple[str, int]:
    """Finalise a visit; returns the decision's id and the visit's version. Raises ``Refusal`` where rulings are open.

    The level is always an explicit act: its ruling is never made here.
    """
    visit = load(unit, id, version=version)
    claimed(unit, visit.row, actor)
    lacking = open_rulings(visit)
    if lacking:
        raise Refusal(Refused.RULINGS_OPEN, where=tuple((about, "without a ruling") for about in lacking))
    decision = Decision(
        proposal=visit.proposal_row.id,
        decided_by=actor.id,
        decided_at=unit.at,
        code=visit.rulings[LEVEL].final,
        diagnoses=final_diagnoses(visit, order),
        determination=visit.determination,
        rulings=tuple(
            Ruling(
                about=r.about,
                verdict=Verdict(r.verdict),
                final=r.final,
                rejection=RejectionReason(r.rejection) if r.rejection else None,
            )
            for r in visit.rulings.values()
        ),
        amendments=visit.in_force,
    )
    count = unit.execute(
        select(func.count()).where(decisions.c.tenant == unit.tenant, decisions.c.encounter_id == id)
    ).scalar_one()
    row: dict[str, Any] = {
        "tenant": unit.tenant,
        "id": new_id("dec", unit.at),
        "encounter_id": id,
        "proposal_id": visit.proposal_row.id,
        "number": count + 1,
        "body": canonical(encode(decision)),
        "replay": canonical(replay_of(visit.facts, visit.context, visit.services, visit.proposal.document_kind)),
        "versions": visit.proposal_row.versions,
        "author": actor.id,
        "made_at": stamp(unit.at),
    }
    row["digest"] = audit.digest_of("decision", row)
    unit.execute(insert(decisions).values(**row))
    audit.record(unit, "decided", id, decision=row["id"], digest=row["digest"], number=row["number"])
    values = {"claimed_by": None, "claimed_at": None, "attention": None}
    return str(row["id"]), changed(unit, visit.row, state=State.FINALISED.value, decision_id=row["id"], **values)


def reopen(unit: Unit, actor: Actor, id: str, reason: str, *, version: int) -> int:
    """Open a finalised visit again; its decision stays as it is, and the next one stands beside it. Raises ``Refusal``."""
    row = locked(unit, id, version=version)
    if row.state != State.FINALISED:
        raise Refusal(Refused.NOT_FINALISED)
    told: dict[str, Any] = {
        "tenant": unit.tenant,
        "id": new_id("reo", unit.at),
        "encounter_id": id,
        "decision_id": row.decision_id,
        "reason": reason,
        "author": actor.id,
        "made_at": stamp(unit.at),
    }
    told["digest"] = audit.digest_of("reopening", told)
    unit.execute(insert(reopenings).values(**told))
    audit.record(unit, "reopened", id, reopening=told["id"], digest=told["digest"])
    return changed(
        unit,
        row,
        state=State.OPEN.value,
        attention=Attention.REOPENED.value,
        claimed_by=actor.id,
        claimed_at=stamp(unit.at),
    )


def replayed(body: str, kept: str) -> bool:
    """Whether the rules determine today what the decision says; its confidence is no matter of the rules."""
    stored = json.loads(body)["determination"]
    return _bare(stored) == _bare(encode(replay(json.loads(kept))))


def _bare(determination: dict[str, Any] | Determination) -> str:
    assert isinstance(determination, dict)
    return canonical({k: v for k, v in determination.items() if k != "confidence"})
