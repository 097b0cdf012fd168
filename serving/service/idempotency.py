"""Idempotency keys: the answer of a POST is kept in the transaction of its act, and given again to whoever repeats it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from serving.refusal import Refusal, Refused
from serving.store.database import Unit
from serving.store.moments import canonical, stamp
from serving.store.tables import answers


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer that was given before."""

    status: int
    headers: Mapping[str, str]
    body: str = field(repr=False)


def find(unit: Unit, key: str, fingerprint: str) -> Kept | None:
    """The answer kept for the key; None where there is none. Raises ``Refusal`` where the key stood for another request."""
    row = unit.execute(
        select(answers).where(answers.c.tenant == unit.tenant, answers.c.actor == unit.actor, answers.c.key == key)
    ).one_or_none()
    if row is None:
        return None
    if row.fingerprint != fingerprint:
        raise Refusal(Refused.KEY_REUSED)
    return Kept(row.status, json.loads(row.headers), row.body) if row.status is not None else None


def begin(unit: Unit, key: str, fingerprint: str) -> Kept | None:
    """Take the key for this transaction; gives the answer of another one that was first, for which PostgreSQL waits here."""
    insert = sqlite.insert if unit.connection.dialect.name == "sqlite" else postgresql.insert
    values = {
        "tenant": unit.tenant,
        "actor": unit.actor,
        "key": key,
        "fingerprint": fingerprint,
        "made_at": stamp(unit.at),
    }
    done = unit.execute(insert(answers).values(**values).on_conflict_do_nothing())
    return find(unit, key, fingerprint) if done.rowcount == 0 else None


def keep(unit: Unit, key: str, status: int, headers: Mapping[str, str], data: Any, about: str | None) -> None:
    """Keep the answer."""
    mine = (answers.c.tenant == unit.tenant) & (answers.c.actor == unit.actor) & (answers.c.key == key)
    body = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    values = {"status": status, "headers": canonical(dict(headers)), "body": body, "about": about}
    unit.execute(update(answers).where(mine).values(**values))


def forget(unit: Unit, days: int) -> int:
    """Remove answers older than so many days; returns how many."""
    old = (answers.c.tenant == unit.tenant) & (answers.c.made_at < stamp(unit.at - timedelta(days=days)))
    return int(unit.execute(delete(answers).where(old)).rowcount)
