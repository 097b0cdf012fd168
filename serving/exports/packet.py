"""What an export is made from: one decision with its facts, argument, rulings, versions, and its part of the audit trail."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row, select

from chartlight import Determination
from chartlight.codec import decode
from rules.explain import explain
from serving.refusal import Refusal, Refused
from serving.review.beside import decided, is_beside
from serving.review.order import departure, told
from serving.review.visit import LEVEL
from serving.store import audit
from serving.store.database import Unit
from serving.store.moments import moment
from serving.store.tables import decisions, documents, encounters, proposals, users


@dataclass(frozen=True, slots=True, kw_only=True)
class Packet:
    """One decision and all that speaks for it; quotations are not in ``repr``."""

    practice: str
    time_zone: str
    encounter: dict[str, Any]
    decision: dict[str, Any] = field(repr=False)
    facts: list[dict[str, Any]] = field(repr=False)
    context: dict[str, Any] = field(repr=False)
    diagnoses: list[dict[str, Any]] = field(repr=False)
    first_listed: str
    beside: list[dict[str, Any]]
    sentences: list[str] = field(repr=False)
    documents: list[dict[str, Any]]
    versions: dict[str, Any]
    trail: list[dict[str, Any]]
    number: int
    decided_by: str
    decided_at: str
    in_force: bool
    digest: str

    @property
    def determination(self) -> dict[str, Any]:
        """What the rules gave for the facts as amended."""
        found: dict[str, Any] = self.decision["determination"]
        return found

    def standing(self, kind: str) -> list[dict[str, Any]]:
        """The add-ons (``add_on``) or modifiers (``modifier``) that the person let stand."""
        return [one for one in self.beside if one["stands"] and one["kind"] == kind]

    @property
    def level(self) -> dict[str, Any]:
        """The ruling on the level."""
        return next(r for r in self.decision["rulings"] if r["about"] == LEVEL)

    def local(self, stamped: str) -> str:
        """A moment in the practice's time zone, for people."""
        return f"{moment(stamped).astimezone(ZoneInfo(self.time_zone)):%Y-%m-%d %H:%M} {self.time_zone}"


def packet_of(unit: Unit, encounter_id: str, *, practice: str, time_zone: str, number: int | None = None) -> Packet:
    """The packet of a decision of a visit, the newest where no number is given; raises ``Refusal`` where there is none."""
    d = decisions
    query = select(d).where(d.c.tenant == unit.tenant, d.c.encounter_id == encounter_id)
    if number is not None:
        query = query.where(d.c.number == number)
    row = unit.execute(query.order_by(d.c.number.desc()).limit(1)).one_or_none()
    if row is None:
        raise Refusal(Refused.NOT_FOUND, "no decision of this visit; only what a person has signed is exported")
    if row.body is None:
        raise Refusal(Refused.NOT_FOUND, "the texts of this visit were removed when their time of retention ended")
    return _packet(unit, row, practice, time_zone)


def _packet(unit: Unit, row: Row[Any], practice: str, time_zone: str) -> Packet:
    body, kept = json.loads(row.body), json.loads(row.replay)
    determination = decode(Determination, body["determination"])
    visit = _one(unit, encounters, row.encounter_id)
    proposal = _one(unit, proposals, row.proposal_id)
    read = json.loads(proposal.documents)
    author = _one_or_none(unit, users, row.author)
    texts = [_one(unit, documents, id) for id in read]
    events = audit.events(unit, about=row.encounter_id, limit=10_000)
    return Packet(
        practice=practice,
        time_zone=time_zone,
        encounter={"id": visit.id, "reference": visit.reference, "date_of_service": visit.date_of_service},
        decision=body,
        facts=kept["facts"],
        context=kept["context"],
        diagnoses=_diagnoses(body, json.loads(proposal.body)),
        first_listed=_first_listed(body, json.loads(proposal.body)),
        beside=decided(determination, body["code"], body["rulings"]),
        sentences=explain(determination).splitlines(),
        documents=[
            {
                "name": t.name,
                "version": t.version,
                "type": t.kind,
                "author": t.author,
                "signed": t.signed,
                "digest": t.digest,
            }
            for t in texts
        ],
        versions=json.loads(row.versions),
        trail=[{"number": e.number, "at": e.at, "actor": e.actor, "action": e.action, "hash": e.hash} for e in events],
        number=row.number,
        decided_by=author.login if author is not None else row.author,
        decided_at=row.made_at,
        in_force=visit.decision_id == row.id and visit.state == "finalised",
        digest=row.digest,
    )


def _diagnoses(body: dict[str, Any], proposal: dict[str, Any]) -> list[dict[str, Any]]:
    """The final codes in order, each with the verdict, what was suggested, and the words that it rests on."""
    suggested = {d["code"]: d for d in (*proposal["diagnoses"], *proposal["more"])}
    ruled = {r["final"]: r for r in body["rulings"] if r["final"] and r["about"] != LEVEL and not is_beside(r["about"])}
    out = []
    for code in body["diagnoses"]:
        ruling = ruled[code]
        source = suggested.get(ruling["about"], {})
        out.append(
            {
                "code": code,
                "verdict": ruling["verdict"],
                "suggested": ruling["about"] if ruling["about"] in suggested else None,
                "evidence": source.get("evidence", []),
            }
        )
    return out


def _first_listed(body: dict[str, Any], proposal: dict[str, Any]) -> str:
    """Where the person's order departs from the first code that was suggested of those that stand; empty where it does not."""
    places = [d["code"] for d in (*proposal["diagnoses"], *proposal["more"])]
    ruled = [r for r in body["rulings"] if r["final"] in body["diagnoses"]]
    ruled.sort(key=lambda r: places.index(r["about"]) if r["about"] in places else len(places))
    day = body["determination"].get("date_of_service")
    found = departure([r["final"] for r in ruled], body["diagnoses"])
    return told(found, date.fromisoformat(day) if day else None)


def _one(unit: Unit, table: Any, id: str) -> Row[Any]:
    found = _one_or_none(unit, table, id)
    assert found is not None, "rows that others name are never removed"
    return found


def _one_or_none(unit: Unit, table: Any, id: str) -> Row[Any] | None:
    row: Row[Any] | None = unit.execute(
        select(table).where(table.c.tenant == unit.tenant, table.c.id == id)
    ).one_or_none()
    return row


def listed(
    unit: Unit, *, since: datetime | None, until: datetime | None, after: str, limit: int, only_in_force: bool = True
) -> list[Row[Any]]:
    """Decisions of a period in the order in which they were made; of visits that are finalised, and the newest of each, unless all are asked for."""
    from serving.store.moments import stamp

    d, e = decisions, encounters
    query = (
        select(d)
        .join(e, (e.c.tenant == d.c.tenant) & (e.c.id == d.c.encounter_id))
        .where(d.c.tenant == unit.tenant, d.c.id > after, d.c.body.is_not(None))
    )
    if only_in_force:
        query = query.where(e.c.decision_id == d.c.id, e.c.state == "finalised")
    if since is not None:
        query = query.where(d.c.made_at >= stamp(since))
    if until is not None:
        query = query.where(d.c.made_at < stamp(until))
    return list(unit.execute(query.order_by(d.c.id).limit(limit)))


def packets(unit: Unit, rows: list[Row[Any]], *, practice: str, time_zone: str) -> list[Packet]:
    """The packets of decisions."""
    return [_packet(unit, row, practice, time_zone) for row in rows]
