"""The queue: list, claim, release."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.responses import Response

from serving.review import present, work
from serving.review.visit import load
from serving.review.work import Shelf
from serving.service.deps import ActorDep, Answer, IfMatchDep, PageDep, PostDep, StoreDep
from serving.service.routes.encounters import EncounterId
from serving.service.shapes import QueueOut, SummaryOut
from serving.store.database import Unit, reading, writing

router = APIRouter(prefix="/v1", tags=["queue"])


@router.get("/queue", response_model=QueueOut)
def queue(
    actor: ActorDep, store: StoreDep, page: PageDep, shelf: Annotated[Shelf, Query()] = Shelf.WAITING
) -> dict[str, Any]:
    """Visits of a shelf, the oldest first."""
    with reading(store, actor.tenant, actor.id) as unit:
        rows = work.listed(unit, actor, shelf, after=page.after, limit=page.limit + 1)
    return page.cut(rows, lambda row: str(row.id), present.summary)


@router.post("/queue/claims", response_model=SummaryOut)
def claim_next(post: PostDep) -> Response:
    """Claim the visit that waits longest, or go on with one's own."""

    def act(unit: Unit) -> Answer:
        id, _ = work.claim_next(unit, post.actor)
        return _summary(unit, id)

    return post.once(None, act)


@router.post("/encounters/{encounter_id}/claim", response_model=SummaryOut)
def claim(encounter_id: EncounterId, post: PostDep, version: IfMatchDep) -> Response:
    """Claim a visit."""

    def act(unit: Unit) -> Answer:
        work.claim(unit, post.actor, encounter_id, version=version)
        return _summary(unit, encounter_id)

    return post.once(None, act)


@router.delete("/encounters/{encounter_id}/claim", response_model=SummaryOut)
def release(encounter_id: EncounterId, actor: ActorDep, store: StoreDep, version: IfMatchDep) -> Response:
    """Give a visit back."""
    with writing(store, actor.tenant, actor.id) as unit:
        work.release(unit, actor, encounter_id, version=version)
        return _summary(unit, encounter_id).response()


def _summary(unit: Unit, id: str) -> Answer:
    row = load(unit, id).row
    return Answer(present.summary(row), version=row.version, about=id)
