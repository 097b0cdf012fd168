"""API tokens of systems: shown once, kept as a digest, with scopes and an end."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import Row, insert, select, update

from serving.people.roles import Actor, Role
from serving.refusal import Refusal, Refused
from serving.store import audit
from serving.store.database import Store, Unit, reading
from serving.store.moments import digest, moment, new_id, now, stamp
from serving.store.tables import tokens

PREFIX = "clt_"
"""What every token begins with, so that a scanner of secrets can find one that was left lying about."""
LONGEST_DAYS = 366


@dataclass(frozen=True, slots=True)
class Token:
    """A token without its secret."""

    id: str
    name: str
    role: Role
    scopes: tuple[str, ...]
    issued_at: str
    expires_at: str
    revoked_at: str | None


@dataclass(frozen=True, slots=True)
class Issued:
    """A new token and its secret, which nobody can read again."""

    token: Token
    secret: str = field(repr=False)


def issue(unit: Unit, name: str, role: Role, scopes: tuple[str, ...], days: int) -> Issued:
    """Issue a token under a name; an earlier one of the name ends. Raises ``Refusal`` for an administrator's role or a life beyond a year."""
    if role is Role.ADMIN:
        raise Refusal(Refused.INVALID, "an administrator is a person; give the token another role")
    if not 1 <= days <= LONGEST_DAYS:
        raise Refusal(Refused.INVALID, f"a token lives 1 to {LONGEST_DAYS} days", where=(("days", "out of range"),))
    _end(unit, name)
    secret = PREFIX + secrets.token_urlsafe(32)
    id = new_id("tok", unit.at)
    unit.execute(
        insert(tokens).values(
            tenant=unit.tenant, id=id, name=name, digest=digest(secret), role=role.value, scopes=json.dumps(sorted(scopes)),
            issued_by=unit.actor, issued_at=stamp(unit.at), expires_at=stamp(unit.at + timedelta(days=days)),
        )
    )  # fmt: skip
    audit.record(unit, "token_issued", id, role=role.value, scopes=sorted(scopes), days=days)
    row = unit.execute(select(tokens).where(tokens.c.tenant == unit.tenant, tokens.c.id == id)).one()
    return Issued(_token(row), secret)


def revoke(unit: Unit, name: str) -> None:
    """End the token of a name; raises ``Refusal`` where there is none."""
    if not _end(unit, name):
        raise Refusal(Refused.NOT_FOUND, "no token of that name is in force")


def _end(unit: Unit, name: str) -> bool:
    mine = (tokens.c.tenant == unit.tenant) & (tokens.c.name == name) & tokens.c.revoked_at.is_(None)
    ids = list(unit.execute(select(tokens.c.id).where(mine)).scalars())
    for id in ids:
        unit.execute(
            update(tokens).where(tokens.c.tenant == unit.tenant, tokens.c.id == id).values(revoked_at=stamp(unit.at))
        )
        audit.record(unit, "token_revoked", id)
    return bool(ids)


def listed(unit: Unit, *, after: str = "", limit: int = 100) -> list[Token]:
    """Tokens in the order in which they were issued."""
    query = select(tokens).where(tokens.c.tenant == unit.tenant, tokens.c.id > after)
    return [_token(row) for row in unit.execute(query.order_by(tokens.c.id).limit(limit))]


def actor_of(store: Store, secret: str) -> Actor | None:
    """Whose token it is; None where it is unknown, expired or revoked."""
    with reading(store, "", "") as unit:
        row = unit.execute(select(tokens).where(tokens.c.digest == digest(secret))).one_or_none()
    if row is None or row.revoked_at or moment(row.expires_at) <= now():
        return None
    return Actor(row.tenant, row.id, row.name, Role(row.role), row.digest, frozenset(json.loads(row.scopes)))


def _token(row: Row[Any]) -> Token:
    return Token(
        row.id, row.name, Role(row.role), tuple(json.loads(row.scopes)), row.issued_at, row.expires_at, row.revoked_at
    )
