"""The store: schema, append-only tables, durability settings, and that no query forgets its tenant."""

from __future__ import annotations

import re
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import delete, event, insert, select, text, update
from sqlalchemy.exc import DBAPIError

from serving.failure import Failure
from serving.review.visit import load
from serving.store import audit, retention
from serving.store.database import ReadOnly, open_store, reading, writing
from serving.store.migrate import newest, present, upgrade
from serving.store.tables import APPEND_ONLY, METADATA, documents, encounters, proposals
from tests.service.world import World, log_in


def test_the_migrations_make_the_tables_that_the_program_knows(here: World) -> None:
    with here.store.engine.connect() as connection:
        assert present(connection) == newest()
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []


def test_a_database_of_a_newer_program_is_refused(here: World) -> None:
    with here.store.engine.connect().execution_options(writes=True) as connection, connection.begin():
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(Failure, match="use the newer program"):
        upgrade(here.store)


def test_a_database_of_the_version_before_is_brought_up_and_keeps_its_visits(here: World) -> None:
    id = here.submit()
    with here.store.engine.connect().execution_options(writes=True) as connection, connection.begin():
        connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    upgrade(here.store)
    with here.store.engine.connect() as connection:
        assert present(connection) == newest() == "0002"
    here.decide(id)


def test_sqlite_is_set_to_lose_nothing(lite: World) -> None:
    with lite.store.engine.connect() as connection:
        told = {
            p: connection.exec_driver_sql(f"PRAGMA {p}").scalar()
            for p in ("journal_mode", "synchronous", "foreign_keys")
        }
    assert told == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


def test_rows_that_were_signed_are_never_changed_or_removed(here: World) -> None:
    id = here.submit()
    here.act(id, "amendments", {"removed": ["p2"]})
    here.decide(id)
    here.act(id, "reopening", {"reason": "invented reason"})
    for name in APPEND_ONLY:
        table = METADATA.tables[name]
        if name == "levels":
            continue  # a blind visit has one; the trigger is made in the same loop
        with here.store.engine.connect() as connection:
            assert connection.execute(select(table)).first() is not None, name
        for statement in (update(table).values(tenant="x"), delete(table)):
            with (
                pytest.raises(DBAPIError, match="append-only"),
                here.store.engine.connect().execution_options(writes=True) as connection,
                connection.begin(),
            ):
                connection.execute(statement)


def test_a_row_of_no_practice_is_refused(here: World) -> None:
    values = {c.name: "x" for c in documents.columns} | {"tenant": "nowhere", "version": 1, "signed": None}

    def write() -> None:
        with writing(here.store, "nowhere", "test") as unit:
            unit.execute(insert(documents).values(**values))

    with pytest.raises(DBAPIError):
        write()


def test_what_fails_half_way_leaves_nothing(here: World) -> None:
    def write() -> None:
        with writing(here.store, "main", "test") as unit:
            unit.execute(update(encounters).where(encounters.c.tenant == "main").values(version=7))
            audit.record(unit, "tried", "main")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write()
    with reading(here.store, "main", "test") as unit:
        assert "tried" not in {e.action for e in audit.events(unit, limit=1000)}


def test_a_read_only_store_refuses_writes(lite: World) -> None:
    store = open_store(str(lite.store.engine.url), is_read_only=True)
    with pytest.raises(ReadOnly), writing(store, "main", "test"):
        pass
    store.close()


WITHOUT_TENANT = re.compile(
    r"alembic_version|purge_guard|SELECT 1|pragma|pg_catalog|BEGIN|sqlite_master|table_info|version\(\)|show ",
    re.IGNORECASE,
)
BY_SECRET = ("sessions.digest =", "tokens.digest =", "batch_items.state =", "DELETE FROM answers")
"""A session and a token are found by their own secret; the worker of batches takes what waits for anybody."""


def test_every_statement_names_its_tenant(lite: World) -> None:
    seen: list[str] = []

    def note(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        seen.append(statement)

    event.listen(lite.store.engine, "before_cursor_execute", note)
    id = lite.submit()
    lite.act(id, "amendments", {"removed": ["p2"]})
    lite.decide(id)
    lite.act(id, "reopening", {"reason": "invented reason"})
    lite.decide(id)
    lite.submit("Sore throat. Invented.", id="visit-1")
    for path in (
        f"/v1/encounters/{id}", f"/v1/encounters/{id}/differences", "/v1/queue?shelf=all", f"/v1/encounters/{id}/exports/html",
        "/v1/exports/decisions",
    ):  # fmt: skip
        assert lite.call("GET", path).status_code == 200
    assert lite.call("GET", "/v1/exports/training", "data_scientist").status_code == 200
    assert lite.call("GET", "/metrics", "integrator").status_code == 200
    log_in(lite.client)
    assert lite.client.get("/v1/users").status_code == 200
    event.remove(lite.store.engine, "before_cursor_execute", note)
    wrong = [
        s for s in seen
        if not WITHOUT_TENANT.search(s) and "INSERT" not in s and not re.search(r"WHERE.*tenant = ", s, re.DOTALL)
        and not any(known in s for known in BY_SECRET)
    ]  # fmt: skip
    assert wrong == []
    assert len(seen) > 200


def test_retention_removes_texts_and_leaves_who_decided_what(here: World) -> None:
    old, young = here.submit(), here.submit("Sore throat. Invented.")
    here.decide(old)
    with writing(here.store, "main", "test") as unit:
        assert retention.due(unit, 1) == []
    with writing(here.store, "main", "test") as unit:
        retention.purge(unit, old)
    with here.store.engine.connect() as connection:
        assert list(audit.verify(connection)) == []
        kept = connection.execute(
            select(documents.c.text, documents.c.name).where(documents.c.encounter_id == old)
        ).one()
        assert kept.text is None
        assert "visit" not in kept.name
        body = connection.execute(select(proposals.c.body).where(proposals.c.encounter_id == old)).scalar_one()
        assert body is None
    assert here.call("GET", f"/v1/encounters/{old}/proposal").status_code == 404
    assert here.call("GET", "/v1/exports/decisions").json()["items"] == []
    assert [v["id"] for v in here.call("GET", "/v1/queue?shelf=all").json()["items"]] == [young]
    with reading(here.store, "main", "test") as unit:
        assert load(unit, young).proposal.facts
