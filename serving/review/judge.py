"""Facts as amended to a determination, by the rules alone; the same function judges now and when a decision is replayed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from chartlight import AnyFact, Determination, EncounterContext, Service
from chartlight.codec import decode, decode_fact, decode_services, encode
from chartlight.labels import DocumentKind, Level, Setting
from rules.determine import determine
from rules.edition import NoEdition, edition_in_force
from rules.families import CodeRow, Family, family
from rules.routes import payer_named, routing

VISITS = frozenset({DocumentKind.VISIT, DocumentKind.DISCHARGE_SUMMARY})


def judge(
    facts: Sequence[AnyFact], context: EncounterContext, services: Sequence[Service], kind: DocumentKind
) -> Determination:
    """What the rules determine; a text that is no visit keeps its MDM and gets no code, as in the proposal."""
    found = determine(facts, context, services)
    if kind in VISITS:
        return found
    return replace(
        found, code=None, basis=None, alternatives=(), add_ons=(), modifiers=(), unsupported=f"not_a_visit:{kind.value}"
    )


def replay_of(
    facts: Sequence[AnyFact], context: EncounterContext, services: Sequence[Service], kind: DocumentKind
) -> dict[str, Any]:
    """All that the rules need to determine again, as JSON data."""
    return {
        "facts": encode(tuple(facts)),
        "context": encode(context),
        "services": encode(tuple(services)),
        "document_kind": kind.value,
    }


def given(
    data: dict[str, Any],
) -> tuple[tuple[AnyFact, ...], EncounterContext, tuple[Service, ...], DocumentKind]:
    """What ``replay_of`` kept: facts, context, services, kind of document."""
    facts = tuple(decode_fact(fact, id=fact["id"]) for fact in data["facts"])
    context = decode(EncounterContext, data["context"])
    return facts, context, decode_services(data["services"]), DocumentKind(data["document_kind"])


def replay(data: dict[str, Any]) -> Determination:
    """The determination of what ``replay_of`` kept."""
    return judge(*given(data))


def offered(context: EncounterContext, found: Determination) -> tuple[CodeRow, ...]:
    """The codes of the family that answers the visit, in rising order; none where no family covers setting and date."""
    one = _family(context)
    if one is None:
        return ()
    rows = [row for row in one.codes if not row.settings or (context.setting or Setting.OFFICE) in row.settings]
    own = next((row for row in rows if row.code == found.code), None)
    status, stage = (own.status, own.stage) if own else (context.patient_status, context.stage)
    return tuple(row for row in rows if row.status in (None, status) and row.stage in (None, stage))


def is_level_code(code: str, day: date | None) -> bool:
    """Whether the code is an E/M code of any family in force on the day.

    >>> is_level_code("99214", date(2026, 3, 2)), is_level_code("20610", date(2026, 3, 2))
    (True, False)
    """
    if day is None:
        return False
    try:
        routes = routing(edition_in_force("routing", day)).routes
    except NoEdition:
        return False
    for topic in {route.family for route in routes if route.family}:
        try:
            if any(row.code == code for row in family(edition_in_force(topic, day)).codes):
                return True
        except NoEdition:
            continue
    try:  # critical care goes by its own minutes and has no family
        return bool(edition_in_force("critical_care", day).body["critical_care"]["code"] == code)
    except NoEdition:
        return False


def _family(context: EncounterContext) -> Family | None:
    day = context.date_of_service
    if day is None:
        return None
    try:
        payer = payer_named(context.payer, day, {}) or payer_named("cpt", day, {})
        if payer is None:
            return None
        route = routing(edition_in_force("routing", day)).route(context.setting or Setting.OFFICE, context.stage, payer)
        return family(edition_in_force(route.family, day)) if route is not None and route.family else None
    except NoEdition:
        return None


def neighbours(context: EncounterContext, found: Determination) -> dict[str, Any]:
    """The next lower and the next higher code, and in neutral words what separates them from this one."""
    rows = offered(context, found)
    place = next((n for n, row in enumerate(rows) if row.code == found.code), None)
    if place is None:
        return {"lower": None, "higher": None}
    lower = rows[place - 1] if place else None
    higher = rows[place + 1] if place + 1 < len(rows) else None
    return {"lower": _told(lower, found), "higher": _told(higher, found)}


def _told(row: CodeRow | None, found: Determination) -> dict[str, Any] | None:
    if row is None:
        return None
    words = []
    if row.mdm:
        needed = min(row.mdm)
        words.append(f"stands for {' or '.join(level.value for level in row.mdm)} medical decision making")
        if found.mdm is not None:
            words.append(_elements(needed, found))
    if row.minutes is not None:
        stated = f"; {found.time.minutes} are stated" if found.time else "; none are stated"
        words.append(f"by time from {row.minutes} minutes{stated}")
    return {
        "code": row.code,
        "mdm": [level.value for level in row.mdm],
        "minutes": row.minutes,
        "because": "; ".join(words),
    }


def _elements(needed: Level, found: Determination) -> str:
    assert found.mdm is not None
    elements = {"problems": found.mdm.problems, "data": found.mdm.data, "risk": found.mdm.risk}
    at = [name for name, level in elements.items() if level >= needed]
    below = [f"{name} {level.value}" for name, level in elements.items() if level < needed]
    reached = f"at {needed.value} or above here: {', '.join(at) or 'none'}"
    return f"{reached}; below: {', '.join(below)}" if below else reached
