"""The database: SQLite in a file by default, PostgreSQL by one setting. Writes are one transaction each, and are on the disk when they return."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url

from serving.store.moments import now

BUSY_MILLISECONDS = 15_000
"""How long SQLite waits for another process that writes."""
POOL = 40
"""Connections kept: as many as the service has threads."""


@dataclass(frozen=True, slots=True)
class Store:
    """An open database. ``is_read_only`` refuses every write but those of sessions."""

    engine: Engine
    is_read_only: bool = False
    turn: threading.Lock = field(default_factory=threading.Lock, repr=False)

    @property
    def is_sqlite(self) -> bool:
        """Whether the database is the embedded one."""
        return self.engine.dialect.name == "sqlite"

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()


@dataclass(frozen=True, slots=True)
class Unit:
    """One transaction on behalf of one actor of one tenant: every function of the store takes it, so every query knows its tenant."""

    connection: Connection = field(repr=False)
    tenant: str
    actor: str
    at: datetime

    def execute(self, statement: Any, *given: Any) -> Any:
        """Run a statement."""
        return self.connection.execute(statement, *given)


class ReadOnly(RuntimeError):
    """A write while the service is read-only."""


def open_store(url: str, *, is_read_only: bool = False) -> Store:
    """Open a database; a SQLite file and its folder are made where they are missing. Parameters never appear in errors.

    >>> open_store("sqlite://").is_sqlite
    True
    """
    address = make_url(url)
    if address.drivername in ("postgresql", "postgres"):
        address = address.set(drivername="postgresql+psycopg")
    given: dict[str, Any] = {"hide_parameters": True}
    if address.get_backend_name() == "sqlite":
        if address.database:
            Path(address.database).expanduser().parent.mkdir(parents=True, exist_ok=True)
            given |= {"pool_size": POOL, "max_overflow": POOL}
        engine = create_engine(address, **given)
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    else:
        engine = create_engine(address, pool_size=POOL, max_overflow=POOL, pool_pre_ping=True, **given)
    return Store(engine, is_read_only)


def _prepare_sqlite(connection: Any, _: Any) -> None:
    connection.isolation_level = None  # the driver's own BEGIN is deferred; ours is below
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        f"busy_timeout={BUSY_MILLISECONDS}",
        "secure_delete=ON",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    # a writer takes its lock at once: a deferred one could read, and then find that another has written
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


@contextmanager
def writing(
    store: Store, tenant: str, actor: str, *, at: datetime | None = None, even_read_only: bool = False
) -> Iterator[Unit]:
    """One transaction that writes; committed at the end, undone by any exception. Raises ``ReadOnly``.

    ``even_read_only`` is for sessions: people may look while nothing may change.
    """
    if store.is_read_only and not even_read_only:
        raise ReadOnly
    # within this process writers queue fairly instead of asking SQLite again and again
    with (
        store.turn if store.is_sqlite else nullcontext(),
        store.engine.connect().execution_options(writes=True) as connection,
        connection.begin(),
    ):
        yield Unit(connection, tenant, actor, at or now())


@contextmanager
def reading(store: Store, tenant: str, actor: str) -> Iterator[Unit]:
    """One transaction that reads: a single view of the database."""
    with store.engine.connect() as connection, connection.begin():
        yield Unit(connection, tenant, actor, now())
