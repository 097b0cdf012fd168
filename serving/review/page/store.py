"""From the store to what the page is given: reads, joins names and descriptions, and decides nothing."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, select

from chartlight import Determination
from chartlight.codec import decode
from chartlight.evidence import Evidence
from chartlight.labels import Level
from rules.codesets.reader import open_release
from serving.people.roles import Actor, Role
from serving.review.beside import decided as standing
from serving.review.judge import judge, neighbours, offered
from serving.review.order import told
from serving.review.page.visit import (
    LEVEL,
    SeenService,
    ShownChange,
    ShownDocument,
    ShownRuling,
    ShownVisit,
)
from serving.review.page.words import LEVELS
from serving.review.seen import STATEMENT
from serving.review.visit import State, Visit, facts_after
from serving.store.database import Unit
from serving.store.tables import documents, reopenings, users

CODERS = frozenset({Role.CODER, Role.SENIOR_CODER})


@dataclass(frozen=True, slots=True)
class Names:
    """The log-in names of a practice by the ids that the store keeps."""

    by_id: Mapping[str, str]

    def of(self, id: str | None) -> str:
        """A name, or the id of somebody who is no longer known."""
        return self.by_id.get(id or "", id or "")


def names(unit: Unit) -> Names:
    """Everybody of the practice."""
    rows = unit.execute(select(users.c.id, users.c.login).where(users.c.tenant == unit.tenant))
    return Names({row.id: row.login for row in rows})


def shown(unit: Unit, visit: Visit, actor: Actor, people: Names, *, is_read_only: bool = False) -> ShownVisit:
    """The visit as the page shows it to one person."""
    found = visit.determination
    is_open = visit.row.state != State.FINALISED
    rulings = {about: _ruling(r, people) for about, r in visit.rulings.items()}
    is_coder = actor.role in CODERS and not is_read_only
    rows = offered(visit.context, Determination(code=None) if visit.is_withheld else found)
    return ShownVisit(
        id=visit.id,
        reference=visit.row.reference,
        version=visit.row.version,
        state=visit.row.state,
        proposal=visit.proposal,
        documents=tuple(_document(unit, visit, d) for d in visit.documents),
        facts=visit.facts,
        context=visit.context,
        determination=found,
        before=_before(visit),
        neighbours={} if visit.is_withheld else neighbours(visit.context, found),
        offered=tuple((row.code, _said(row.mdm, row.minutes)) for row in rows),
        rulings=rulings,
        order=visit.order,
        is_own_order=visit.order != visit.suggested,
        first_listed=told(visit.first_departs, visit.context.date_of_service),
        changes=_changes(visit, people),
        seen=tuple(_seen(visit)),
        seen_statement=STATEMENT,
        is_withheld=visit.is_withheld,
        own_level=_own_level(visit),
        attention=visit.row.attention,
        claimed_by=people.of(visit.row.claimed_by) or None,
        may_act=is_coder and is_open and visit.row.claimed_by in (None, actor.id),
        may_reopen=is_coder and not is_open,
        decision=decided(visit.decision, people) if visit.decision is not None else None,
        descriptions=_descriptions(visit, [str(r.final) for r in rulings.values() if r.about != LEVEL and r.final]),
    )


def own_codes(visit: Visit) -> dict[str, str]:
    """For a blind visit: the code of each level where circumstances leave only one, which tells nothing of the proposal."""
    rows = offered(visit.context, Determination(code=None))
    found = {level.value: [row.code for row in rows if level in row.mdm] for level in Level}
    return {level: codes[0] if len(codes) == 1 else "" for level, codes in found.items()}


def decided(row: Row[Any], people: Names) -> dict[str, Any]:
    """What a decision says, with the name of who signed it."""
    body = json.loads(row.body) if row.body is not None else {}
    beside = []
    if body:
        found = decode(Determination, body["determination"])
        beside = [one["about"] for one in standing(found, body["code"], body["rulings"]) if one["stands"]]
    return {
        "id": row.id,
        "number": row.number,
        "code": body.get("code"),
        "beside": beside,
        "diagnoses": body.get("diagnoses", []),
        "rulings": body.get("rulings", []),
        "amendments": body.get("amendments", []),
        "author": people.of(row.author),
        "made_at": row.made_at,
        "digest": row.digest,
    }


def reasons(unit: Unit, visit: Visit, people: Names) -> list[dict[str, str]]:
    """Why the visit was reopened, each time."""
    r = reopenings
    query = select(r).where(r.c.tenant == unit.tenant, r.c.encounter_id == visit.id).order_by(r.c.id)
    return [
        {"reason": row.reason or "", "author": people.of(row.author), "made_at": row.made_at}
        for row in unit.execute(query)
    ]


def _ruling(r: Any, people: Names) -> ShownRuling:
    return ShownRuling(
        about=r.about,
        verdict=r.verdict,
        final=r.final,
        rejection=r.rejection,
        author=people.of(r.author),
        made_at=r.made_at,
    )


def _document(unit: Unit, visit: Visit, row: Row[Any]) -> ShownDocument:
    previous = None
    if row.version > 1:
        d = documents
        mine = (d.c.tenant == unit.tenant) & (d.c.encounter_id == visit.id) & (d.c.name == row.name)
        previous = unit.execute(select(d.c.text).where(mine, d.c.version == row.version - 1)).scalar_one_or_none()
    is_alone = bool(visit.row.is_single_text)
    return ShownDocument(
        name=row.name if row.name != visit.id else "Note",
        key=None if is_alone else row.name,
        text=row.text or "",
        kind=row.kind,
        author=row.author,
        signed=row.signed,
        version=row.version,
        previous=previous,
        received_at=row.received_at,
        warnings=tuple(json.loads(row.warnings)),
    )


def _before(visit: Visit) -> Determination | None:
    """The determination without the last change that is in force."""
    changes = visit.in_force
    if not changes:
        return None
    earlier = changes[:-1]
    context = next((a.context for a in reversed(earlier) if a.context is not None), visit.proposal.context)
    facts = facts_after(visit.proposal.facts, [(a.added, a.removed) for a in earlier])
    return judge(facts, context, visit.services, visit.proposal.document_kind)


def _changes(visit: Visit, people: Names) -> tuple[ShownChange, ...]:
    withdrawn = {a.withdraws for a in visit.amendments}
    return tuple(
        ShownChange(id=a.id, author=people.of(a.author), made_at=a.made_at, reason=a.amendment.reason)
        for a in visit.amendments
        if a.withdraws is None and a.id not in withdrawn
    )


def _seen(visit: Visit) -> list[SeenService]:
    return [
        SeenService(kind=one["kind"], item=one["item"], evidence=tuple(decode(Evidence, e) for e in one["evidence"]))
        for one in json.loads(visit.proposal_row.seen or "[]")
    ]


def _own_level(visit: Visit) -> str | None:
    row = visit.level
    if row is None:
        return None
    said = LEVELS[Level(row.level)].replace("\u00ad", "").lower()
    return f"{row.code}, {said}" if row.code else said


def _said(levels: Sequence[Level], minutes: int | None) -> str:
    words = [" or ".join(LEVELS[level].replace("\u00ad", "").lower() for level in levels)] if levels else []
    words += [f"from {minutes} minutes"] if minutes is not None else []
    return ", ".join(words)


def _descriptions(visit: Visit, codes: Sequence[str]) -> dict[str, str]:
    if not codes or visit.context.date_of_service is None:
        return {}
    catalogue = open_release(visit.context.date_of_service)
    return {code: catalogue.description(code) for code in codes if code in catalogue}
