"""The routes, one file for each part of the interface; a router stands in ``ROUTERS`` and nowhere else."""

from __future__ import annotations

from fastapi import APIRouter

from serving.service.routes import (
    administration,
    batch,
    encounters,
    exporting,
    health,
    pages,
    queue,
    reference,
    review,
    session,
)

ROUTERS: tuple[APIRouter, ...] = (
    health.router, session.router, encounters.router, queue.router, review.router, reference.router,
    batch.router, exporting.router, administration.router, pages.router,
)  # fmt: skip
"""All routers."""
