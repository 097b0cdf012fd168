"""The application: settings, store and reader put together; nothing happens when this module is imported."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from fastapi import Depends, FastAPI
from fastapi.routing import iter_route_contexts
from starlette.middleware import Middleware

from chartlight import __version__
from serving.people.matrix import Place, lacking
from serving.people.oidc import IdentityProvider
from serving.review.intake import Reader
from serving.service import problems
from serving.service.deps import authorise
from serving.service.description import describe
from serving.service.envelope import Envelope
from serving.service.metrics import Metrics
from serving.service.routes import ROUTERS
from serving.service.settings import Settings
from serving.store.database import Store


def create_app(
    settings: Settings,
    store: Store,
    reader: Reader,
    *,
    identity_provider: IdentityProvider | None = None,
    at_start: Callable[[FastAPI], Any] | None = None,
) -> FastAPI:
    """The app over an open store; raises ``ValueError`` where a route has no row in the authorization matrix."""

    @asynccontextmanager
    async def life(app: FastAPI) -> AsyncIterator[None]:
        from serving.service.batches import Worker

        worker = Worker(store, reader, settings)
        app.state.worker = worker
        worker.start()
        if at_start is not None:
            at_start(app)
        try:
            yield
        finally:
            worker.stop()

    metrics = Metrics()
    app = FastAPI(
        title="Chartlight",
        version=__version__,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        dependencies=[Depends(authorise)],
        middleware=[Middleware(Envelope, settings=settings, metrics=metrics)],
        lifespan=life,
    )
    app.state.settings = settings
    app.state.store = store
    app.state.reader = reader
    app.state.metrics = metrics
    app.state.identity_provider = identity_provider
    app.state.csrf_key = secrets.token_urlsafe(32)
    problems.install(app)
    for router in ROUTERS:
        app.include_router(router)
    app.openapi = lambda: describe(app)  # type: ignore[method-assign]
    missing = lacking(places(app))
    if missing:
        told = ", ".join(f"{method} {path}" for method, path in missing)
        raise ValueError(f"routes without a row in serving/people/matrix.toml: {told}")
    return app


def places(app: FastAPI) -> list[Place]:
    """Method and path of every route, those of included routers and mounted apps too."""
    found: list[Place] = []
    for route in iter_route_contexts(app.routes):
        found += [(method, route.path or "?") for method in sorted(route.methods or {"GET"})]
    return found
