"""Health, readiness, metrics, and the description of the interface."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from starlette.responses import JSONResponse, Response

from serving.service.deps import ActorDep, StoreDep
from serving.service.metrics import CONTENT_TYPE
from serving.store.database import reading
from serving.store.migrate import newest, present

router = APIRouter(tags=["health"])


@router.get("/health/live")
def live() -> dict[str, str]:
    """Whether the process runs."""
    return {"status": "live"}


@router.get("/health/ready", responses={503: {"description": "not ready"}})
def ready(store: StoreDep) -> Response:
    """Whether the database answers and has the schema of this program."""
    try:
        with store.engine.connect() as connection:
            connection.execute(text("SELECT 1"))
            is_ready = present(connection) == newest()
    except SQLAlchemyError:
        is_ready = False
    told = {"status": "ready" if is_ready else "not_ready", "read_only": store.is_read_only}
    return JSONResponse(told, status_code=200 if is_ready else 503)


@router.get("/metrics", response_class=Response, responses={200: {"content": {"text/plain": {}}}})
def metrics(request: Request, actor: ActorDep, store: StoreDep) -> Response:
    """Counts for Prometheus; no patient data, no ids."""
    with reading(store, actor.tenant, actor.id) as unit:
        return Response(request.app.state.metrics.render(unit), media_type=CONTENT_TYPE)


@router.get("/v1/openapi.json")
def description(request: Request) -> dict[str, Any]:
    """The description of this interface (OpenAPI 3.1)."""
    found: dict[str, Any] = request.app.openapi()
    return found
