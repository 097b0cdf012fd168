"""What routes depend on, as aliases: settings, store, reader, the actor who is allowed, paging, If-Match, and the act of a POST."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Header, Query, Request
from starlette.responses import JSONResponse, Response

from serving.people import accounts, sessions, tokens
from serving.people.matrix import matrix
from serving.people.roles import Actor
from serving.refusal import Refusal, Refused
from serving.review.intake import Reader
from serving.service import idempotency
from serving.service.settings import Settings
from serving.store.database import Store, Unit, reading, writing
from serving.store.moments import canonical, digest

COOKIE = "chartlight_session"
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
T = TypeVar("T")


def settings_of(request: Request) -> Settings:
    """The settings of the app."""
    found: Settings = request.app.state.settings
    return found


def store_of(request: Request) -> Store:
    """The store of the app."""
    found: Store = request.app.state.store
    return found


def reader_of(request: Request) -> Reader:
    """What reads and proposes."""
    found: Reader = request.app.state.reader
    return found


SettingsDep = Annotated[Settings, Depends(settings_of)]
StoreDep = Annotated[Store, Depends(store_of)]
ReaderDep = Annotated[Reader, Depends(reader_of)]


def authorise(request: Request, settings: SettingsDep, store: StoreDep) -> None:
    """Let the request through where the matrix has a row that allows its actor; raises ``Refusal`` for everything else."""
    row = matrix().get((request.method, getattr(request.scope.get("route"), "path", "")))
    if row is None:
        raise Refusal(Refused.FORBIDDEN)
    if row.is_public:
        return
    actor = _actor(request, settings, store)
    if actor is None:
        raise Refusal(Refused.UNAUTHENTICATED)
    request.state.actor = actor
    if not row.allows(actor):
        raise Refusal(Refused.FORBIDDEN)
    if actor.csrf is not None and request.method not in SAFE and request.headers.get("x-csrf-token") != actor.csrf:
        raise Refusal(Refused.CSRF)


def _actor(request: Request, settings: Settings, store: Store) -> Actor | None:
    scheme, _, secret = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and secret:
        return tokens.actor_of(store, secret.strip())
    cookie = request.cookies.get(COOKIE)
    if cookie:
        return sessions.actor_of(store, cookie, timedelta(minutes=settings.idle_minutes))
    return _from_provider(request, store)


def _from_provider(request: Request, store: Store) -> Actor | None:
    provider = request.app.state.identity_provider
    if provider is None or request.client is None:
        return None
    identity = provider.identity(request.headers, request.client.host)
    if identity is None:
        return None
    with reading(store, identity.tenant, "provider") as unit:
        try:
            account = accounts.of_login(unit, identity.login)
        except Refusal:
            return None
    if account.disabled:
        return None
    # no cookie stands behind this, yet a browser may: the token that pages send back is bound to the login
    csrf = digest(f"{request.app.state.csrf_key}:{identity.tenant}:{account.id}")
    return Actor(identity.tenant, account.id, account.login, account.role, f"provider:{account.id}", csrf=csrf)


def actor_of(request: Request) -> Actor:
    """The actor whom ``authorise`` let through."""
    found: Actor | None = getattr(request.state, "actor", None)
    if found is None:
        raise Refusal(Refused.UNAUTHENTICATED)
    return found


ActorDep = Annotated[Actor, Depends(actor_of)]


def if_match(
    if_match: Annotated[str | None, Header(description="ETag of what was read; without it: 428")] = None,
) -> int:
    """The version that the change is meant for; raises ``Refusal`` (428 without the header, 412 for one that is none of ours)."""
    if if_match is None:
        raise Refusal(Refused.PRECONDITION_REQUIRED)
    found = re.fullmatch(r'"(\d{1,9})"', if_match.strip())
    if found is None:
        raise Refusal(Refused.PRECONDITION_FAILED)
    return int(found[1])


IfMatchDep = Annotated[int, Depends(if_match)]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a route gives back: data, status, the version for the ETag, the address of what was made."""

    data: Any
    status: int = 200
    version: int | None = None
    location: str | None = None
    about: str | None = None

    def headers(self) -> dict[str, str]:
        """ETag and Location."""
        told = {}
        if self.version is not None:
            told["ETag"] = f'"{self.version}"'
        if self.location is not None:
            told["Location"] = self.location
        return told

    def response(self) -> Response:
        """As an HTTP response."""
        return JSONResponse(self.data, status_code=self.status, headers=self.headers())


@dataclass(frozen=True, slots=True)
class Post:
    """One POST: its act happens once for its Idempotency-Key, in one transaction with the answer that is kept."""

    request: Request
    actor: Actor
    store: Store
    key: str

    def once(self, body: Any, act: Callable[[Unit], Answer]) -> Response:
        """Act, or replay the answer of the first time. ``body`` is what was sent, as JSON data. Raises ``Refusal``."""
        return self.once_prepared(body, lambda: None, lambda unit, _: act(unit))

    def once_prepared(self, body: Any, prepare: Callable[[], T], act: Callable[[Unit, T], Answer]) -> Response:
        """The same, where something slow comes first, outside the transaction; it is left out when the answer is known."""
        told = canonical([self.request.method, self.request.url.path, sorted(self.request.query_params.items()), body])
        fingerprint = digest(told)
        with reading(self.store, self.actor.tenant, self.actor.id) as unit:
            kept = idempotency.find(unit, self.key, fingerprint)
        if kept is not None:
            return _replayed(kept)
        prepared = prepare()
        with writing(self.store, self.actor.tenant, self.actor.id) as unit:
            kept = idempotency.begin(unit, self.key, fingerprint)
            if kept is not None:
                return _replayed(kept)
            answer = act(unit, prepared)
            idempotency.keep(unit, self.key, answer.status, answer.headers(), answer.data, answer.about)
        return answer.response()


def _replayed(kept: idempotency.Kept) -> Response:
    headers = {**kept.headers, "Idempotent-Replayed": "true"}
    return Response(kept.body, status_code=kept.status, headers=headers, media_type="application/json")


def post(
    request: Request,
    actor: ActorDep,
    store: StoreDep,
    idempotency_key: Annotated[
        str | None, Header(description="chosen by the client, new for every act; without it: 400")
    ] = None,
) -> Post:
    """The POST; raises ``Refusal`` without a usable Idempotency-Key."""
    if not idempotency_key or not re.fullmatch(r"[\x21-\x7e]{1,200}", idempotency_key):
        raise Refusal(
            Refused.KEY_MISSING, "every POST needs the header Idempotency-Key: 1 to 200 visible ASCII characters"
        )
    return Post(request, actor, store, idempotency_key)


PostDep = Annotated[Post, Depends(post)]


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a list: how many, and after what."""

    limit: int
    after: str

    def cut(self, rows: list[T], key: Callable[[T], str], show: Callable[[T], Any]) -> dict[str, Any]:
        """The answer for ``limit + 1`` rows that were asked for: the items, and the cursor where there are more."""
        more = len(rows) > self.limit
        rows = rows[: self.limit]
        return {"items": [show(r) for r in rows], "next": cursor(key(rows[-1])) if more and rows else None}


def cursor(after: str) -> str:
    """A place in a list as an opaque word.

    >>> place(cursor("enc_01"))
    'enc_01'
    """
    return base64.urlsafe_b64encode(json.dumps([after]).encode()).decode().rstrip("=")


def place(cursor: str) -> str:
    """The place of a cursor; raises ``Refusal`` for one that is none of ours."""
    try:
        data = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, binascii.Error, UnicodeError):
        data = None
    if not (isinstance(data, list) and len(data) == 1 and isinstance(data[0], str) and data[0].isprintable()):
        raise Refusal(Refused.INVALID, where=(("cursor", "none of ours; leave it out to begin"),))
    return data[0]


def page(
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: Annotated[str | None, Query(max_length=300, description="`next` of the page before")] = None,
) -> Page:
    """The page that is asked for."""
    return Page(limit, place(cursor) if cursor else "")


PageDep = Annotated[Page, Depends(page)]
