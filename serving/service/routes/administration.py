"""Accounts, tokens, settings of the practice, and its audit trail."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path
from sqlalchemy import select, update
from starlette.responses import Response

from serving.people import accounts, tokens
from serving.people.accounts import Account
from serving.people.matrix import scopes
from serving.people.tokens import Token
from serving.refusal import Refusal, Refused
from serving.service.deps import ActorDep, Answer, IfMatchDep, PageDep, PostDep, StoreDep
from serving.service.routes.encounters import event
from serving.service.shapes import SettingsIn, TokenIn, UserChange, UserIn
from serving.store import audit
from serving.store.database import Unit, reading, writing
from serving.store.tables import practices

router = APIRouter(prefix="/v1", tags=["administration"])

Login = Annotated[str, Path(pattern=r"^[a-z0-9][a-z0-9._@+-]{0,79}$")]
TokenName = Annotated[str, Path(pattern=r"^[a-z0-9][a-z0-9._-]{0,79}$")]


@router.get("/settings")
def settings(actor: ActorDep, store: StoreDep) -> Response:
    """Settings of the practice."""
    with reading(store, actor.tenant, actor.id) as unit:
        return _settings(unit).response()


@router.put("/settings")
def change_settings(body: SettingsIn, actor: ActorDep, store: StoreDep, version: IfMatchDep) -> Response:
    """Change them: the share of visits in which the person enters the level first; it holds for visits that come from now on."""
    with writing(store, actor.tenant, actor.id) as unit:
        mine = practices.c.tenant == unit.tenant
        done = unit.execute(
            update(practices)
            .where(mine, practices.c.version == version)
            .values(blind_percent=body.blind_percent, version=version + 1)
        )
        if done.rowcount != 1:
            raise Refusal(Refused.PRECONDITION_FAILED)
        audit.record(unit, "settings_changed", unit.tenant, blind_percent=body.blind_percent)
        return _settings(unit).response()


def _settings(unit: Unit) -> Answer:
    row = unit.execute(select(practices).where(practices.c.tenant == unit.tenant)).one()
    return Answer({"blind_percent": row.blind_percent}, version=row.version)


@router.get("/users")
def users(actor: ActorDep, store: StoreDep, page: PageDep) -> dict[str, Any]:
    """Accounts in the order of their logins."""
    with reading(store, actor.tenant, actor.id) as unit:
        rows = accounts.listed(unit, after=page.after, limit=page.limit + 1)
    return page.cut(rows, lambda a: a.login, _account)


@router.post("/users", status_code=201)
def add_user(body: UserIn, post: PostDep) -> Response:
    """Add an account; without a password only an identity provider lets it in."""

    def act(unit: Unit) -> Answer:
        made = accounts.add(unit, body.login, body.role, body.password)
        return Answer(_account(made), 201, made.version, f"/v1/users/{made.login}")

    # a digest of the request is kept, and nobody shall try passwords against it
    return post.once(body.model_dump(mode="json", exclude={"password"}), act)


@router.patch("/users/{login}")
def change_user(login: Login, body: UserChange, actor: ActorDep, store: StoreDep, version: IfMatchDep) -> Response:
    """Disable or enable an account, give it another role or password; its sessions end."""
    with writing(store, actor.tenant, actor.id) as unit:
        made = accounts.change(
            unit, login, version=version, disabled=body.disabled, role=body.role, password=body.password
        )
    return Answer(_account(made), version=made.version).response()


def _account(a: Account) -> dict[str, Any]:
    return {
        "id": a.id, "login": a.login, "role": a.role.value, "disabled": bool(a.disabled), "version": a.version, "created_at": a.created_at,
    }  # fmt: skip


@router.get("/tokens")
def list_tokens(actor: ActorDep, store: StoreDep, page: PageDep) -> dict[str, Any]:
    """Tokens, without their secrets, in the order in which they were issued."""
    with reading(store, actor.tenant, actor.id) as unit:
        rows = tokens.listed(unit, after=page.after, limit=page.limit + 1)
    return page.cut(rows, lambda t: t.id, _token)


@router.put("/tokens/{name}")
def issue(name: TokenName, body: TokenIn, actor: ActorDep, store: StoreDep) -> Response:
    """Issue a token; its secret is told here and never again. An earlier token of the name ends."""
    unknown = sorted(set(body.scopes) - set(scopes()))
    if unknown:
        raise Refusal(Refused.INVALID, f"scopes are {', '.join(scopes())}", where=(("scopes", "an unknown scope"),))
    with writing(store, actor.tenant, actor.id) as unit:
        made = tokens.issue(unit, name, body.role, tuple(body.scopes), body.days)
    return Answer(_token(made.token) | {"secret": made.secret}).response()


@router.delete("/tokens/{name}", status_code=204)
def revoke(name: TokenName, actor: ActorDep, store: StoreDep) -> Response:
    """End a token."""
    with writing(store, actor.tenant, actor.id) as unit:
        tokens.revoke(unit, name)
    return Response(status_code=204)


def _token(t: Token) -> dict[str, Any]:
    return {
        "id": t.id, "name": t.name, "role": t.role.value, "scopes": list(t.scopes), "issued_at": t.issued_at,
        "expires_at": t.expires_at, "revoked_at": t.revoked_at,
    }  # fmt: skip


@router.get("/audit")
def trail(actor: ActorDep, store: StoreDep, page: PageDep) -> dict[str, Any]:
    """The audit trail of the practice, the newest first."""
    if page.after and not (page.after.isdecimal() and len(page.after) < 10):
        raise Refusal(Refused.INVALID, where=(("cursor", "none of ours; leave it out to begin"),))
    with reading(store, actor.tenant, actor.id) as unit:
        rows = audit.events(unit, after=int(page.after or 0), limit=page.limit + 1, newest_first=True)
    return page.cut(rows, lambda e: str(e.number), event)
