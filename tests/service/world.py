"""A practice with one account of every role, and a client for each; used by tests and by ``prove``."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from starlette.testclient import TestClient

from serving.people import accounts, tokens
from serving.people.matrix import scopes
from serving.people.roles import Role
from serving.service.app import create_app
from serving.service.settings import Settings
from serving.store.database import Store, open_store, writing
from serving.store.migrate import upgrade
from tests.service.fake import TEXT, FakeReader

PASSWORD = "invented-password-1"
CONTEXT = {"date_of_service": "2026-03-02", "setting": "office", "patient_status": "established"}
_keys = itertools.count(1)


def key() -> dict[str, str]:
    """A fresh Idempotency-Key."""
    return {"Idempotency-Key": f"k{next(_keys)}"}


@dataclass
class World:
    """The app over a fresh database."""

    store: Store
    app: Any
    tokens: dict[Role, str]
    client: TestClient
    visits: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def as_(self, role: Role | str, **more: str) -> dict[str, str]:
        """Headers of a token of the role."""
        return {"Authorization": f"Bearer {self.tokens[Role(role)]}", **more}

    def call(self, method: str, path: str, role: Role | str = Role.CODER, **given: Any) -> Any:
        """A request of a role; a POST gets a fresh key where it has none."""
        headers = self.as_(role) | (key() if method == "POST" else {}) | given.pop("headers", {})
        return self.client.request(method, path, headers=headers, **given)

    def submit(self, text: str = TEXT, id: str | None = None, **more: Any) -> str:
        """A visit; returns its id."""
        id = id or f"visit-{next(self.visits)}"
        answer = self.call(
            "POST", "/v1/encounters", Role.INTEGRATOR, json={"id": id, "text": text, "context": CONTEXT, **more}
        )
        assert answer.status_code in (200, 201), answer.text
        return str(answer.json()["id"])

    def etag(self, id: str) -> dict[str, str]:
        """If-Match with the present ETag."""
        return {"If-Match": self.call("GET", f"/v1/encounters/{id}/proposal").headers["etag"]}

    def act(self, id: str, what: str, body: Any, role: Role | str = Role.CODER, **headers: str) -> Any:
        """A change of a visit with the present ETag."""
        return self.call("POST", f"/v1/encounters/{id}/{what}", role, json=body, headers=self.etag(id) | headers)

    def confirm_all(self, id: str, role: Role | str = Role.CODER) -> None:
        """Confirm the level and every suggestion."""
        for about in self.call("GET", f"/v1/encounters/{id}/proposal", role).json()["open"]:
            answer = self.act(id, "rulings", {"about": about, "verdict": "confirmed"}, role)
            assert answer.status_code == 201, answer.text

    def decide(self, id: str, role: Role | str = Role.CODER) -> Any:
        """Confirm everything and finalise; returns the decision."""
        self.confirm_all(id, role)
        answer = self.act(id, "decision", {}, role)
        assert answer.status_code == 201, answer.text
        return answer.json()


def people(store: Store, tenant: str = "main") -> dict[Role, str]:
    """The practice, an account of every role, and tokens for all but the administrator, who gets a session below."""
    secrets = {}
    with writing(store, tenant, "system") as unit:
        accounts.found_practice(unit, "Invented practice")
        for role in Role:
            accounts.add(unit, role.value, role, PASSWORD if role is Role.ADMIN else None)
            if role is not Role.ADMIN:
                secrets[role] = tokens.issue(unit, role.value, role, scopes(), 30).secret
    return secrets


def prepare(url: str) -> dict[Role, str]:
    """Schema and people in an empty database; returns the tokens."""
    store = open_store(url)
    upgrade(store)
    secrets = people(store)
    store.close()
    return secrets


@contextmanager
def world(url: str, secrets: dict[Role, str] | None = None, *, settings: Settings | None = None) -> Iterator[World]:
    """A world over a database that is empty, or prepared with these tokens."""
    secrets = secrets if secrets is not None else prepare(url)
    store = open_store(url)
    app = create_app(settings or Settings(database=url, allowed_hosts=("testserver",)), store, FakeReader())
    with TestClient(app, raise_server_exceptions=False) as client:
        yield World(store, app, dict(secrets), client)
    store.close()


def log_in(client: TestClient, login: str = "admin", password: str = PASSWORD) -> dict[str, str]:
    """Log in; returns the header that changes need."""
    answer = client.put("/v1/session", json={"login": login, "password": password})
    assert answer.status_code == 200, answer.text
    return {"X-CSRF-Token": answer.json()["csrf"]}
