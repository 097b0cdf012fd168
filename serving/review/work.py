"""The queue: list what waits, claim a visit, claim the next one, release it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, and_, or_, select

from chartlight.labels import Label
from serving.people.roles import Actor, Role
from serving.refusal import Refusal, Refused
from serving.review.visit import State, changed, claimed, locked
from serving.store import audit
from serving.store.database import Unit
from serving.store.tables import encounters


class Shelf(Label):
    """The parts of the queue."""

    WAITING = "waiting", "open, claimed by nobody"
    MINE = "mine", "open, claimed by the person who asks"
    CLAIMED = "claimed", "open, claimed by somebody"
    FINALISED = "finalised", "decided"
    ATTENTION = "attention", "a document came after the decision or during review, or it was reopened"
    ALL = "all", "every visit"


def listed(
    unit: Unit, actor: Actor, shelf: Shelf, *, after: str = "", limit: int = 50, find: str = ""
) -> list[Row[Any]]:
    """Visits of a shelf, the oldest first, beyond the id ``after``; ``find`` is part of a reference, or a date of service."""
    e = encounters
    query = select(e).where(e.c.tenant == unit.tenant, e.c.purged_at.is_(None), e.c.id > after)
    if shelf is Shelf.WAITING:
        query = query.where(e.c.state == State.OPEN.value, e.c.claimed_by.is_(None))
    elif shelf is Shelf.MINE:
        query = query.where(e.c.state == State.OPEN.value, e.c.claimed_by == actor.id)
    elif shelf is Shelf.CLAIMED:
        query = query.where(e.c.state == State.OPEN.value, e.c.claimed_by.is_not(None))
    elif shelf is Shelf.FINALISED:
        query = query.where(e.c.state == State.FINALISED.value)
    elif shelf is Shelf.ATTENTION:
        query = query.where(e.c.attention.is_not(None))
    if find:
        query = query.where(or_(e.c.reference.icontains(find, autoescape=True), e.c.date_of_service == find))
    return list(unit.execute(query.order_by(e.c.id).limit(limit)))


def claim(unit: Unit, actor: Actor, id: str, *, version: int) -> int:
    """Claim a visit; returns its version. Raises ``Refusal`` where it is finalised or another's."""
    row = locked(unit, id, version=version)
    values = claimed(unit, row, actor)
    if not values:
        return int(row.version)
    audit.record(unit, "claimed", id)
    return changed(unit, row, **values)


def claim_next(unit: Unit, actor: Actor) -> tuple[str, int]:
    """Claim the visit that waits longest, or go on with one that the actor has claimed; raises ``Refusal`` where none waits."""
    e = encounters
    open_ = and_(e.c.tenant == unit.tenant, e.c.state == State.OPEN.value, e.c.purged_at.is_(None))
    query = select(e).where(open_, or_(e.c.claimed_by.is_(None), e.c.claimed_by == actor.id))
    # one's own first; in PostgreSQL a row that another transaction holds is passed over
    query = query.order_by(e.c.claimed_by.is_(None), e.c.id).limit(1).with_for_update(skip_locked=True)
    row = unit.execute(query).one_or_none()
    if row is None:
        raise Refusal(Refused.QUEUE_EMPTY)
    values = claimed(unit, row, actor)
    if not values:
        return str(row.id), int(row.version)
    audit.record(unit, "claimed", row.id)
    return str(row.id), changed(unit, row, **values)


def release(unit: Unit, actor: Actor, id: str, *, version: int) -> int:
    """Give a claimed visit back; a senior coder may give back another's. Raises ``Refusal``."""
    row = locked(unit, id, version=version)
    if row.claimed_by is None or row.state == State.FINALISED:
        return int(row.version)
    if row.claimed_by != actor.id and actor.role is not Role.SENIOR_CODER:
        raise Refusal(Refused.CLAIMED_BY_ANOTHER, "another person has claimed the visit; a senior coder can release it")
    audit.record(unit, "released", id, claimed_by=row.claimed_by)
    return changed(unit, row, claimed_by=None, claimed_at=None)
