"""Amendments: a person changes facts or circumstances, and the rules run again at once; no model does."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import insert

from chartlight import Amendment, AnyFact, EncounterContext, Evidence, Source
from chartlight.codec import encode
from chartlight.labels import SourceKind
from chartlight.note import Span
from serving.people.roles import Actor
from serving.refusal import Refusal, Refused
from serving.review.rule import lapse
from serving.review.visit import Visit, changed, claimed, facts_after, load
from serving.store import audit
from serving.store.database import Unit
from serving.store.moments import canonical, new_id, stamp
from serving.store.tables import amendments

MOST = 200
"""Most amendments of one proposal, and most facts in one of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What a person changes: facts to add (one with a known id takes its place), ids to remove, another context; or what to take back."""

    added: tuple[AnyFact, ...] = field(default=(), repr=False)
    removed: tuple[str, ...] = ()
    context: EncounterContext | None = None
    reason: str = field(default="", repr=False)
    withdraws: str | None = None


def amend(unit: Unit, actor: Actor, id: str, change: Change, *, version: int) -> int:
    """Store an amendment; returns the visit's version. Raises ``Refusal`` for unknown facts, and quotations that are not verbatim.

    A ruling on the level, on an add-on or on a modifier falls away where that changes: what was confirmed is no longer what is determined.
    """
    visit = load(unit, id, version=version)
    values = claimed(unit, visit.row, actor)
    if visit.is_withheld:
        raise Refusal(Refused.LEVEL_NOT_ENTERED)
    _check(visit, change)
    made_by = Source(SourceKind.REVIEWER, actor.id)
    amendment = Amendment(
        proposal=visit.proposal_row.id,
        author=actor.id,
        made_at=unit.at,
        added=tuple(replace(f, source=made_by, confidence=None) for f in change.added),
        removed=change.removed,
        context=change.context,
        reason=change.reason,
    )
    row: dict[str, Any] = {
        "tenant": unit.tenant,
        "id": new_id("amd", unit.at),
        "encounter_id": id,
        "proposal_id": visit.proposal_row.id,
        "number": len(visit.amendments) + 1,
        "body": canonical({"amendment": encode(amendment), "withdraws": change.withdraws}),
        "author": actor.id,
        "made_at": stamp(unit.at),
    }
    row["digest"] = audit.digest_of("amendment", row)
    unit.execute(insert(amendments).values(**row))
    audit.record(
        unit, "amended", id, amendment=row["id"], digest=row["digest"], added=len(change.added),
        removed=len(change.removed), context=change.context is not None, withdraws=change.withdraws,
    )  # fmt: skip
    lapse(unit, visit, actor, load(unit, id))
    return changed(unit, visit.row, **values)


def _check(visit: Visit, change: Change) -> None:
    if len(visit.amendments) >= MOST or len(change.added) > MOST or len(change.removed) > MOST:
        raise Refusal(Refused.INVALID, f"more than {MOST} amendments or facts")
    if change.withdraws is not None:
        if change.added or change.removed or change.context:
            raise Refusal(Refused.INVALID, "an amendment that takes another back changes nothing else")
        open_ = {a.id for a in visit.amendments if a.withdraws is None} - {a.withdraws for a in visit.amendments}
        if change.withdraws not in open_:
            raise Refusal(Refused.UNKNOWN_FACT, "no amendment of that id is in force")
        return
    if not (change.added or change.removed or change.context):
        raise Refusal(Refused.INVALID, "an amendment adds or removes a fact, or gives another context")
    known = {f.id for f in visit.facts}
    for n, removed in enumerate(change.removed):
        if removed not in known:
            raise Refusal(Refused.UNKNOWN_FACT, where=((f"removed[{n}]", "unknown"),))
    ids = [f.id for f in change.added]
    if len(set(ids)) < len(ids):
        raise Refusal(Refused.INVALID, "two of the added facts have the same id")
    _check_links(visit, change)
    texts = visit.texts()
    for n, fact in enumerate(change.added):
        if not fact.evidence:
            raise Refusal(
                Refused.NOT_VERBATIM,
                "a fact needs the words that it rests on",
                where=((f"added[{n}].evidence", "empty"),),
            )
        for m, evidence in enumerate(fact.evidence):
            text = texts.get(evidence.document)
            if text is None or text[evidence.start : evidence.end] != evidence.quote or not evidence.quote:
                raise Refusal(Refused.NOT_VERBATIM, where=((f"added[{n}].evidence[{m}]", "not in the document"),))


def _check_links(visit: Visit, change: Change) -> None:
    """A data item counts once with a fact that is there."""
    after = {f.id for f in facts_after(visit.facts, [(change.added, change.removed)])}
    for n, fact in enumerate(change.added):
        link = getattr(fact, "counts_as", None)
        if link is not None and link not in after:
            raise Refusal(Refused.UNKNOWN_FACT, where=((f"added[{n}].counts_as", "unknown"),))


def quoted(visit_texts: dict[str | None, str], document: str | None, span: Span) -> Evidence:
    """The quotation at a place of a document, for a page that knows places alone; raises ``Refusal``."""
    text = visit_texts.get(document)
    if text is None or span.end > len(text) or not len(span):
        raise Refusal(Refused.NOT_VERBATIM)
    return Evidence(span, text[span.start : span.end], document=document)
