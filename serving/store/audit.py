"""The audit trail: one chain of events per tenant, each hashed over the one before it, written in the transaction of what it tells.

An event names who did what to what, with digests of the rows that it wrote; it never holds words of a note. ``verify`` finds a changed,
missing, added or moved event, and a stored body that is no longer the one of its event. Whoever can rewrite the whole database can also
compute a whole new chain: keep the head (``chartlight audit head``) elsewhere, and give it to ``chartlight audit verify --expect``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, Table, insert, select, update

from serving.store import tables
from serving.store.database import Unit
from serving.store.moments import canonical, digest, stamp

FIRST = "0" * 64
"""What the first event of a chain has for the hash before it."""

PURGED = "purged"
"""The action of the event by which retention says that it has removed the texts of a visit."""

BODIES: dict[str, tuple[Table, tuple[str, ...]]] = {
    "proposal": (tables.proposals, ("body", "determination", "services", "seen", "documents", "versions")),
    "amendment": (tables.amendments, ("body", "author", "made_at", "proposal_id")),
    "ruling": (tables.rulings, ("about", "verdict", "final", "rejection", "author", "made_at", "proposal_id")),
    "level": (tables.levels, ("level", "code", "author", "made_at", "proposal_id")),
    "decision": (tables.decisions, ("body", "replay", "versions", "author", "made_at", "proposal_id")),
    "reopening": (tables.reopenings, ("reason", "author", "made_at", "decision_id")),
}
"""For each thing that an event tells of: its table, and the columns that its digest covers."""


@dataclass(frozen=True, slots=True)
class Event:
    """One event as stored."""

    number: int
    at: str
    actor: str
    action: str
    about: str
    detail: dict[str, Any]
    hash: str


@dataclass(frozen=True, slots=True)
class Fault:
    """What ``verify`` found: where in which chain, and what is wrong."""

    tenant: str
    number: int
    what: str


def record(unit: Unit, action: str, about: str, **detail: Any) -> str:
    """Append an event to the tenant's chain and return its hash; the transaction of ``unit`` makes both or neither."""
    heads = tables.chain_heads
    head = unit.execute(
        select(heads.c.number, heads.c.hash).where(heads.c.tenant == unit.tenant).with_for_update()
    ).one_or_none()
    number, previous = (head.number + 1, head.hash) if head else (1, FIRST)
    row = {
        "tenant": unit.tenant,
        "number": number,
        "at": stamp(unit.at),
        "actor": unit.actor,
        "action": action,
        "about": about,
        "detail": canonical(detail),
        "previous": previous,
    }
    row["hash"] = _hash(row)
    unit.execute(insert(tables.audit_events).values(**row))
    if head:
        unit.execute(update(heads).where(heads.c.tenant == unit.tenant).values(number=number, hash=row["hash"]))
    else:
        unit.execute(insert(heads).values(tenant=unit.tenant, number=number, hash=row["hash"]))
    return str(row["hash"])


def digest_of(kind: str, row: dict[str, Any]) -> str:
    """The digest of a stored thing, over the columns of ``BODIES``."""
    return digest(canonical({name: row[name] for name in BODIES[kind][1]}))


def _hash(row: dict[str, Any]) -> str:
    told = {k: row[k] for k in ("tenant", "number", "at", "actor", "action", "about", "detail", "previous")}
    return digest(row["previous"] + canonical(told))


def events(
    unit: Unit, *, about: str | None = None, after: int = 0, limit: int = 100, newest_first: bool = False
) -> list[Event]:
    """Events of the unit's tenant, in order, beyond ``after`` (before it where the newest come first)."""
    e = tables.audit_events
    query = select(e).where(e.c.tenant == unit.tenant).limit(limit)
    if about is not None:
        query = query.where(e.c.about == about)
    if newest_first:
        query = query.order_by(e.c.number.desc())
        if after:
            query = query.where(e.c.number < after)
    else:
        query = query.where(e.c.number > after).order_by(e.c.number)
    return [_event(row) for row in unit.execute(query)]


def _event(row: Row[Any]) -> Event:
    return Event(row.number, row.at, row.actor, row.action, row.about, json.loads(row.detail), row.hash)


def head(connection: Connection, tenant: str) -> tuple[int, str]:
    """Number and hash of the last event of a tenant."""
    heads = tables.chain_heads
    found = connection.execute(select(heads.c.number, heads.c.hash).where(heads.c.tenant == tenant)).one_or_none()
    return (found.number, found.hash) if found else (0, FIRST)


def verify(connection: Connection, expect: dict[str, tuple[int, str]] | None = None) -> Iterator[Fault]:
    """Every fault of every chain; nothing where all is as it was written.

    ``expect`` gives heads that were kept elsewhere, by tenant: the chain must hold that event with that hash.
    """
    known = set(connection.scalars(select(tables.practices.c.tenant)))
    known |= set(connection.scalars(select(tables.chain_heads.c.tenant)))
    known |= set(connection.scalars(select(tables.audit_events.c.tenant).distinct()))
    for tenant in sorted(known | set(expect or {})):
        yield from _verify_chain(connection, tenant, (expect or {}).get(tenant))
        yield from _unrecorded(connection, tenant)


def _verify_chain(connection: Connection, tenant: str, expected: tuple[int, str] | None) -> Iterator[Fault]:
    e = tables.audit_events
    number, previous = 0, FIRST
    purged = _purged(connection, tenant)
    seen_expected = expected is None or expected[0] == 0
    for row in connection.execute(select(e).where(e.c.tenant == tenant).order_by(e.c.number)):
        number += 1
        if row.number != number:
            yield Fault(tenant, number, f"event {number} is missing; the next one is {row.number}")
            number = row.number
        told = row._asdict()
        if row.previous != previous:
            yield Fault(tenant, number, "does not follow from the event before it")
        if _hash(told) != row.hash:
            yield Fault(tenant, number, "was changed after it was written")
        if expected and row.number == expected[0]:
            seen_expected = row.hash == expected[1]
        previous = row.hash
        yield from _verify_bodies(connection, tenant, row, purged)
    if head(connection, tenant) != (number, previous):
        yield Fault(tenant, number, "is not the head of the chain: events were removed from its end, or added")
    if not seen_expected and expected:
        yield Fault(tenant, expected[0], "is not the event whose hash was kept elsewhere")


def _purged(connection: Connection, tenant: str) -> set[str]:
    """Visits whose texts retention has removed, as the chain itself tells."""
    e = tables.audit_events
    return set(connection.scalars(select(e.c.about).where(e.c.tenant == tenant, e.c.action == PURGED)))


def _verify_bodies(connection: Connection, tenant: str, row: Row[Any], purged: set[str]) -> Iterator[Fault]:
    try:
        detail = json.loads(row.detail)
    except ValueError:
        yield Fault(tenant, row.number, "its detail is no JSON")
        return
    if not isinstance(detail, dict):
        return
    if row.action == "document_received" and not _has_document(connection, tenant, detail, row.about in purged):
        yield Fault(tenant, row.number, "the document that it tells of is missing, or was changed after it was written")
    for kind, (table, _) in BODIES.items():
        if kind not in detail or "digest" not in detail:
            continue
        query = select(table).where(table.c.tenant == tenant, table.c.id == detail[kind])
        stored = connection.execute(query).one_or_none()
        if stored is None:
            yield Fault(tenant, row.number, f"the {kind} that it tells of is missing")
        elif stored.encounter_id not in purged and digest_of(kind, stored._asdict()) != detail["digest"]:
            yield Fault(tenant, row.number, f"the {kind} that it tells of was changed after it was written")


def _has_document(connection: Connection, tenant: str, detail: dict[str, Any], is_purged: bool) -> bool:
    d = tables.documents
    query = select(d.c.text, d.c.digest).where(d.c.tenant == tenant, d.c.id == detail.get("document"))
    stored = connection.execute(query).one_or_none()
    if stored is None or stored.digest != detail.get("text"):
        return False
    return is_purged if stored.text is None else f"sha256:{digest(stored.text)}" == stored.digest


def _unrecorded(connection: Connection, tenant: str) -> Iterator[Fault]:
    """Stored things that no event tells of."""
    e = tables.audit_events
    told: dict[str, set[str]] = {kind: set() for kind in BODIES}
    for detail in connection.scalars(select(e.c.detail).where(e.c.tenant == tenant)):
        try:
            data = json.loads(detail)
        except ValueError:
            continue
        for kind in BODIES:
            if isinstance(data, dict) and isinstance(data.get(kind), str):
                told[kind].add(data[kind])
    for kind, (table, _) in BODIES.items():
        stored = set(connection.scalars(select(table.c.id).where(table.c.tenant == tenant)))
        for id in sorted(stored - told[kind]):
            yield Fault(tenant, 0, f"{kind} {id} was added without an event")


def last(unit: Unit, about: str, action: str) -> str | None:
    """When the unit's actor last did this to that."""
    e = tables.audit_events
    query = select(e.c.at).where(
        e.c.tenant == unit.tenant, e.c.about == about, e.c.actor == unit.actor, e.c.action == action
    )
    found: str | None = unit.execute(query.order_by(e.c.number.desc()).limit(1)).scalar_one_or_none()
    return found
