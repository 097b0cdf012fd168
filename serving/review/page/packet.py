"""The defence packet of a finalised visit: the decision as it was signed, with the words, the argument and the versions behind it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import select

from chartlight import Decision, EncounterContext, Evidence, Proposal
from chartlight.codec import decode, decode_fact
from rules.explain import explain
from serving.people.roles import Actor
from serving.review.page.store import Names, reasons, shown
from serving.review.page.view import ReviewView, review
from serving.review.page.words import REJECTIONS, VERDICTS, name_of, nature_of
from serving.review.visit import LEVEL, Visit, one_of
from serving.store.database import Unit
from serving.store.tables import documents, proposals


@dataclass(frozen=True, slots=True, kw_only=True)
class Quoted:
    """A fact or a code with its words and where they stand."""

    id: str
    said: str = field(repr=False)
    words: tuple[tuple[str, str], ...] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Packet:
    """What is printed; ``view`` shows the visit as it was decided."""

    view: ReviewView
    decision: Decision
    author: str
    made_at: str
    number: int
    digest: str
    diagnoses: tuple[Quoted, ...]
    facts: tuple[Quoted, ...]
    rulings: tuple[tuple[str, str, str], ...]
    changes: tuple[tuple[str, str, str], ...]
    reopenings: tuple[dict[str, str], ...]
    argument: tuple[str, ...]
    documents: tuple[tuple[str, str, str], ...]


def packet(unit: Unit, visit: Visit, actor: Actor, people: Names) -> Packet:
    """The packet of the present decision; the visit must have one."""
    row = visit.decision
    assert row is not None
    decision = decode(Decision, json.loads(row.body))
    kept = json.loads(row.replay)
    proposed = one_of(unit, proposals, row.proposal_id)
    assert proposed is not None, "a decision rests on a proposal"
    now = shown(unit, visit, actor, people)
    proposal = decode(Proposal, json.loads(proposed.body))
    texts = _texts(unit, json.loads(proposed.documents), single=bool(visit.row.is_single_text))
    then = replace(
        now,
        proposal=proposal,
        facts=tuple(decode_fact(fact, id=fact["id"]) for fact in kept["facts"]),
        context=decode(EncounterContext, kept["context"]),
        determination=decision.determination,
        before=None,
        is_withheld=False,
        may_act=False,
        documents=tuple(replace(d, text=texts.get(d.key, d.text), previous=None) for d in now.documents),
    )
    by_code = {d.code: d for d in (*proposal.diagnoses, *proposal.more)}
    return Packet(
        view=review(then),
        decision=decision,
        author=people.of(row.author),
        made_at=row.made_at,
        number=row.number,
        digest=row.digest,
        diagnoses=tuple(_diagnosis(code, decision, by_code, then.descriptions, texts) for code in decision.diagnoses),
        facts=tuple(
            Quoted(id=f.id, said=f"{name_of(f)}: {nature_of(f)}", words=_words(f.evidence, texts)) for f in then.facts
        ),
        rulings=tuple(
            (
                r.about,
                VERDICTS.get(r.verdict.value, r.verdict.value),
                REJECTIONS[r.rejection] if r.rejection else r.final or "",
            )
            for r in decision.rulings
        ),
        changes=tuple((people.of(a.author), a.made_at.isoformat(), _changed(a)) for a in decision.amendments),
        reopenings=tuple(reasons(unit, visit, people)),
        argument=tuple(explain(decision.determination).splitlines()),
        documents=tuple(
            (d.name, f"version {d.version}", proposal_digest)
            for d, proposal_digest in _digests(then.documents, proposal)
        ),
    )


def _diagnosis(
    code: str, decision: Decision, by_code: dict[str, Any], descriptions: Any, texts: dict[str | None, str]
) -> Quoted:
    about = next((r.about for r in decision.rulings if r.final == code and r.about != LEVEL), code)
    suggestion = by_code.get(about)
    said = descriptions.get(code) or (by_code[code].description if code in by_code else "")
    return Quoted(id=code, said=said, words=_words(suggestion.evidence, texts) if suggestion else ())


def _words(evidence: tuple[Evidence, ...], texts: dict[str | None, str]) -> tuple[tuple[str, str], ...]:
    """Quotations with the line on which each begins."""
    return tuple((e.quote, f"line {texts.get(e.document, '').count(chr(10), 0, e.start) + 1}") for e in evidence)


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


def _digests(shown_documents: Any, proposal: Proposal) -> list[tuple[Any, str]]:
    digests = dict(proposal.notes)
    return [(d, digests.get(d.name, next(iter(digests.values()), ""))) for d in shown_documents]
