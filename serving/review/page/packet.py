"""The defence packet as a page: the export of a decision, shown with the note, its marks, and the grid as it was decided."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import select

from chartlight import Decision, EncounterContext, Evidence, Proposal
from chartlight.codec import decode, decode_fact
from rules.codesets.reader import open_release
from serving.exports.packet import Packet, packet_of
from serving.people.roles import Actor
from serving.review.page.store import Names, reasons, shown
from serving.review.page.view import ReviewView, review
from serving.review.page.words import REJECTIONS, VERDICTS, name_of, nature_of
from serving.review.visit import Visit, one_of
from serving.store.database import Unit
from serving.store.tables import documents, proposals


@dataclass(frozen=True, slots=True, kw_only=True)
class Quoted:
    """A fact or a code with its words and where they stand."""

    id: str
    said: str = field(repr=False)
    words: tuple[tuple[str, str], ...] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class PacketView:
    """What is printed: ``view`` shows the visit as it was decided, ``export`` holds the decision, versions and the trail."""

    view: ReviewView
    export: Packet
    decision: Decision
    diagnoses: tuple[Quoted, ...]
    beside: tuple[tuple[str, str, str, str], ...]
    facts: tuple[Quoted, ...]
    rulings: tuple[tuple[str, str, str], ...]
    changes: tuple[tuple[str, str, str], ...]
    reopenings: tuple[dict[str, str], ...]


def packet(unit: Unit, visit: Visit, actor: Actor, people: Names, *, practice: str, time_zone: str) -> PacketView:
    """The packet of the newest decision; raises ``Refusal`` where there is none."""
    export = packet_of(unit, visit.id, practice=practice, time_zone=time_zone)
    decision = decode(Decision, export.decision)
    proposed = one_of(unit, proposals, decision.proposal)
    assert proposed is not None, "a decision rests on a proposal"
    proposal = decode(Proposal, json.loads(proposed.body))
    texts = _texts(unit, json.loads(proposed.documents), single=bool(visit.row.is_single_text))
    now = shown(unit, visit, actor, people)
    then = replace(
        now,
        proposal=proposal,
        facts=tuple(decode_fact(fact, id=fact["id"]) for fact in export.facts),
        context=decode(EncounterContext, export.context),
        determination=decision.determination,
        before=None,
        is_withheld=False,
        may_act=False,
        documents=tuple(replace(d, text=texts[d.key], previous=None) for d in now.documents if d.key in texts),
    )
    return PacketView(
        view=review(then),
        export=export,
        decision=decision,
        diagnoses=tuple(_diagnosis(row, decision, texts) for row in export.diagnoses),
        beside=tuple(_beside(one) for one in export.beside),
        facts=tuple(
            Quoted(id=f.id, said=f"{name_of(f)}: {nature_of(f)}", words=_words(f.evidence, texts)) for f in then.facts
        ),
        rulings=tuple(
            (r.about, VERDICTS.get(r.verdict, r.verdict), REJECTIONS[r.rejection] if r.rejection else r.final or "")
            for r in decision.rulings
        ),
        changes=tuple((people.of(a.author), a.made_at.isoformat(), _changed(a)) for a in decision.amendments),
        reopenings=tuple(reasons(unit, visit, people)),
    )


def _diagnosis(row: dict[str, Any], decision: Decision, texts: dict[str | None, str]) -> Quoted:
    day = decision.determination.date_of_service
    catalogue = open_release(day) if day is not None else None
    said = catalogue.description(row["code"]) if catalogue is not None and row["code"] in catalogue else ""
    evidence = tuple(decode(Evidence, e) for e in row["evidence"])
    return Quoted(id=row["code"], said=said, words=_words(evidence, texts))


def _beside(one: dict[str, Any]) -> tuple[str, str, str, str]:
    """Code, what it goes on, what the person decided, and why the rules put it there."""
    if one["verdict"] == "rejected":
        said = f"rejected: {REJECTIONS[one['rejection']].lower()}"
    elif one["stands"]:
        said = VERDICTS[one["verdict"]] if one["verdict"] else "stands with the code"
    else:
        said = "falls away with the code as determined"
    code = f"{one['code']} × {one['units']}" if one["kind"] == "add_on" else f"-{one['code']}"
    return code, one["on"], said, one["because"]


def _words(evidence: tuple[Evidence, ...], texts: dict[str | None, str]) -> tuple[tuple[str, str], ...]:
    """Quotations with the line on which each begins."""
    told = []
    for e in evidence:
        line = texts.get(e.document, "").count("\n", 0, e.start) + 1
        told.append((e.quote, f"{e.document}, line {line}" if e.document else f"line {line}"))
    return tuple(told)


def _changed(amendment: Any) -> str:
    parts = [f"{len(amendment.added)} facts added or changed"] if amendment.added else []
    parts += [f"{len(amendment.removed)} removed"] if amendment.removed else []
    parts += ["circumstances changed"] if amendment.context is not None else []
    parts += [amendment.reason] if amendment.reason else []
    return "; ".join(parts)


def _texts(unit: Unit, ids: list[str], *, single: bool) -> dict[str | None, str]:
    """The texts that the proposal was made of, by the names that evidence uses."""
    d = documents
    rows = unit.execute(select(d).where(d.c.tenant == unit.tenant, d.c.id.in_(ids)))
    return {None if single else row.name: row.text or "" for row in rows}
