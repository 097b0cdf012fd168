"""The audit trail: tampering with any row of it is found every time, and every stored decision is determined the same again."""

from __future__ import annotations

import random
from typing import Any

import pytest
from sqlalchemy import Connection, delete, insert, select, text, update

from serving.review.decide import replayed
from serving.store import audit
from serving.store.tables import APPEND_ONLY, METADATA, audit_events, chain_heads, decisions, documents
from tests.service.world import World

COLUMNS = ("at", "actor", "action", "about", "detail", "previous", "hash", "tenant", "number")


def lift_the_triggers(connection: Connection) -> None:
    """What an intruder with the database's own rights can do."""
    for table in APPEND_ONLY:
        if connection.dialect.name == "sqlite":
            for verb in ("UPDATE", "DELETE"):
                connection.execute(text(f"DROP TRIGGER IF EXISTS {table}_no_{verb}"))
        else:
            connection.execute(text(f"DROP TRIGGER IF EXISTS {table}_append_only ON {table}"))


def written(here: World) -> str:
    id = here.submit()
    here.act(id, "amendments", {"removed": ["p2"]})
    here.decide(id)
    here.act(id, "reopening", {"reason": "invented reason"})
    here.decide(id)
    return id


def tampered(connection: Connection, row: Any, column: str) -> None:
    value: Any = row._mapping[column]
    value = value + 1000 if isinstance(value, int) else value[:-1] + ("0" if value[-1:] != "0" else "1")
    mine = (audit_events.c.tenant == row.tenant) & (audit_events.c.number == row.number)
    connection.execute(update(audit_events).where(mine).values({column: value}))


def test_an_untouched_trail_verifies(here: World) -> None:
    written(here)
    with here.store.engine.connect() as connection:
        assert list(audit.verify(connection)) == []


def test_any_change_of_any_event_is_found(here: World) -> None:
    written(here)
    with here.store.engine.connect().execution_options(writes=True) as connection, connection.begin() as whole:
        lift_the_triggers(connection)
        rows = connection.execute(select(audit_events)).all()
        for n, row in enumerate(rows):
            for column in COLUMNS if n % 5 == 0 else (random.Random(n).choice(COLUMNS),):
                with connection.begin_nested() as one:
                    tampered(connection, row, column)
                    assert list(audit.verify(connection)), (row.number, column)
                    one.rollback()
        for row in rows:
            with connection.begin_nested() as one:
                connection.execute(delete(audit_events).where(audit_events.c.number == row.number))
                assert list(audit.verify(connection)), row.number
                one.rollback()
        assert list(audit.verify(connection)) == []
        whole.rollback()


def test_events_cut_off_at_the_end_or_put_in_are_found(here: World) -> None:
    written(here)
    with here.store.engine.connect().execution_options(writes=True) as connection, connection.begin() as whole:
        lift_the_triggers(connection)
        number, hash_ = audit.head(connection, "main")
        kept = {"main": (number, hash_)}
        last = connection.execute(select(audit_events).where(audit_events.c.number == number)).one()
        # the intruder shortens the chain and mends its head: only a head that was kept elsewhere tells
        connection.execute(delete(audit_events).where(audit_events.c.number == number))
        connection.execute(update(chain_heads).values(number=number - 1, hash=last.previous))
        assert [f.what for f in audit.verify(connection, kept)] != []
        connection.execute(insert(audit_events).values(**last._asdict() | {"number": number + 5}))
        assert list(audit.verify(connection))
        whole.rollback()


@pytest.mark.parametrize("name", [*(n for n in APPEND_ONLY if n not in ("audit_events", "levels")), "documents"])
def test_any_change_of_a_stored_body_is_found(here: World, name: str) -> None:
    written(here)
    table = METADATA.tables[name]
    column = {"rulings": "final", "reopenings": "reason", "documents": "text"}.get(name, "body")
    with here.store.engine.connect().execution_options(writes=True) as connection, connection.begin() as whole:
        lift_the_triggers(connection)
        for row in connection.execute(select(table)).all():
            with connection.begin_nested() as one:
                value = str(row._mapping[column])
                connection.execute(update(table).where(table.c.id == row.id).values({column: value[:-1] + "#"}))
                assert list(audit.verify(connection)), row.id
                one.rollback()
            if name in ("documents", "proposals"):
                continue  # others name these, and the database keeps them
            with connection.begin_nested() as one:
                if name != "decisions":
                    connection.execute(delete(table).where(table.c.id == row.id))
                    assert list(audit.verify(connection)), row.id
                one.rollback()
        whole.rollback()


def test_a_decision_that_no_event_tells_of_is_found(here: World) -> None:
    written(here)
    with here.store.engine.connect().execution_options(writes=True) as connection, connection.begin() as whole:
        row = connection.execute(select(decisions).limit(1)).one()._asdict()
        connection.execute(insert(decisions).values(**row | {"id": "dec_forged", "number": 9}))
        assert ["without an event" in f.what for f in audit.verify(connection)] == [True]
        whole.rollback()


def test_every_decision_is_determined_the_same_again(here: World) -> None:
    written(here)
    with here.store.engine.connect() as connection:
        rows = connection.execute(select(decisions)).all()
    assert len(rows) == 2
    assert all(replayed(row.body, row.replay) for row in rows)
    assert not replayed(rows[0].body.replace("moderate", "high"), rows[0].replay)


def test_events_hold_no_words_of_the_note(here: World) -> None:
    written(here)
    with here.store.engine.connect() as connection:
        told = "\n".join(connection.execute(select(audit_events.c.detail)).scalars())
        assert connection.execute(select(documents.c.text)).first()
    for word in ("Hypertension", "lisinopril", "hypertension", "metformin", "Zoë", "invented reason"):
        assert word not in told
