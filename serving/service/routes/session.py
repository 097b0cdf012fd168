"""Log in, look who is logged in, log off, change one's password."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

from serving.people import accounts, sessions
from serving.people.roles import Actor
from serving.refusal import Refusal, Refused
from serving.service.deps import COOKIE, ActorDep, SettingsDep, StoreDep
from serving.service.settings import Settings
from serving.service.shapes import LogIn, NewPassword, SessionOut
from serving.store.database import Store, writing

router = APIRouter(prefix="/v1/session", tags=["session"])


@router.put("", response_model=SessionOut)
def log_in(body: LogIn, request: Request, settings: SettingsDep, store: StoreDep) -> Response:
    """Open a session of this browser; the cookie is HttpOnly and SameSite=Strict."""
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise Refusal(Refused.CSRF)
    tenant = body.tenant or settings.tenant
    opened = None
    with writing(store, tenant, "login", even_read_only=True) as unit:
        attempt = accounts.check(unit, body.login, body.password)
        if attempt.account is not None:
            opened = sessions.begin(unit, attempt.account)
    if attempt.wait:
        raise Refusal(Refused.TOO_MANY_ATTEMPTS, retry_after=attempt.wait)
    if attempt.account is None or opened is None:
        raise Refusal(Refused.WRONG_LOGIN)
    account = attempt.account
    actor = Actor(tenant, account.id, account.login, account.role, "", csrf=opened.csrf)
    request.state.actor = actor
    response = JSONResponse(_told(actor, settings, store))
    response.set_cookie(
        COOKIE, opened.secret, httponly=True, samesite="strict", secure=settings.secure_cookies, path="/"
    )
    return response


@router.get("", response_model=SessionOut)
def look(actor: ActorDep, settings: SettingsDep, store: StoreDep) -> Response:
    """Who is logged in, and the token for changes."""
    return JSONResponse(_told(actor, settings, store))


@router.delete("", status_code=204)
def log_off(actor: ActorDep, store: StoreDep) -> Response:
    """End this session."""
    if actor.is_person:
        with writing(store, actor.tenant, actor.id, even_read_only=True) as unit:
            sessions.end(unit, actor.key)
    response = Response(status_code=204)
    response.delete_cookie(COOKIE, path="/")
    return response


@router.put("/password", status_code=204)
def change_password(body: NewPassword, actor: ActorDep, store: StoreDep) -> Response:
    """A new password of one's own; all sessions of the account end."""
    if not actor.is_person:
        raise Refusal(Refused.FORBIDDEN)
    with writing(store, actor.tenant, actor.id) as unit:
        attempt = accounts.check(unit, actor.login, body.old)
        if attempt.account is not None:
            accounts.change(unit, actor.login, password=body.new)
    if attempt.wait:
        raise Refusal(Refused.TOO_MANY_ATTEMPTS, retry_after=attempt.wait)
    if attempt.account is None:
        raise Refusal(Refused.WRONG_LOGIN)
    return Response(status_code=204)


def _told(actor: Actor, settings: Settings, store: Store) -> dict[str, object]:
    return {
        "tenant": actor.tenant,
        "id": actor.id,
        "login": actor.login,
        "role": actor.role.value,
        "scopes": sorted(actor.scopes) if actor.scopes is not None else None,
        "csrf": actor.csrf,
        "idle_minutes": settings.idle_minutes,
        "practice": settings.practice,
        "time_zone": settings.time_zone,
        "read_only": store.is_read_only,
    }
