"""Exports: one decision in any format, decisions of a period, training material."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query
from starlette.responses import Response

from serving.exports import FORMATS, as_csv, as_html, as_json, packet, training
from serving.refusal import Refusal, Refused
from serving.service.deps import ActorDep, PageDep, SettingsDep, StoreDep, cursor
from serving.service.routes.encounters import EncounterId
from serving.store import audit
from serving.store.database import Store, reading, writing

router = APIRouter(prefix="/v1", tags=["exports"])

Since = Annotated[datetime | None, Query(alias="from", description="decided at or after (ISO 8601 with offset)")]
Until = Annotated[datetime | None, Query(alias="to", description="decided before")]
FORMS: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/json": {}, "text/csv": {}, "text/html": {}}, "description": "the export"}
}


@router.get("/encounters/{encounter_id}/exports/{form}", response_class=Response, responses=FORMS)
def one(
    encounter_id: EncounterId,
    form: Annotated[Literal["json", "csv", "html"], Path()],
    actor: ActorDep,
    store: StoreDep,
    settings: SettingsDep,
    number: Annotated[
        int | None, Query(ge=1, le=100_000, description="number of the decision; the newest if left out")
    ] = None,
) -> Response:
    """A decision: JSON, CSV, or the printable defence packet (HTML; print it or save it as PDF)."""
    with reading(store, actor.tenant, actor.id) as unit:
        found = packet.packet_of(
            unit, encounter_id, practice=settings.practice, time_zone=settings.time_zone, number=number
        )
    _tell(store, actor.tenant, actor.id, encounter_id, form)
    export = {f.NAME: f for f in FORMATS}[form]
    headers = {"Content-Security-Policy": as_html.policy()} if form == "html" else {}
    return Response(export.render(found), media_type=export.MEDIA_TYPE, headers=headers)


@router.get(
    "/exports/decisions",
    response_class=Response,
    responses={200: {"content": {"application/json": {}, "text/csv": {}}, "description": "decisions"}},
)
def many(
    actor: ActorDep,
    store: StoreDep,
    settings: SettingsDep,
    page: PageDep,
    form: Literal["json", "csv"] = "json",
    since: Since = None,
    until: Until = None,
    every: Annotated[
        bool, Query(description="also decisions that are not in force: superseded, or of a reopened visit")
    ] = False,
) -> Response:
    """Decisions of a period, the newest of each finalised visit. CSV tells the next cursor in the header X-Next-Cursor."""
    with reading(store, actor.tenant, actor.id) as unit:
        rows = packet.listed(
            unit,
            since=_aware(since),
            until=_aware(until),
            after=page.after,
            limit=page.limit + 1,
            only_in_force=not every,
        )
        found = packet.packets(unit, rows[: page.limit], practice=settings.practice, time_zone=settings.time_zone)
    following = cursor(rows[page.limit - 1].id) if len(rows) > page.limit else None
    _tell(store, actor.tenant, actor.id, "decisions", form)
    if form == "csv":
        headers = {"X-Next-Cursor": following} if following else {}
        return Response(as_csv.render_all(found), media_type=as_csv.MEDIA_TYPE, headers=headers)
    told = {"items": [as_json.data(p) for p in found], "next": following}
    return Response(json.dumps(told, ensure_ascii=False).encode(), media_type=as_json.MEDIA_TYPE)


@router.get(
    "/exports/training",
    response_class=Response,
    responses={200: {"content": {"application/x-ndjson": {}}, "description": "one JSON object a line"}},
)
def for_training(actor: ActorDep, store: StoreDep, page: PageDep, since: Since = None, until: Until = None) -> Response:
    """Confirmed decisions with their texts, one JSON object a line; the next cursor stands in the header X-Next-Cursor."""
    with reading(store, actor.tenant, actor.id) as unit:
        rows = packet.listed(unit, since=_aware(since), until=_aware(until), after=page.after, limit=page.limit + 1)
        lines = [json.dumps(training.line(unit, row), ensure_ascii=False) for row in rows[: page.limit]]
    _tell(store, actor.tenant, actor.id, "training", "ndjson")
    headers = {"X-Next-Cursor": cursor(rows[page.limit - 1].id)} if len(rows) > page.limit else {}
    return Response("".join(f"{x}\n" for x in lines).encode(), media_type="application/x-ndjson", headers=headers)


def _aware(moment: datetime | None) -> datetime | None:
    if moment is not None and moment.tzinfo is None:
        raise Refusal(Refused.INVALID, "a moment needs its offset from UTC, for example 2026-03-02T00:00:00Z")
    return moment


def _tell(store: Store, tenant: str, actor: str, about: str, form: str) -> None:
    if not store.is_read_only:
        with writing(store, tenant, actor) as unit:
            audit.record(unit, "exported", about, form=form)
