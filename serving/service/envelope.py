"""What surrounds every request: an id, the host check, the size limit, headers of safety, one line of log, and the end of every fault."""

from __future__ import annotations

import secrets
import time
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serving.failure import where_it_broke
from serving.refusal import Refusal, Refused
from serving.service.journal import journal
from serving.service.metrics import Metrics
from serving.service.problems import respond
from serving.service.settings import Settings

HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), microphone=(), geolocation=()"),
    (b"cache-control", b"no-store"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"),
)
"""Sent with every answer that does not set them itself."""
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class Envelope:
    """ASGI middleware, the outermost of ours."""

    def __init__(self, app: ASGIApp, settings: Settings, metrics: Metrics) -> None:
        self._app = app
        self._settings = settings
        self._metrics = metrics
        self._hosts = {h.lower() for h in settings.allowed_hosts}
        self._log = journal()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        request.state.id = secrets.token_hex(8)
        began = time.perf_counter()
        told: dict[str, Any] = {"status": 0}

        async def send_(message: Message) -> None:
            if message["type"] == "http.response.start":
                told["status"] = message["status"]
                message["headers"] = _with_headers(message.get("headers", []), request.state.id)
            await send(message)

        try:
            if not self._is_our_host(request):
                await respond(request, Refusal(Refused.WRONG_HOST))(scope, receive, send_)
            elif int(_number(request.headers.get("content-length"))) > self._settings.max_bytes:
                await respond(request, self._too_large())(scope, receive, send_)
            else:
                await self._app(scope, self._limited(receive), send_)
        except Exception as error:
            # the message of an exception may hold words of a note: its kind and place are all that is told
            self._metrics.faults.inc()
            self._log.error("fault", request=request.state.id, fault=where_it_broke(error).partition(";")[0])
            if not told["status"]:
                await respond(request, Refusal(Refused.FAULT))(scope, receive, send_)
        self._tell(scope, request, int(told["status"]), time.perf_counter() - began)

    def _tell(self, scope: Scope, request: Request, status: int, seconds: float) -> None:
        route = getattr(scope.get("route"), "path", "unmatched")
        method = request.method if request.method in METHODS else "OTHER"
        self._metrics.observe(method, route, status, seconds)
        actor = getattr(request.state, "actor", None)
        who = {"tenant": actor.tenant, "actor": actor.id, "role": actor.role.value} if actor else {}
        self._log.info(
            "request",
            request=request.state.id,
            method=method,
            route=route,
            status=status,
            ms=round(seconds * 1000, 1),
            **who,
        )

    def _is_our_host(self, request: Request) -> bool:
        host = request.headers.get("host", "").lower()
        name = host.rpartition(":")[0] if ":" in host and not host.endswith("]") else host
        return name in self._hosts

    def _too_large(self) -> Refusal:
        return Refusal(Refused.TOO_LARGE, f"a request has at most {self._settings.max_bytes:,} bytes")

    def _limited(self, receive: Receive) -> Receive:
        got = 0

        async def counted() -> Message:
            nonlocal got
            message = await receive()
            got += len(message.get("body", b""))
            if got > self._settings.max_bytes:
                raise HTTPException(413)
            return message

        return counted


def _number(text: str | None) -> str:
    return text if text and text.isdecimal() and len(text) < 19 else "0"


def _with_headers(headers: Any, id: str) -> list[tuple[bytes, bytes]]:
    out = list(headers)
    have = {name.lower() for name, _ in out}
    out += [(name, value) for name, value in HEADERS if name not in have]
    return [*out, (b"x-request-id", id.encode())]
