"""Sessions of browsers: a secret in a cookie, its digest in the store, and an end after idle time."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy import insert, select, update

from serving.people.accounts import Account
from serving.people.roles import Actor, Role
from serving.store import audit
from serving.store.database import Store, Unit, reading, writing
from serving.store.moments import digest, moment, now, stamp
from serving.store.tables import sessions, users

SEEN_EVERY = timedelta(seconds=60)
"""How often the store notes that a session is alive."""
LONGEST = timedelta(hours=12)
"""A session ends after so long, however busy."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A new session: the secret for the cookie, and the token that a page sends back in ``X-CSRF-Token``."""

    secret: str = field(repr=False)
    csrf: str = field(repr=False)


def begin(unit: Unit, account: Account) -> Opened:
    """Open a session for an account that has shown who it is."""
    secret, csrf = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
    at = stamp(unit.at)
    unit.execute(
        insert(sessions).values(
            tenant=unit.tenant, digest=digest(secret), user_id=account.id, csrf=csrf, created_at=at, seen_at=at
        )
    )
    audit.record(unit, "login", account.id)
    return Opened(secret, csrf)


def actor_of(store: Store, secret: str, idle: timedelta) -> Actor | None:
    """Whose session it is; None where it is unknown, ended, idle for too long, or its account is disabled."""
    key = digest(secret)
    at = now()
    with reading(store, "", "") as unit:
        query = (
            select(sessions, users.c.login, users.c.role, users.c.disabled)
            .join(users, (users.c.tenant == sessions.c.tenant) & (users.c.id == sessions.c.user_id))
            .where(sessions.c.digest == key)
        )
        row = unit.execute(query).one_or_none()
    if row is None or row.ended_at or row.disabled:
        return None
    if at - moment(row.seen_at) > idle or at - moment(row.created_at) > LONGEST:
        return None
    if at - moment(row.seen_at) > SEEN_EVERY:
        with writing(store, row.tenant, row.user_id, even_read_only=True) as unit:
            mine = (sessions.c.tenant == unit.tenant) & (sessions.c.digest == key)
            unit.execute(update(sessions).where(mine).values(seen_at=stamp(at)))
    return Actor(row.tenant, row.user_id, row.login, Role(row.role), key, csrf=row.csrf)


def end(unit: Unit, key: str) -> None:
    """End one session."""
    mine = (sessions.c.tenant == unit.tenant) & (sessions.c.digest == key)
    unit.execute(update(sessions).where(mine, sessions.c.ended_at.is_(None)).values(ended_at=stamp(unit.at)))
    audit.record(unit, "logout", unit.actor)


def end_all(unit: Unit, user_id: str) -> None:
    """End all sessions of an account."""
    theirs = (sessions.c.tenant == unit.tenant) & (sessions.c.user_id == user_id)
    unit.execute(update(sessions).where(theirs, sessions.c.ended_at.is_(None)).values(ended_at=stamp(unit.at)))
