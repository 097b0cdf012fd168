"""Who may do what: every route has its row, every row its route, and the app does what the matrix says for every role."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import update
from starlette.testclient import TestClient

from serving.people import accounts, passwords, sessions, tokens
from serving.people.matrix import lacking, matrix, page, scopes
from serving.people.oidc import ProxyHeader
from serving.people.roles import Role
from serving.refusal import Refusal
from serving.service.app import create_app, places
from serving.service.settings import Settings
from serving.store.database import writing
from serving.store.moments import now, stamp
from serving.store.tables import sessions as sessions_table
from serving.store.tables import tokens as tokens_table
from tests.service.fake import FakeReader
from tests.service.world import PASSWORD, World, log_in

ROOT = Path(__file__).parents[2]
SAMPLES = {
    "encounter_id": "enc_" + "0" * 32,
    "batch_id": "bat_" + "0" * 32,
    "form": "json",
    "code": "I10",
    "login": "nobody",
    "name": "nothing",
    "digest": "0" * 16,
}


def test_every_route_has_a_row_and_every_row_a_route(lite: World) -> None:
    assert set(places(lite.app)) == set(matrix())


def test_an_app_with_a_route_without_a_row_does_not_start(lite: World, monkeypatch: pytest.MonkeyPatch) -> None:
    assert lacking([("GET", "/v1/secret"), ("GET", "/v1/queue")]) == [("GET", "/v1/secret")]
    from fastapi import APIRouter

    from serving.service import app as module

    router = APIRouter()

    @router.get("/v1/secret")
    def secret() -> dict[str, str]:
        return {}

    monkeypatch.setattr(module, "ROUTERS", (*module.ROUTERS, router))
    with pytest.raises(ValueError, match="GET /v1/secret"):
        create_app(lite.app.state.settings, lite.store, FakeReader())


def test_the_page_of_the_matrix_is_current() -> None:
    assert (ROOT / "docs" / "service" / "authorization.md").read_text(encoding="utf-8") == page(), (
        "run `python -m serving.people.matrix`"
    )


@pytest.mark.parametrize("role", [r for r in Role if r is not Role.ADMIN])
def test_each_role_may_do_what_the_matrix_says_and_nothing_else(lite: World, role: Role) -> None:
    for (method, path), row in matrix().items():
        if path == "/v1/session" and method != "GET":
            continue
        address = re.sub(r"\{(\w+)\}", lambda m: SAMPLES[m[1]], path)
        body = {} if method in ("POST", "PUT", "PATCH") else None
        status = lite.call(method, address, role, json=body, follow_redirects=False).status_code
        allowed = row.is_public or role in row.roles
        assert (status != 403) == allowed, (method, path, status)
        if not row.is_public:
            answer = lite.client.request(method, address, follow_redirects=False)
            # a page leads whoever is not logged in to the log-in
            is_page = not path.startswith(("/v1", "/metrics"))
            assert answer.status_code == (303 if is_page else 401), (method, path)
            assert not is_page or answer.headers["location"].startswith("/login?next="), path


def test_the_administrator_sees_no_notes(lite: World) -> None:
    id = lite.submit()
    log_in(lite.client)
    for what in ("", "/documents", "/proposal", "/argument", "/decisions", "/exports/json"):
        assert lite.client.get(f"/v1/encounters/{id}{what}").status_code == 403


def test_a_token_without_the_scope_is_refused(lite: World) -> None:
    with writing(lite.store, "main", "system") as unit:
        secret = tokens.issue(unit, "narrow", Role.INTEGRATOR, ("encounters:write",), 1).secret
    headers = {"Authorization": f"Bearer {secret}"}
    assert lite.client.get("/v1/codes?q=i10", headers=headers).status_code == 403
    assert lite.client.post("/v1/encounters", headers=headers).status_code == 400


def test_an_expired_and_a_revoked_token_are_refused(lite: World) -> None:
    with writing(lite.store, "main", "system") as unit:
        late = tokens.issue(unit, "late", Role.CODER, scopes(), 1).secret
        ended = tokens.issue(unit, "ended", Role.CODER, scopes(), 1).secret
        tokens.revoke(unit, "ended")
        unit.execute(
            update(tokens_table)
            .where(tokens_table.c.tenant == "main", tokens_table.c.name == "late")
            .values(expires_at=stamp(now()))
        )
        with pytest.raises(Refusal):
            tokens.issue(unit, "chief", Role.ADMIN, scopes(), 1)
    for secret in (late, ended, "clt_unknown"):
        assert lite.client.get("/v1/queue", headers={"Authorization": f"Bearer {secret}"}).status_code == 401


def test_a_session_is_a_cookie_that_scripts_cannot_read_and_needs_its_token_for_changes(lite: World) -> None:
    answer = lite.client.put("/v1/session", json={"login": "admin", "password": PASSWORD})
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    body = {"login": "new", "role": "coder", "password": PASSWORD}
    refused = lite.client.post("/v1/users", json=body, headers={"Idempotency-Key": "1"})
    assert refused.status_code == 403
    assert refused.json()["type"].endswith(":csrf")
    csrf = {"X-CSRF-Token": answer.json()["csrf"], "Idempotency-Key": "1"}
    assert lite.client.post("/v1/users", json=body, headers=csrf).status_code == 201
    assert lite.client.delete("/v1/session", headers=csrf).status_code == 204
    assert lite.client.get("/v1/session").status_code == 401


def test_a_login_from_another_site_is_refused(lite: World) -> None:
    answer = lite.client.put(
        "/v1/session", json={"login": "admin", "password": PASSWORD}, headers={"Sec-Fetch-Site": "cross-site"}
    )
    assert answer.status_code == 403


def test_an_idle_session_ends(here: World) -> None:
    log_in(here.client)
    assert here.client.get("/v1/session").status_code == 200
    with writing(here.store, "main", "test") as unit:
        long_ago = stamp(now() - timedelta(minutes=21))
        unit.execute(update(sessions_table).where(sessions_table.c.tenant == "main").values(seen_at=long_ago))
    assert here.client.get("/v1/session").status_code == 401


def test_a_disabled_account_loses_its_sessions_and_does_not_log_in(here: World) -> None:
    with writing(here.store, "main", "system") as unit:
        accounts.add(unit, "ada", Role.CODER, PASSWORD)
    other = TestClient(here.app)
    log_in(other, "ada")
    with writing(here.store, "main", "system") as unit:
        accounts.change(unit, "ada", disabled=True)
    assert other.get("/v1/session").status_code == 401
    assert other.put("/v1/session", json={"login": "ada", "password": PASSWORD}).status_code == 401


def test_the_last_administrator_stays(here: World) -> None:
    with pytest.raises(Refusal), writing(here.store, "main", "system") as unit:
        accounts.change(unit, "admin", disabled=True)
    with pytest.raises(Refusal), writing(here.store, "main", "system") as unit:
        accounts.change(unit, "admin", role=Role.CODER)


def test_failed_attempts_lock_the_account_for_a_while(here: World) -> None:
    wrong = {"login": "admin", "password": "not the password"}
    statuses = [here.client.put("/v1/session", json=wrong).status_code for _ in range(accounts.FREE_ATTEMPTS + 1)]
    assert statuses == [401] * accounts.FREE_ATTEMPTS + [429]
    locked = here.client.put("/v1/session", json={"login": "admin", "password": PASSWORD})
    assert locked.status_code == 429
    assert int(locked.headers["retry-after"]) >= 1


def test_an_unknown_login_is_told_like_a_wrong_password(lite: World) -> None:
    one = lite.client.put("/v1/session", json={"login": "nobody", "password": PASSWORD}).json()
    other = lite.client.put("/v1/session", json={"login": "admin", "password": "not the password"}).json()
    assert {k: v for k, v in one.items() if k != "instance"} == {k: v for k, v in other.items() if k != "instance"}


def test_passwords_are_kept_as_argon2id() -> None:
    assert passwords.hashed(PASSWORD).startswith("$argon2id$")
    assert passwords.fits(PASSWORD, passwords.hashed(PASSWORD))
    assert not passwords.fits(PASSWORD, None)
    assert not passwords.fits(PASSWORD, "no hash")
    with pytest.raises(Refusal):
        passwords.hashed("short")


def test_secrets_are_kept_as_digests_alone(lite: World) -> None:
    log_in(lite.client)
    secrets = [*lite.tokens.values(), lite.client.cookies["chartlight_session"]]
    kept = Path(str(lite.store.engine.url.database)).read_bytes()
    kept += b"".join(p.read_bytes() for p in Path(str(lite.store.engine.url.database)).parent.glob("*.db-wal"))
    assert not [s for s in secrets if s.encode() in kept]


def test_one_changes_ones_own_password(here: World) -> None:
    csrf = log_in(here.client)
    new = "another-invented-password"
    wrong = here.client.put("/v1/session/password", json={"old": "not the one", "new": new}, headers=csrf)
    assert wrong.status_code == 401
    done = here.client.put("/v1/session/password", json={"old": PASSWORD, "new": new}, headers=csrf)
    assert done.status_code == 204
    assert here.client.get("/v1/session").status_code == 401
    log_in(here.client, password=new)


def test_an_identity_provider_says_who_and_the_accounts_say_what(lite: World) -> None:
    settings = Settings(allowed_hosts=("testserver",))
    provider = ProxyHeader("main", header="x-user", trusted=("testclient",))
    app = create_app(settings, lite.store, FakeReader(), identity_provider=provider)
    client = TestClient(app)
    seen = client.get("/v1/session", headers={"x-user": "coder"})
    assert seen.json()["role"] == "coder"
    assert client.get("/v1/users", headers={"x-user": "coder"}).status_code == 403
    assert client.get("/v1/session", headers={"x-user": "stranger"}).status_code == 401
    refused = client.post("/v1/queue/claims", headers={"x-user": "coder", "Idempotency-Key": "1"})
    assert refused.json()["type"].endswith(":csrf")
    headers = {"x-user": "coder", "Idempotency-Key": "1", "X-CSRF-Token": seen.json()["csrf"]}
    assert client.post("/v1/queue/claims", headers=headers).json()["type"].endswith(":queue_empty")


def test_sessions_end_with_their_longest_time(lite: World) -> None:
    log_in(lite.client)
    with writing(lite.store, "main", "test") as unit:
        long_ago = stamp(now() - sessions.LONGEST - timedelta(minutes=1))
        unit.execute(update(sessions_table).where(sessions_table.c.tenant == "main").values(created_at=long_ago))
    assert lite.client.get("/v1/session").status_code == 401


def test_accounts_and_tokens_by_the_interface(here: World) -> None:
    csrf = log_in(here.client)
    made = here.client.post("/v1/users", json={"login": "eve", "role": "cdi"}, headers=csrf | {"Idempotency-Key": "1"})
    assert made.status_code == 201
    assert here.client.patch("/v1/users/eve", json={"disabled": True}, headers=csrf).status_code == 428
    changed = here.client.patch(
        "/v1/users/eve", json={"disabled": True}, headers=csrf | {"If-Match": made.headers["etag"]}
    )
    assert changed.json()["disabled"] is True
    again = here.client.patch(
        "/v1/users/eve", json={"disabled": False}, headers=csrf | {"If-Match": made.headers["etag"]}
    )
    assert again.status_code == 412
    logins = [a["login"] for a in here.client.get("/v1/users?limit=3").json()["items"]]
    assert len(logins) == 3
    issued = here.client.put(
        "/v1/tokens/ehr", json={"role": "integrator", "scopes": ["reference"], "days": 5}, headers=csrf
    ).json()
    headers = {"Authorization": f"Bearer {issued['secret']}"}
    assert TestClient(here.app).get("/v1/codes?q=i10", headers=headers).status_code == 200
    assert "secret" not in str(here.client.get("/v1/tokens").json())
    assert here.client.delete("/v1/tokens/ehr", headers=csrf).status_code == 204
    assert TestClient(here.app).get("/v1/codes?q=i10", headers=headers).status_code == 401
    bad = here.client.put("/v1/tokens/x", json={"role": "coder", "scopes": ["all"]}, headers=csrf)
    assert bad.status_code == 422
