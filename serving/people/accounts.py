"""Accounts of people: add, list, disable, give a new password, check a login."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Row, func, insert, select, update

from serving.people import passwords
from serving.people.roles import Role
from serving.refusal import Refusal, Refused
from serving.store import audit
from serving.store.database import Unit
from serving.store.moments import moment, new_id, stamp
from serving.store.tables import practices, users

LOGIN = re.compile(r"[a-z0-9][a-z0-9._@+-]{0,79}")
FREE_ATTEMPTS = 5
"""Failed attempts before an account is locked for a while."""
FIRST_LOCK = timedelta(seconds=15)
LONGEST_LOCK = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Account:
    """An account without its password."""

    id: str
    login: str
    role: Role
    disabled: bool
    version: int
    created_at: str


def found_practice(unit: Unit, name: str) -> bool:
    """Make the unit's practice; False where it is there already."""
    if unit.execute(select(practices.c.tenant).where(practices.c.tenant == unit.tenant)).first():
        return False
    at = stamp(unit.at)
    unit.execute(insert(practices).values(tenant=unit.tenant, name=name, blind_percent=0, version=1, created_at=at))
    audit.record(unit, "practice_founded", unit.tenant)
    return True


def add(unit: Unit, login: str, role: Role, password: str | None) -> Account:
    """A new account; without a password nobody can log in by one. Raises ``Refusal`` for a login that is taken or malformed."""
    if not LOGIN.fullmatch(login):
        raise Refusal(
            Refused.INVALID,
            "a login has up to 80 small letters, digits and . _ @ + -",
            where=(("login", "not of that form"),),
        )
    if _row(unit, login) is not None:
        raise Refusal(Refused.EXISTS, "there is an account of that login; choose another, or reset that one")
    id = new_id("usr", unit.at)
    kept = passwords.hashed(password) if password is not None else None
    unit.execute(
        insert(users).values(
            tenant=unit.tenant, id=id, login=login, password_hash=kept, role=role.value, disabled=False,
            failures=0, version=1, created_at=stamp(unit.at),
        )
    )  # fmt: skip
    audit.record(unit, "user_added", id, role=role.value)
    return _account(_found(unit, login))


def listed(unit: Unit, *, after: str = "", limit: int = 100) -> list[Account]:
    """Accounts in the order of their logins."""
    query = select(users).where(users.c.tenant == unit.tenant, users.c.login > after)
    return [_account(row) for row in unit.execute(query.order_by(users.c.login).limit(limit))]


def change(
    unit: Unit,
    login: str,
    *,
    version: int | None = None,
    disabled: bool | None = None,
    role: Role | None = None,
    password: str | None = None,
) -> Account:
    """Disable, enable, give another role or password; ends the account's sessions. Raises ``Refusal``.

    The last administrator who can log in is neither disabled nor given another role.
    """
    row = _found(unit, login)
    if version is not None and row.version != version:
        raise Refusal(Refused.PRECONDITION_FAILED)
    values: dict[str, Any] = {"version": row.version + 1}
    if disabled is not None:
        values["disabled"] = disabled
    if role is not None:
        values["role"] = role.value
    if password is not None:
        values |= {"password_hash": passwords.hashed(password), "failures": 0, "locked_until": None}
    stays = not values.get("disabled", row.disabled) and values.get("role", row.role) == Role.ADMIN.value
    if row.role == Role.ADMIN.value and not row.disabled and not stays and _administrators(unit) < 2:
        raise Refusal(Refused.INVALID, "this is the last administrator; make another one first")
    unit.execute(update(users).where(users.c.tenant == unit.tenant, users.c.id == row.id).values(**values))
    from serving.people import sessions

    sessions.end_all(unit, row.id)
    told = {k: v for k, v in values.items() if k in ("disabled", "role")}
    audit.record(unit, "user_changed", row.id, password_reset=password is not None, **told)
    return _account(_found(unit, login))


def _administrators(unit: Unit) -> int:
    query = select(func.count()).where(
        users.c.tenant == unit.tenant, users.c.role == Role.ADMIN.value, users.c.disabled.is_(False)
    )
    return int(unit.execute(query).scalar_one())


@dataclass(frozen=True, slots=True)
class Attempt:
    """What became of an attempt to log in: the account, or why not; ``wait`` is how many seconds the account stays locked."""

    account: Account | None
    wait: int = 0


def check(unit: Unit, login: str, password: str) -> Attempt:
    """Check a login. Failures are counted in the transaction, so the caller commits it whatever comes out."""
    row = _row(unit, login)
    if row is not None and row.locked_until and moment(row.locked_until) > unit.at:
        return Attempt(None, wait=int((moment(row.locked_until) - unit.at).total_seconds()) + 1)
    fits = passwords.fits(password, row.password_hash if row is not None else None)
    if row is None:
        return Attempt(None)
    if not fits or row.disabled:
        failures = row.failures + 1
        values: dict[str, Any] = {"failures": failures}
        if failures >= FREE_ATTEMPTS:
            wait = min(FIRST_LOCK * 2 ** min(failures - FREE_ATTEMPTS, 10), LONGEST_LOCK)
            values["locked_until"] = stamp(unit.at + wait)
        unit.execute(update(users).where(users.c.tenant == unit.tenant, users.c.id == row.id).values(**values))
        audit.record(unit, "login_failed", row.id)
        return Attempt(None)
    if row.failures:
        values = {"failures": 0, "locked_until": None}
        unit.execute(update(users).where(users.c.tenant == unit.tenant, users.c.id == row.id).values(**values))
    return Attempt(_account(row))


def of_id(unit: Unit, id: str) -> Account | None:
    """The account of an id."""
    row = unit.execute(select(users).where(users.c.tenant == unit.tenant, users.c.id == id)).one_or_none()
    return _account(row) if row is not None else None


def of_login(unit: Unit, login: str) -> Account:
    """The account of a login; raises ``Refusal``."""
    return _account(_found(unit, login))


def _row(unit: Unit, login: str) -> Row[Any] | None:
    row: Row[Any] | None = unit.execute(
        select(users).where(users.c.tenant == unit.tenant, users.c.login == login).with_for_update()
    ).one_or_none()
    return row


def _found(unit: Unit, login: str) -> Row[Any]:
    row = _row(unit, login)
    if row is None:
        raise Refusal(Refused.NOT_FOUND, "no account of that login; `chartlight users list` names them")
    return row


def _account(row: Row[Any]) -> Account:
    return Account(row.id, row.login, Role(row.role), row.disabled, row.version, row.created_at)
