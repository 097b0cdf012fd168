"""Batches: many visits, taken with 202 and read in the background."""

from __future__ import annotations

import json
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from starlette.responses import Response

from serving.refusal import Refusal, Refused
from serving.service import batches, taking
from serving.service.deps import ActorDep, Answer, PageDep, PostDep, StoreDep
from serving.service.shapes import BatchIn
from serving.store.database import Unit, reading

router = APIRouter(prefix="/v1/batches", tags=["batches"])

BatchId = Annotated[str, Path(pattern=r"^bat_[0-9a-f]{32}$")]


@router.post("", status_code=202)
def take(body: BatchIn, post: PostDep, request: Request) -> Response:
    """Take up to 1,000 visits; each is checked now and read later. Location tells where the progress is."""
    for given in body.encounters:
        taking.submission_of(given)
    data = [e.model_dump(mode="json") for e in body.encounters]

    def act(unit: Unit) -> Answer:
        id = batches.take(unit, post.actor, data)
        return Answer(batches.progress(unit, id), 202, location=f"/v1/batches/{id}")

    response = post.once(data, act)
    request.app.state.worker.wake()
    return response


@router.get("/{batch_id}")
def progress(batch_id: BatchId, actor: ActorDep, store: StoreDep) -> dict[str, Any]:
    """How many visits of the batch wait, are done, have failed."""
    with reading(store, actor.tenant, actor.id) as unit:
        return batches.progress(unit, batch_id)


@router.get("/{batch_id}/items")
def items(batch_id: BatchId, actor: ActorDep, store: StoreDep, page: PageDep) -> dict[str, Any]:
    """What became of each visit, in the order of the batch."""
    after = page.after or "0"
    if not after.isdecimal() or len(after) > 9:
        raise Refusal(Refused.INVALID, where=(("cursor", "none of ours; leave it out to begin"),))
    with reading(store, actor.tenant, actor.id) as unit:
        batches.progress(unit, batch_id)
        rows = batches.items(unit, batch_id, after=int(after), limit=page.limit + 1)
    return page.cut(
        rows,
        lambda row: str(row.number),
        lambda row: {
            "number": row.number,
            "state": row.state,
            "encounter": row.encounter_id,
            "error": json.loads(row.error) if row.error else None,
        },
    )
