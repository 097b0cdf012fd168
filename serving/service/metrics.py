"""Counts for Prometheus: of routes and states, never of people, visits or codes."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from sqlalchemy import func, select

from serving.store.database import Unit
from serving.store.tables import batch_items, encounters

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.3, 1, 3, 10)


class Metrics:
    """The metrics of one app, in a registry of its own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "chartlight_requests",
            "Requests by method, route and status",
            ("method", "route", "status"),
            registry=self.registry,
        )
        self.seconds = Histogram(
            "chartlight_request_seconds", "Server time by route", ("route",), registry=self.registry, buckets=SECONDS
        )
        self.faults = Counter("chartlight_faults", "Faults of the program", registry=self.registry)
        self.visits = Gauge("chartlight_visits", "Visits by state", ("state",), registry=self.registry)
        self.items = Gauge("chartlight_batch_items_waiting", "Batch items that wait", registry=self.registry)

    def observe(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one request."""
        self.requests.labels(method, route, str(status)).inc()
        self.seconds.labels(route).observe(seconds)

    def render(self, unit: Unit) -> bytes:
        """All metrics as text; the states are counted now, for the unit's tenant."""
        query = select(encounters.c.state, func.count()).where(encounters.c.tenant == unit.tenant)
        for state, count in unit.execute(query.group_by(encounters.c.state)):
            self.visits.labels(state).set(count)
        waiting = select(func.count()).where(batch_items.c.tenant == unit.tenant, batch_items.c.state == "waiting")
        self.items.set(unit.execute(waiting).scalar_one())
        return generate_latest(self.registry)
