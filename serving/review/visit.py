"""One visit as stored: its documents, the current proposal, amendments, rulings, and what they come to together."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import Row, Table, select, update

from chartlight import (
    Amendment,
    AnyFact,
    Determination,
    Document,
    Encounter,
    EncounterContext,
    Note,
    Proposal,
    Service,
)
from chartlight.codec import decode, decode_services
from chartlight.decision import Verdict
from chartlight.labels import Label
from serving.people.roles import Actor
from serving.refusal import Refusal, Refused
from serving.review.beside import Beside, beside
from serving.review.judge import judge
from serving.review.order import Move, Side, departure, ordered
from serving.store.database import Unit
from serving.store.moments import stamp
from serving.store.tables import amendments, decisions, documents, encounters, levels, proposals, rulings

LEVEL = "level"
"""What a ruling on the E/M code is about."""
SIDES = frozenset(side.value for side in Side)
"""Rulings that tell the place of a diagnosis and no verdict on it; ``final`` is then the other diagnosis."""


class State(Label):
    """How far a visit is."""

    OPEN = "open", "waits, or is in review where somebody has claimed it"
    FINALISED = "finalised", "decided"


class Attention(Label):
    """Why a visit needs a look although its state does not say so."""

    DOCUMENT_AFTER_DECISION = "document_after_decision", "a document came or changed after the decision"
    DOCUMENT_DURING_REVIEW = "document_during_review", "a document came or changed after rulings were made"
    REOPENED = "reopened", "it was finalised before and reopened with a reason"


@dataclass(frozen=True, slots=True)
class Amended:
    """One amendment as stored; ``withdraws`` names an earlier one that it takes back, and then it changes nothing else."""

    id: str
    number: int
    author: str
    made_at: str
    amendment: Amendment
    withdraws: str | None


@dataclass(frozen=True, slots=True)
class Ruled:
    """The ruling in force on one thing of the proposal."""

    id: str
    about: str
    verdict: str
    final: str | None
    rejection: str | None
    author: str
    made_at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """A visit loaded in one transaction; texts and bodies are not in ``repr``."""

    row: Row[Any] = field(repr=False)
    documents: tuple[Row[Any], ...] = field(repr=False)
    proposal_row: Row[Any] = field(repr=False)
    proposal: Proposal = field(repr=False)
    amendments: tuple[Amended, ...] = field(repr=False)
    rulings: dict[str, Ruled] = field(repr=False)
    moves: tuple[Move, ...] = field(repr=False)
    added: tuple[str, ...] = field(repr=False)
    level: Row[Any] | None = field(repr=False)
    decision: Row[Any] | None = field(repr=False)

    @property
    def id(self) -> str:
        """Our id of the encounter."""
        return str(self.row.id)

    @property
    def in_force(self) -> tuple[Amendment, ...]:
        """The amendments that nobody has withdrawn, in order."""
        withdrawn = {a.withdraws for a in self.amendments}
        return tuple(a.amendment for a in self.amendments if a.withdraws is None and a.id not in withdrawn)

    @property
    def facts(self) -> tuple[AnyFact, ...]:
        """The facts of the proposal as amended."""
        return facts_after(self.proposal.facts, [(a.added, a.removed) for a in self.in_force])

    @property
    def context(self) -> EncounterContext:
        """The context of the proposal as amended."""
        return next((a.context for a in reversed(self.in_force) if a.context is not None), self.proposal.context)

    @property
    def services(self) -> tuple[Service, ...]:
        """Other services of the date, as the sender gave them."""
        return decode_services(json.loads(self.proposal_row.services))

    @property
    def suggested(self) -> tuple[str, ...]:
        """The diagnoses as suggested, and behind them those that a person ever added, so that a move keeps its meaning."""
        return tuple(dict.fromkeys([*(d.code for d in (*self.proposal.diagnoses, *self.proposal.more)), *self.added]))

    @property
    def order(self) -> tuple[str, ...]:
        """The diagnoses as a person ordered them; as suggested where nobody did."""
        return ordered(self.suggested, self.moves)

    @property
    def first_departs(self) -> tuple[str, str] | None:
        """The code that stands first and the one suggested first, where a person's order departs; rejected ones count for nothing."""
        shown = {d.code for d in self.proposal.diagnoses} - {r.about for r in self.rulings.values() if r.final is None}
        shown |= {r.about for r in self.rulings.values() if r.final is not None}  # level and add-ons are in no order
        standing = [about for about in self.suggested if about in shown]
        found = departure(standing, [about for about in self.order if about in shown])
        if found is None:
            return None
        finals = [self.rulings[about].final if about in self.rulings else about for about in found]
        return str(finals[0]), str(finals[1])

    @property
    def determination(self) -> Determination:
        """What the rules determine of the facts as amended; the confidence is told only of what was proposed."""
        found = judge(self.facts, self.context, self.services, self.proposal.document_kind)
        return found if self.in_force else replace(found, confidence=self.proposal.determination.confidence)

    @property
    def beside(self) -> dict[str, Beside]:
        """Add-ons and modifiers that the rules put beside the code, by the names under which they are ruled on."""
        return beside(self.determination)

    @property
    def is_withheld(self) -> bool:
        """Whether the level must not be shown yet: a blind visit whose level nobody has entered."""
        return bool(self.row.blind) and self.level is None and self.decision is None

    def texts(self) -> dict[str | None, str]:
        """The texts by the names that evidence uses; None where the encounter is a single text. Purged ones are missing."""
        rows = {d.name: d.text for d in self.documents if d.text is not None}
        return {None: next(iter(rows.values()))} if self.row.is_single_text and rows else dict(rows)


def facts_after(
    facts: Sequence[AnyFact], changes: Iterable[tuple[Sequence[AnyFact], Sequence[str]]]
) -> tuple[AnyFact, ...]:
    """Facts after changes (added, removed): an added one takes the place of the one with its id, or stands at the end."""
    now = {f.id: f for f in facts}
    for added, removed in changes:
        new = {f.id: f for f in added}
        for id in removed:
            if id not in new:
                now.pop(id, None)
        now |= new
    return tuple(now.values())


def locked(unit: Unit, id: str, *, version: int | None = None) -> Row[Any]:
    """The encounter's row, kept from other writers until the transaction ends; raises ``Refusal`` where it is unknown or has changed."""
    query = select(encounters).where(encounters.c.tenant == unit.tenant, encounters.c.id == id).with_for_update()
    row: Row[Any] | None = unit.execute(query).one_or_none()
    if row is None:
        raise Refusal(Refused.NOT_FOUND)
    if version is not None and row.version != version:
        raise Refusal(Refused.PRECONDITION_FAILED)
    return row


def load(unit: Unit, id: str, *, version: int | None = None, lock: bool = False) -> Visit:
    """A visit; ``lock`` keeps other writers away, ``version`` must be the present one. Raises ``Refusal``."""
    if lock or version is not None:
        row = locked(unit, id, version=version)
    else:
        query = select(encounters).where(encounters.c.tenant == unit.tenant, encounters.c.id == id)
        row = unit.execute(query).one_or_none()
        if row is None:
            raise Refusal(Refused.NOT_FOUND)
    if row.purged_at is not None:
        raise Refusal(Refused.NOT_FOUND, "the texts of this visit were removed when their time of retention ended")
    proposed = one_of(unit, proposals, row.proposal_id)
    assert proposed is not None, "an encounter is stored together with its proposal"
    ruled = _rulings(unit, proposed.id)
    return Visit(
        row=row,
        documents=current_documents(unit, id),
        proposal_row=proposed,
        proposal=decode(Proposal, json.loads(proposed.body)),
        amendments=_amendments(unit, proposed.id),
        rulings=ruled.in_force,
        moves=tuple(ruled.moves),
        added=tuple(ruled.added),
        level=_level(unit, proposed.id),
        decision=one_of(unit, decisions, row.decision_id),
    )


def one_of(unit: Unit, table: Table, id: str | None) -> Row[Any] | None:
    """The row of an id in the unit's tenant."""
    if id is None:
        return None
    row: Row[Any] | None = unit.execute(
        select(table).where(table.c.tenant == unit.tenant, table.c.id == id)
    ).one_or_none()
    return row


def current_documents(unit: Unit, encounter_id: str) -> tuple[Row[Any], ...]:
    """The newest version of every document of an encounter, in the order in which they first came."""
    d = documents
    rows = unit.execute(
        select(d).where(d.c.tenant == unit.tenant, d.c.encounter_id == encounter_id).order_by(d.c.version, d.c.id)
    )
    newest: dict[str, Row[Any]] = {}
    for row in rows:
        newest[row.name] = row
    return tuple(newest.values())


def encounter_of(row: Row[Any], texts: tuple[Row[Any], ...]) -> Encounter:
    """What the proposer reads, from stored rows; the encounter goes by our id, its documents by the sender's names."""
    return Encounter(
        id=row.id,
        documents=tuple(
            Document(note=Note(d.name, d.text), type=d.kind, author=d.author, signed=d.signed) for d in texts
        ),
        context=decode(EncounterContext, json.loads(row.context)),
        is_single_text=row.is_single_text,
    )


def changed(unit: Unit, row: Row[Any], **values: Any) -> int:
    """Write the encounter's row with the next version, which is returned; the row must be ``locked``."""
    version = int(row.version) + 1
    done = unit.execute(
        update(encounters)
        .where(encounters.c.tenant == unit.tenant, encounters.c.id == row.id, encounters.c.version == row.version)
        .values(version=version, updated_at=stamp(unit.at), **values)
    )
    if done.rowcount != 1:
        raise Refusal(Refused.PRECONDITION_FAILED)
    return version


def claimed(unit: Unit, row: Row[Any], actor: Actor) -> dict[str, Any]:
    """The values by which an act of the actor also claims the visit; raises ``Refusal`` where it is finalised or another's."""
    if row.state == State.FINALISED:
        raise Refusal(Refused.FINALISED)
    if row.claimed_by not in (None, actor.id):
        raise Refusal(Refused.CLAIMED_BY_ANOTHER)
    return {} if row.claimed_by else {"claimed_by": actor.id, "claimed_at": stamp(unit.at)}


def _amendments(unit: Unit, proposal_id: str) -> tuple[Amended, ...]:
    a = amendments
    query = select(a).where(a.c.tenant == unit.tenant, a.c.proposal_id == proposal_id).order_by(a.c.number)
    found = []
    for row in unit.execute(query):
        body = json.loads(row.body)
        amendment = decode(Amendment, body["amendment"])
        found.append(Amended(row.id, row.number, row.author, row.made_at, amendment, body["withdraws"]))
    return tuple(found)


@dataclass(slots=True)
class _Ruled:
    """All rulings of a proposal: those in force in their order, moves of diagnoses in theirs, and every code ever added."""

    in_force: dict[str, Ruled] = field(default_factory=dict)
    moves: list[Move] = field(default_factory=list)
    added: dict[str, None] = field(default_factory=dict)


def _rulings(unit: Unit, proposal_id: str) -> _Ruled:
    r = rulings
    query = select(r).where(r.c.tenant == unit.tenant, r.c.proposal_id == proposal_id).order_by(r.c.number)
    found = _Ruled()
    for row in unit.execute(query):
        if row.verdict in SIDES:
            found.moves.append(Move(row.about, Side(row.verdict), row.final))
            continue
        found.in_force.pop(row.about, None)  # the order is that of the rulings in force
        if row.verdict == Verdict.ADDED:
            found.added.pop(row.about, None)
            found.added[row.about] = None
        if row.verdict != "withdrawn":
            found.in_force[row.about] = Ruled(
                row.id, row.about, row.verdict, row.final, row.rejection, row.author, row.made_at
            )
    return found


def _level(unit: Unit, proposal_id: str) -> Row[Any] | None:
    query = select(levels).where(levels.c.tenant == unit.tenant, levels.c.proposal_id == proposal_id)
    row: Row[Any] | None = unit.execute(query).one_or_none()
    return row
