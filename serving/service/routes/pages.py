"""The pages over HTTP: thin routes that load, show, and send the policy of safety along. Changes go through ``/v1`` alone."""

from __future__ import annotations

import time
from collections.abc import Callable, Coroutine
from datetime import datetime
from typing import Annotated, Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Path, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from sqlalchemy import Row
from starlette.responses import FileResponse, HTMLResponse, RedirectResponse, Response

from serving.people.roles import Actor
from serving.refusal import Refusal, Refused
from serving.review import work
from serving.review.page import packet as packets
from serving.review.page.render import HERE, POLICY, page, statics
from serving.review.page.store import CODERS, Names, names, own_codes, shown
from serving.review.page.view import review
from serving.review.page.words import ATTENTION
from serving.review.visit import State, load
from serving.review.work import Shelf
from serving.service.deps import ActorDep, SettingsDep, StoreDep, cursor, place
from serving.service.problems import STATUS
from serving.service.routes.encounters import EncounterId, tell_opened
from serving.service.settings import Settings
from serving.store.database import Unit, reading

MEDIA = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}
SHELVES = {
    Shelf.WAITING: ("Waiting", "No visit waits.", "New visits come here as soon as they are submitted."),
    Shelf.MINE: ("Mine", "You have claimed no visit.", "Open the next visit, or claim one that waits."),
    Shelf.CLAIMED: ("In review", "Nobody has a visit in review.", ""),
    Shelf.ATTENTION: (
        "Attention",
        "Nothing needs a second look.",
        "Late or changed documents and reopened visits come here.",
    ),
    Shelf.FINALISED: ("Finalised", "No visit has been finalised yet.", ""),
    Shelf.ALL: ("All", "There are no visits yet.", "Submit a note, or start the service with --demo."),
}
PER_PAGE = 50
IN_SIDE = 12
Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class Page(APIRoute):
    """A route for people: what is refused becomes a page, who is not logged in goes to the log-in, and the policy goes along."""

    def get_route_handler(self) -> Handler:
        """The handler with what surrounds it."""
        inner = super().get_route_handler()

        async def handle(request: Request) -> Response:
            try:
                response = await inner(request)
            except Refusal as refusal:
                response = _refused(request, refusal)
            except RequestValidationError:
                response = _refused(request, Refusal(Refused.NOT_FOUND))
            response.headers["content-security-policy"] = POLICY
            return response

        return handle


router = APIRouter(route_class=Page, include_in_schema=False)


def _refused(request: Request, refusal: Refusal) -> Response:
    if refusal.kind is Refused.UNAUTHENTICATED:
        there = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        return RedirectResponse(f"/login?next={quote(there)}", status_code=303)
    return HTMLResponse(page("refused.html", title=refusal.kind.definition), status_code=STATUS[refusal.kind])


@router.get("/")
def home() -> Response:
    """To the queue."""
    return RedirectResponse("/queue", status_code=303)


@router.get("/login")
def login(request: Request, settings: SettingsDep) -> Response:
    """The log-in; a demonstration names its users here."""
    users = getattr(request.app.state, "demo_users", ())
    return HTMLResponse(page("login.html", practice=settings.practice, demo_users=users))


@router.get("/static/{digest}/{name}")
def static(digest: str, name: Annotated[str, Path(pattern=r"^[a-z0-9]+\.(?:css|js|svg)$")]) -> Response:
    """Style sheets and modules, from the package alone; the digest in the address lets browsers keep them."""
    path = HERE / "static" / name
    if digest != statics() or not path.is_file():
        raise Refusal(Refused.NOT_FOUND)
    kept = {"cache-control": "public, max-age=31536000, immutable"}
    return FileResponse(path, media_type=MEDIA[name.rpartition(".")[2]], headers=kept)


@router.get("/queue")
def queue(
    request: Request,
    actor: ActorDep,
    store: StoreDep,
    settings: SettingsDep,
    shelf: Shelf = Shelf.WAITING,
    q: Annotated[str, Query(max_length=80)] = "",
    after: Annotated[str, Query(max_length=300)] = "",
) -> Response:
    """The queue by shelves, filtered by reference or date."""
    with reading(store, actor.tenant, actor.id) as unit:
        begin = place(after) if after else ""
        rows = work.listed(unit, actor, shelf, after=begin, limit=PER_PAGE + 1, find=q.strip())
        people = names(unit)
    told = SHELVES[shelf]
    return HTMLResponse(
        page(
            "queue.html",
            **_frame(request, actor),
            shelves=[{"name": s.value, "said": SHELVES[s][0]} for s in SHELVES],
            chosen=shelf.value,
            chosen_said=told[0],
            q=q,
            rows=[_line(row, actor, people, settings) for row in rows[:PER_PAGE]],
            after=cursor(rows[PER_PAGE - 1].id) if len(rows) > PER_PAGE else "",
            empty="No visit fits the filter." if q.strip() else told[1],
            empty_hint="Part of a reference, or a date such as 2026-03-02." if q.strip() else told[2],
            may_act=actor.role in CODERS and not store.is_read_only,
        )
    )


@router.get("/visits/{encounter_id}")
def visit(
    request: Request,
    encounter_id: EncounterId,
    actor: ActorDep,
    store: StoreDep,
    settings: SettingsDep,
    part: Annotated[str, Query(pattern=r"^(rail)?$")] = "",
) -> Response:
    """The review of one visit, or its rail alone; ``Server-Timing`` tells how long it took."""
    began = time.perf_counter()
    with reading(store, actor.tenant, actor.id) as unit:
        people = names(unit)
        found = load(unit, encounter_id)
        given = shown(unit, found, actor, people, is_read_only=store.is_read_only)
        waiting = [] if part else _side(unit, actor, people, settings, given.id)
        codes = own_codes(found) if found.is_withheld else {}
    if not part:
        tell_opened(store, unit, found)
    template = "rail.html" if part else "review.html"

    def at(stamp: str) -> str:
        return local(stamp, settings.time_zone)

    text = page(template, **_frame(request, actor), view=review(given), v=given, waiting=waiting, codes=codes, at=at)
    spent = (time.perf_counter() - began) * 1000
    return HTMLResponse(text, headers={"server-timing": f"page;dur={spent:.1f}"})


@router.get("/visits/{encounter_id}/packet")
def packet(
    request: Request, encounter_id: EncounterId, actor: ActorDep, store: StoreDep, settings: SettingsDep
) -> Response:
    """The defence packet of a finalised visit, for the printer."""
    with reading(store, actor.tenant, actor.id) as unit:
        people = names(unit)
        found = load(unit, encounter_id)
        told = packets.packet(unit, found, actor, people, practice=settings.practice, time_zone=settings.time_zone)
    tell_opened(store, unit, found)
    return HTMLResponse(page("packet.html", **_frame(request, actor), p=told, people=people))


def _frame(request: Request, actor: Actor) -> dict[str, Any]:
    """What every page of a person who is logged in needs."""
    return {
        "csrf": actor.csrf or "",
        "me": actor.login,
        "role": actor.role.value,
        "is_demo": bool(getattr(request.app.state, "demo_users", ())),
    }


def _side(unit: Unit, actor: Actor, people: Names, settings: Settings, here: str) -> list[dict[str, Any]]:
    """One's own visits and those that wait, for the left pane."""
    rows = work.listed(unit, actor, Shelf.MINE, limit=IN_SIDE) + work.listed(unit, actor, Shelf.WAITING, limit=IN_SIDE)
    return [_line(row, actor, people, settings) for row in rows[:IN_SIDE]]


def _line(row: Row[Any], actor: Actor, people: Names, settings: Settings) -> dict[str, Any]:
    is_mine = row.claimed_by == actor.id
    if row.state == State.FINALISED:
        state, said = "finalised", "finalised"
    elif row.claimed_by is None:
        state, said = "waiting", "waiting"
    else:
        state, said = ("mine", "yours") if is_mine else ("claimed", "in review")
    may = actor.role in CODERS and row.state != State.FINALISED
    return {
        "id": row.id,
        "reference": row.reference,
        "date_of_service": row.date_of_service or "not known",
        "state": state,
        "said": said,
        "attention": ATTENTION.get(row.attention or "", ""),
        "blind": bool(row.blind) and row.state != State.FINALISED,
        "who": people.of(row.claimed_by),
        "received": local(row.created_at, settings.time_zone),
        "version": row.version,
        "may_claim": may and row.claimed_by is None,
        "may_release": may and (is_mine or (row.claimed_by is not None and actor.role.value == "senior_coder")),
    }


def local(stamp: str, zone: str) -> str:
    """A stored moment on the practice's clock.

    >>> local("2026-03-02T18:05:00.000000+00:00", "America/New_York")
    '2026-03-02 13:05'
    """
    try:
        return datetime.fromisoformat(stamp).astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M")
    except ValueError:
        return stamp
