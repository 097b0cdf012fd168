"""Taking a visit in: recognise what is known, propose, and keep documents and proposal together.

Reading takes long and must not hold the database, so it happens between two looks: ``plan`` says what would be stored, ``keep`` stores it if
nothing has changed since, and raises ``Outdated`` otherwise.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field, fields, replace
from typing import Any, Protocol

from sqlalchemy import Row, func, insert, select

from chartlight import Document, Encounter, EncounterContext, Note, Proposal, Service
from chartlight.codec import decode, decode_services, encode
from serving.refusal import Refusal, Refused
from serving.review.judge import judge
from serving.review.visit import Attention, State, changed, current_documents, locked
from serving.store import audit
from serving.store.database import Unit
from serving.store.moments import canonical, new_id, stamp
from serving.store.tables import documents, encounters, practices, proposals, rulings

MOST_DOCUMENTS = 40
LONGEST_NAME = 200


class Outdated(Exception):
    """The encounter changed between ``plan`` and ``keep``: plan again."""


class Reader(Protocol):
    """What reads and proposes, and lists the services that a note tells of (``serving.review.reader``)."""

    def propose(self, encounter: Encounter) -> Proposal:
        """The proposal for one encounter; raises a ``ValueError`` of ours for a text that cannot be processed."""

    def seen(self, encounter: Encounter) -> list[dict[str, Any]]:
        """Services that the documents tell of and that are never proposed."""


@dataclass(frozen=True, slots=True)
class Submission:
    """What a sender gives. ``reference`` None: the sender has no id of its own, and the text alone tells whether it is known."""

    reference: str | None
    documents: tuple[Document, ...] = field(repr=False)
    context: EncounterContext
    services: tuple[Service, ...] = ()
    is_single_text: bool = True
    format: str = "text"
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What ``keep`` would store. ``version`` is that of the encounter when it was read, None for a new one."""

    submission: Submission
    encounter: Encounter = field(repr=False)
    services: tuple[Service, ...]
    version: int | None
    new: tuple[Document, ...] = field(repr=False)
    versions: tuple[int, ...]
    is_known: bool
    same_text: tuple[str, ...]
    proposal: Proposal | None = field(default=None, repr=False)
    seen: list[dict[str, Any]] = field(default_factory=list, repr=False)


@dataclass(frozen=True, slots=True)
class Kept:
    """What became of a submission; ``is_known`` where it brought nothing new, ``same_text`` other encounters with the same text."""

    encounter_id: str
    version: int
    is_new: bool
    is_known: bool
    changed_documents: tuple[str, ...]
    same_text: tuple[str, ...]


def plan(unit: Unit, submission: Submission, encounter_id: str | None = None) -> Plan:
    """Compare a submission with what is stored; ``encounter_id`` names the encounter that documents are added to. Raises ``Refusal``."""
    _check(submission)
    digests = {d.note.digest for d in submission.documents}
    same = _encounters_with(unit, digests)
    row = _row(unit, submission, same, encounter_id)
    if row is None:
        id = new_id("enc", unit.at)
        named = submission.documents
        if submission.is_single_text:
            named = (replace(named[0], note=Note(submission.reference or id, named[0].note.text)),)
        encounter = Encounter(
            id=id, documents=named, context=submission.context, is_single_text=submission.is_single_text
        )
        return Plan(
            submission=submission, encounter=encounter, services=submission.services, version=None, new=named,
            versions=(1,) * len(named), is_known=False, same_text=tuple(same),
        )  # fmt: skip
    return _further(unit, submission, row, tuple(id for id in same if id != row.id))


def _further(unit: Unit, submission: Submission, row: Row[Any], same: tuple[str, ...]) -> Plan:
    """Documents for an encounter that is there: those not yet known are new, or new versions of the one of their name."""
    stored = {d.name: d for d in current_documents(unit, row.id)}
    context = _merged(decode(EncounterContext, json.loads(row.context)), submission.context)
    services = submission.services or decode_services(json.loads(row.services))
    new, versions = [], []
    texts = {
        name: Document(note=Note(name, d.text), type=d.kind, author=d.author, signed=d.signed)
        for name, d in stored.items()
    }
    for document in submission.documents:
        name = document.note.id
        if submission.is_single_text:
            # a text without a name of its own is the single document, or is known by what it says
            alike = next((n for n, d in stored.items() if d.digest == document.note.digest), None)
            name = alike or (next(iter(stored)) if row.is_single_text else submission.reference or row.id)
        known = stored.get(name)
        if known is not None and known.digest == document.note.digest and known.signed in (document.signed, None):
            continue
        named = replace(document, note=Note(name, document.note.text))
        texts[name] = named
        new.append(named)
        versions.append(known.version + 1 if known is not None else 1)
    if len(texts) > MOST_DOCUMENTS:
        raise Refusal(Refused.INVALID, f"an encounter has at most {MOST_DOCUMENTS} documents")
    same_context = context == decode(EncounterContext, json.loads(row.context))
    same_services = encode(services) == json.loads(row.services)
    encounter = Encounter(
        id=row.id,
        documents=tuple(texts.values()),
        context=context,
        is_single_text=row.is_single_text and len(texts) == 1,
    )
    return Plan(
        submission=submission, encounter=encounter, services=services, version=row.version, new=tuple(new),
        versions=tuple(versions), is_known=not new and same_context and same_services, same_text=same,
    )  # fmt: skip


def read(made: Plan, reader: Reader) -> Plan:
    """The plan with its proposal; the slow part, outside any transaction. Raises ``Refusal`` for a text that cannot be read."""
    if made.is_known:
        return made
    return replace(made, proposal=reader.propose(made.encounter), seen=reader.seen(made.encounter))


def keep(unit: Unit, made: Plan) -> Kept:
    """Store what was planned and read; raises ``Outdated`` where the encounter has changed since."""
    id = made.encounter.id
    if made.version is None:
        if _by_reference(unit, made.submission.reference or id) is not None:
            raise Outdated
        _insert_encounter(unit, made)
        row = locked(unit, id)
    else:
        row = locked(unit, id)
        if row.version != made.version:
            raise Outdated
        if made.is_known:
            audit.record(unit, "note_recognised", id)
            return Kept(id, row.version, False, True, (), made.same_text)
    for document, number in zip(made.new, made.versions, strict=True):
        _insert_document(unit, made, document, number)
    proposal_id = _insert_proposal(unit, made)
    values: dict[str, Any] = {"proposal_id": proposal_id}
    if made.version is not None:
        values |= {
            "context": canonical(encode(made.encounter.context)),
            "services": canonical(encode(made.services)),
            "is_single_text": made.encounter.is_single_text,
            "attention": _attention(unit, row),
        }
    assert made.proposal is not None
    day = made.proposal.context.date_of_service
    version = changed(unit, row, date_of_service=day.isoformat() if day else None, **values)
    return Kept(id, version, made.version is None, False, tuple(d.note.id for d in made.new), made.same_text)


def _check(submission: Submission) -> None:
    if not 1 <= len(submission.documents) <= MOST_DOCUMENTS:
        raise Refusal(Refused.INVALID, f"an encounter has 1 to {MOST_DOCUMENTS} documents")
    names = [d.note.id for d in submission.documents] + [submission.reference or "-"]
    if any(not 1 <= len(name) <= LONGEST_NAME for name in names):
        raise Refusal(Refused.INVALID, f"ids have 1 to {LONGEST_NAME} characters", where=(("id", "wrong length"),))
    for n, d in enumerate(submission.documents):
        for name, value in (("type", d.type), ("author", d.author)):
            if value is not None and len(value) > LONGEST_NAME:
                where = ((f"documents[{n}].{name}", "too long"),)
                raise Refusal(Refused.INVALID, f"at most {LONGEST_NAME} characters", where=where)


def _encounters_with(unit: Unit, digests: set[str]) -> list[str]:
    d = documents
    query = select(d.c.encounter_id).where(d.c.tenant == unit.tenant, d.c.digest.in_(digests)).distinct()
    return sorted(unit.execute(query).scalars())


def _row(unit: Unit, submission: Submission, same: list[str], encounter_id: str | None) -> Row[Any] | None:
    e = encounters
    row: Row[Any] | None
    if encounter_id is not None:
        row = unit.execute(select(e).where(e.c.tenant == unit.tenant, e.c.id == encounter_id)).one_or_none()
        if row is None:
            raise Refusal(Refused.NOT_FOUND)
    elif submission.reference is not None:
        row = _by_reference(unit, submission.reference)
    elif same:
        row = unit.execute(select(e).where(e.c.tenant == unit.tenant, e.c.id == same[0])).one_or_none()
    else:
        row = None
    if row is not None and row.purged_at is not None:
        raise Refusal(Refused.EXISTS, "the texts of this visit were removed when their time of retention ended")
    return row


def _by_reference(unit: Unit, reference: str) -> Row[Any] | None:
    e = encounters
    row: Row[Any] | None = unit.execute(
        select(e).where(e.c.tenant == unit.tenant, e.c.reference == reference)
    ).one_or_none()
    return row


def _merged(stored: EncounterContext, given: EncounterContext) -> EncounterContext:
    """The stored context with what the sender tells now; what it leaves out stays."""
    told = {f.name: getattr(given, f.name) for f in fields(given) if getattr(given, f.name) not in (f.default, None)}
    return replace(stored, **told)


def _insert_encounter(unit: Unit, made: Plan) -> None:
    id = made.encounter.id
    percent = unit.execute(select(practices.c.blind_percent).where(practices.c.tenant == unit.tenant)).scalar_one()
    unit.execute(
        insert(encounters).values(
            tenant=unit.tenant, id=id, reference=made.submission.reference or id, state=State.OPEN.value, version=0,
            blind=is_blind(id, percent), context=canonical(encode(made.encounter.context)),
            services=canonical(encode(made.services)), is_single_text=made.encounter.is_single_text,
            created_at=stamp(unit.at), updated_at=stamp(unit.at),
        )
    )  # fmt: skip


def is_blind(id: str, percent: int) -> bool:
    """Whether a visit is one of the share in which the person enters the level first; decided by its id, so by nobody's choice.

    >>> is_blind("enc_1", 0), is_blind("enc_1", 100)
    (False, True)
    """
    return int(hashlib.sha256(f"blind {id}".encode()).hexdigest(), 16) % 100 < percent


def _insert_document(unit: Unit, made: Plan, document: Document, number: int) -> None:
    id = new_id("doc", unit.at)
    unit.execute(
        insert(documents).values(
            tenant=unit.tenant, id=id, encounter_id=made.encounter.id, name=document.note.id, version=number,
            kind=document.type, author=document.author, signed=document.signed, digest=document.note.digest,
            text=document.note.text, format=made.submission.format, warnings=canonical(made.submission.warnings),
            received_by=unit.actor, received_at=stamp(unit.at),
        )
    )  # fmt: skip
    audit.record(unit, "document_received", made.encounter.id, document=id, version=number, text=document.note.digest)


def _insert_proposal(unit: Unit, made: Plan) -> str:
    assert made.proposal is not None
    p = proposals
    proposal = replace(made.proposal, warnings=(*made.submission.warnings, *made.proposal.warnings))
    count = unit.execute(
        select(func.count()).where(p.c.tenant == unit.tenant, p.c.encounter_id == made.encounter.id)
    ).scalar_one()
    determination = judge(proposal.facts, proposal.context, made.services, proposal.document_kind)
    stored = current_documents(unit, made.encounter.id)
    row: dict[str, Any] = {
        "tenant": unit.tenant,
        "id": new_id("prp", unit.at),
        "encounter_id": made.encounter.id,
        "number": count + 1,
        "body": canonical(encode(proposal)),
        "determination": canonical(encode(determination)),
        "services": canonical(encode(made.services)),
        "seen": canonical(made.seen),
        "documents": canonical([d.id for d in stored]),
        "versions": canonical(encode(proposal.versions)),
        "made_at": stamp(unit.at),
    }
    row["digest"] = audit.digest_of("proposal", row)
    unit.execute(insert(p).values(**row))
    versions = json.loads(row["versions"])
    audit.record(
        unit,
        "proposed",
        made.encounter.id,
        proposal=row["id"],
        digest=row["digest"],
        number=count + 1,
        versions=versions,
    )
    return str(row["id"])


def _attention(unit: Unit, row: Row[Any]) -> str | None:
    if row.decision_id is not None and row.state == State.FINALISED:
        return Attention.DOCUMENT_AFTER_DECISION.value
    r = rulings
    query = select(r.c.id).where(r.c.tenant == unit.tenant, r.c.proposal_id == row.proposal_id).limit(1)
    if unit.execute(query).first() is not None:
        return Attention.DOCUMENT_DURING_REVIEW.value
    return str(row.attention) if row.attention else None
