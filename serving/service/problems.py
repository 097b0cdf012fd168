"""Errors as RFC 9457 problems: one shape everywhere, with never a word of a note in it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import OperationalError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from chartlight.codec import CodecError
from serving.failure import Failure
from serving.refusal import Refusal, Refused
from serving.store.database import ReadOnly

R = Refused
STATUS: dict[Refused, int] = {
    R.UNAUTHENTICATED: 401,
    R.WRONG_LOGIN: 401,
    R.TOO_MANY_ATTEMPTS: 429,
    R.FORBIDDEN: 403,
    R.CSRF: 403,
    R.NOT_FOUND: 404,
    R.KEY_MISSING: 400,
    R.KEY_REUSED: 422,
    R.PRECONDITION_REQUIRED: 428,
    R.PRECONDITION_FAILED: 412,
    R.CLAIMED_BY_ANOTHER: 409,
    R.QUEUE_EMPTY: 404,
    R.FINALISED: 409,
    R.NOT_FINALISED: 409,
    R.LEVEL_NOT_ENTERED: 409,
    R.LEVEL_ENTERED: 409,
    R.RULINGS_OPEN: 409,
    R.UNKNOWN_CODE: 422,
    R.UNKNOWN_FACT: 422,
    R.NOT_VERBATIM: 422,
    R.UNREADABLE: 422,
    R.INVALID: 422,
    R.EXISTS: 409,
    R.TOO_LARGE: 413,
    R.UNSUPPORTED_MEDIA: 415,
    R.WRONG_HOST: 400,
    R.NO_METHOD: 405,
    R.READ_ONLY: 503,
    R.BUSY: 503,
    R.FAULT: 500,
}
"""The HTTP status of every refusal; a test demands one for each."""

MEDIA_TYPE = "application/problem+json"
_OF_STATUS = {
    400: R.INVALID,
    401: R.UNAUTHENTICATED,
    403: R.FORBIDDEN,
    404: R.NOT_FOUND,
    405: R.NO_METHOD,
    413: R.TOO_LARGE,
}
_OF_STATUS |= {415: R.UNSUPPORTED_MEDIA, 422: R.INVALID}
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,30}(?:\[\d{1,6}\])?")
_SAFE_TYPES = re.compile(
    r"missing|enum|literal_error|string_(?:too_short|too_long|type|pattern_mismatch)|greater_than.*|less_than.*|(?:int|bool|float|date|list|dict)_type"
    r"|(?:int|bool|float|date)_parsing|too_long|too_short|value_error|json_invalid"
)


def problem(kind: Refused, detail: str = "", *, status: int | None = None, **more: Any) -> dict[str, Any]:
    """The members of a problem.

    >>> problem(Refused.NOT_FOUND)["type"]
    'urn:chartlight:problem:not_found'
    """
    return {
        "type": f"urn:chartlight:problem:{kind.value}",
        "title": kind.definition,
        "status": status or STATUS[kind],
        "detail": detail or kind.definition,
    } | {k: v for k, v in more.items() if v}


def respond(request: Request, refusal: Refusal, *, status: int | None = None) -> Response:
    """The response that tells a refusal."""
    body = problem(
        refusal.kind,
        refusal.detail,
        status=status,
        instance=f"urn:chartlight:request:{getattr(request.state, 'id', '')}",
        errors=[{"where": where, "what": what} for where, what in refusal.where],
    )
    headers = {}
    if refusal.retry_after is not None:
        headers["Retry-After"] = str(refusal.retry_after)
    if refusal.kind is R.UNAUTHENTICATED:
        headers["WWW-Authenticate"] = 'Bearer realm="chartlight"'
    return JSONResponse(body, status_code=body["status"], media_type=MEDIA_TYPE, headers=headers)


def install(app: FastAPI) -> None:
    """Make every error of the app a problem."""

    @app.exception_handler(Refusal)
    def refused(request: Request, error: Refusal) -> Response:
        return respond(request, error)

    @app.exception_handler(RequestValidationError)
    def invalid(request: Request, error: RequestValidationError) -> Response:
        return respond(request, Refusal(R.INVALID, where=tuple(_where(e) for e in error.errors()[:20])))

    @app.exception_handler(HTTPException)
    def http(request: Request, error: HTTPException) -> Response:
        kind = _OF_STATUS.get(error.status_code, R.INVALID)
        response = respond(request, Refusal(kind), status=error.status_code)
        for name, value in (error.headers or {}).items():
            response.headers[name] = value
        return response

    @app.exception_handler(CodecError)
    def codec(request: Request, error: CodecError) -> Response:
        return respond(request, Refusal(R.INVALID, where=(_told(error),)))

    @app.exception_handler(ReadOnly)
    def read_only(request: Request, error: ReadOnly) -> Response:
        return respond(request, Refusal(R.READ_ONLY, retry_after=600))

    @app.exception_handler(OperationalError)
    def busy(request: Request, error: OperationalError) -> Response:
        return respond(request, Refusal(R.BUSY, retry_after=1))

    @app.exception_handler(Failure)
    def failure(request: Request, error: Failure) -> Response:
        return respond(request, Refusal(R.UNREADABLE))


def _where(error: dict[str, Any]) -> tuple[str, str]:
    """Place and cause of a validation error, without what was sent: neither values nor names of unknown keys."""
    place: Sequence[str | int] = error.get("loc", ())
    kind = str(error.get("type", ""))
    if kind == "extra_forbidden":
        return _path(place[1:-1]), "an unknown key"
    what = str(error.get("msg", "")) if _SAFE_TYPES.fullmatch(kind) else kind.replace("_", " ")
    return _path(place[1:] if len(place) > 1 else place), what


def _path(parts: Sequence[str | int]) -> str:
    return ".".join(str(p) for p in parts if isinstance(p, int) or _PLAIN.fullmatch(p))


def _told(error: CodecError) -> tuple[str, str]:
    """The same of the codec's errors, whose sentences may repeat a short value."""
    what, place = error.what, error.where
    if what.startswith("unknown key"):
        place, what = place.rpartition(".")[0], "an unknown key"
    elif " is not one of " in what:
        what = "not one of " + what.rpartition(" is not one of ")[2]
    elif what.startswith("unknown fact kind"):
        what = "unknown fact kind; one of " + what.rpartition("; one of ")[2]
    elif " was expected" in what:
        what = what.partition(" was expected")[0] + " was expected"
    elif what != "missing; it must be given":
        what = "does not fit the contract"
    return _path(place.split(".")), what
