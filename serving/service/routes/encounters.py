"""Submit visits, and read them: documents, proposal, argument, differences, audit trail, decisions."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Body, File, Form, Path, Query, UploadFile
from starlette.responses import Response

from chartlight import Document, Note
from serving.documents.extract import extract
from serving.refusal import Refusal, Refused
from serving.review import offsets, present
from serving.review.differences import differences
from serving.review.intake import Submission
from serving.review.visit import Visit, load
from serving.service import taking
from serving.service.deps import ActorDep, Answer, PostDep, ReaderDep, StoreDep
from serving.service.shapes import (
    ArgumentOut,
    DecisionsOut,
    DocumentsIn,
    DocumentsOut,
    EncounterIn,
    EncounterOut,
    ProposalOut,
    SubmissionOut,
)
from serving.store import audit
from serving.store.database import Store, Unit, reading, writing
from serving.store.moments import digest, moment

router = APIRouter(prefix="/v1/encounters", tags=["encounters"])

EncounterId = Annotated[str, Path(pattern=r"^enc_[0-9a-f]{32}$")]
Iso = Annotated[str | None, Query(pattern=r"^\d{4}-\d{2}-\d{2}$")]
Word = Annotated[str | None, Query(max_length=40, pattern=r"^[a-z_]+$")]
Utf16 = Annotated[bool, Query(description="add utf16_start and utf16_end to every quotation")]
FormDay = Annotated[str | None, Form(pattern=r"^\d{4}-\d{2}-\d{2}$")]
FormWord = Annotated[str | None, Form(max_length=40, pattern=r"^[a-z_]+$")]
SUBMITTED: dict[int | str, dict[str, Any]] = {200: {"model": SubmissionOut}}


@router.post("", status_code=201, response_model=SubmissionOut, responses=SUBMITTED)
def submit(body: EncounterIn, post: PostDep, reader: ReaderDep) -> Any:
    """Submit a visit in the JSON of the batch contract. A document that is known is recognised; a changed one is a new version."""
    return taking.take(post, reader, taking.submission_of(body), body.model_dump(mode="json"))


@router.post("/text", status_code=201, response_model=SubmissionOut, responses=SUBMITTED)
def submit_text(
    post: PostDep,
    reader: ReaderDep,
    text: Annotated[bytes, Body(media_type="text/plain")],
    id: Annotated[str | None, Query(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")] = None,
    date_of_service: Iso = None,
    setting: Word = None,
    patient_status: Word = None,
    stage: Word = None,
) -> Any:
    """Submit a visit as plain text; its encoding is found by the rule of the command line."""
    found = extract("note.txt", text)
    context = taking.context_of(
        date_of_service=date_of_service, setting=setting, patient_status=patient_status, stage=stage
    )
    documents = (Document(note=Note(id or "text", found.text)),)
    given = Submission(id, documents, context, format=found.format, warnings=found.warnings)
    return taking.take(post, reader, given, digest(found.text))


@router.post("/upload", status_code=201, response_model=SubmissionOut, responses=SUBMITTED)
def upload(
    post: PostDep,
    reader: ReaderDep,
    files: Annotated[list[UploadFile], File(description="txt, docx or pdf; several are documents of one visit")],
    id: Annotated[str | None, Form(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")] = None,
    date_of_service: FormDay = None,
    setting: FormWord = None,
    patient_status: FormWord = None,
    stage: FormWord = None,
) -> Any:
    """Submit a visit as files. The text of a file is what is stored, read and quoted."""
    if len(files) > 40:
        raise Refusal(Refused.INVALID, "a visit has at most 40 files")
    found = [extract(f.filename or "", f.file.read()) for f in files]
    context = taking.context_of(
        date_of_service=date_of_service, setting=setting, patient_status=patient_status, stage=stage
    )
    documents = tuple(Document(note=Note(f"file-{n}", x.text)) for n, x in enumerate(found, 1))
    given = Submission(
        id,
        documents,
        context,
        is_single_text=len(documents) == 1,
        format=found[0].format,
        warnings=tuple(dict.fromkeys(w for x in found for w in x.warnings)),
    )
    told = [id, date_of_service, setting, patient_status, stage, *(d.note.digest for d in documents)]
    return taking.take(post, reader, given, told)


@router.post("/{encounter_id}/documents", response_model=SubmissionOut)
def add_documents(encounter_id: EncounterId, body: DocumentsIn, post: PostDep, reader: ReaderDep) -> Any:
    """Add documents, or new versions of known ones; a new proposal is made, and a decision stays as it is."""
    with reading(post.store, post.actor.tenant, post.actor.id) as unit:
        context = load(unit, encounter_id).proposal.context.__class__()
    given = Submission(None, taking.documents_of(body.documents), context, is_single_text=False)
    return taking.take(post, reader, given, body.model_dump(mode="json"), encounter_id)


@router.get("/{encounter_id}", response_model=EncounterOut)
def show(encounter_id: EncounterId, actor: ActorDep, store: StoreDep) -> Response:
    """A visit: state, documents, history."""
    with reading(store, actor.tenant, actor.id) as unit:
        visit = load(unit, encounter_id)
        return Answer(present.encounter(unit, visit), version=visit.row.version).response()


@router.get("/{encounter_id}/documents", response_model=DocumentsOut)
def texts(encounter_id: EncounterId, actor: ActorDep, store: StoreDep) -> Response:
    """The texts, every version, oldest first."""
    with reading(store, actor.tenant, actor.id) as unit:
        visit = load(unit, encounter_id)
        rows = present.all_documents(unit, encounter_id)
    tell_opened(store, unit, visit)
    items = [present.document(row, with_text=True) for row in rows]
    return Answer({"unit": "code_point", "items": items}, version=visit.row.version).response()


@router.get("/{encounter_id}/proposal", response_model=ProposalOut)
def proposal(encounter_id: EncounterId, actor: ActorDep, store: StoreDep, utf16: Utf16 = False) -> Response:
    """The proposal with amendments, rulings, and the determination as amended; the level is withheld in a blind visit."""
    with reading(store, actor.tenant, actor.id) as unit:
        visit = load(unit, encounter_id)
    tell_opened(store, unit, visit)
    told = present.proposal(visit)
    if utf16:
        offsets.add_utf16(told, visit.texts())
    return Answer(told, version=visit.row.version).response()


@router.get("/{encounter_id}/argument", response_model=ArgumentOut)
def argument(encounter_id: EncounterId, actor: ActorDep, store: StoreDep) -> Response:
    """The argument for the determination as amended, and what one more or one fewer fact would change."""
    with reading(store, actor.tenant, actor.id) as unit:
        visit = load(unit, encounter_id)
    return Answer(present.argument(visit), version=visit.row.version).response()


@router.get("/{encounter_id}/differences")
def difference(
    encounter_id: EncounterId,
    actor: ActorDep,
    store: StoreDep,
    before: Annotated[int | None, Query(ge=1, le=100_000, description="number of the earlier proposal")] = None,
    after: Annotated[
        int | None, Query(ge=1, le=100_000, description="number of the later one; the newest if left out")
    ] = None,
) -> dict[str, Any]:
    """What a late or changed document changed, between two proposals of a visit: texts, facts, diagnoses, code."""
    with reading(store, actor.tenant, actor.id) as unit:
        return differences(unit, load(unit, encounter_id), before, after)


@router.get("/{encounter_id}/audit")
def trail(encounter_id: EncounterId, actor: ActorDep, store: StoreDep) -> dict[str, Any]:
    """Who did what to this visit, oldest first."""
    with reading(store, actor.tenant, actor.id) as unit:
        load(unit, encounter_id)
        found = audit.events(unit, about=encounter_id, limit=10_000)
    return {"items": [event(e) for e in found]}


@router.get("/{encounter_id}/decisions", response_model=DecisionsOut)
def decisions(encounter_id: EncounterId, actor: ActorDep, store: StoreDep) -> Response:
    """The decisions, oldest first; a later one never changes an earlier one."""
    with reading(store, actor.tenant, actor.id) as unit:
        visit = load(unit, encounter_id)
        rows = present.all_decisions(unit, encounter_id)
        entered = present.entered_levels(unit, encounter_id)
    told = {"items": [present.decision(row) for row in rows], "levels_entered": entered}
    return Answer(told, version=visit.row.version).response()


def event(e: audit.Event) -> dict[str, Any]:
    """An event of the audit trail."""
    return {
        "number": e.number, "at": e.at, "actor": e.actor, "action": e.action, "about": e.about, "detail": e.detail, "hash": e.hash,
    }  # fmt: skip


def tell_opened(store: Store, unit: Unit, visit: Visit) -> None:
    """Record that the texts were opened, once an hour for each person and visit; not while nothing may be written."""
    if store.is_read_only:
        return
    with reading(store, unit.tenant, unit.actor) as look:
        last = audit.last(look, visit.id, "opened")
    if last is not None and (unit.at - moment(last)).total_seconds() < 3600:
        return
    with writing(store, unit.tenant, unit.actor) as write:
        audit.record(write, "opened", visit.id)
