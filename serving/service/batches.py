"""Batches: taken with 202, read one visit after the other in the background; what was taken survives a restart."""

from __future__ import annotations

import json
import threading
from typing import Any

from sqlalchemy import Row, func, insert, select, update

from chartlight.codec import CodecError
from serving.failure import where_it_broke
from serving.people.roles import Actor
from serving.refusal import Refusal, Refused
from serving.review import intake
from serving.review.intake import Outdated, Reader
from serving.service import idempotency, taking
from serving.service.journal import journal
from serving.service.settings import Settings
from serving.service.shapes import EncounterIn
from serving.store import audit
from serving.store.database import Store, Unit, reading, writing
from serving.store.moments import canonical, new_id, stamp
from serving.store.tables import batch_items, batches

WAITING, DONE, FAILED = "waiting", "done", "failed"
IDLE_SECONDS = 2.0
TIDY_EVERY = 1000
"""Rounds of the worker between two removals of old answers."""


def take(unit: Unit, actor: Actor, encounters: list[dict[str, Any]]) -> str:
    """Keep a batch for the worker; returns its id."""
    id = new_id("bat", unit.at)
    values = {"tenant": unit.tenant, "id": id, "total": len(encounters), "received_by": actor.id}
    unit.execute(insert(batches).values(**values, received_role=actor.role.value, received_at=stamp(unit.at)))
    rows = [
        {"tenant": unit.tenant, "batch_id": id, "number": n, "payload": canonical(e), "state": WAITING}
        for n, e in enumerate(encounters, 1)
    ]
    unit.execute(insert(batch_items), rows)
    audit.record(unit, "batch_received", id, total=len(encounters))
    return id


def progress(unit: Unit, id: str) -> dict[str, Any]:
    """How far a batch is; raises ``Refusal``."""
    row = unit.execute(select(batches).where(batches.c.tenant == unit.tenant, batches.c.id == id)).one_or_none()
    if row is None:
        raise Refusal(Refused.NOT_FOUND)
    i = batch_items
    counts = select(i.c.state, func.count()).where(i.c.tenant == unit.tenant, i.c.batch_id == id).group_by(i.c.state)
    by_state = dict(tuple(r) for r in unit.execute(counts))
    told = {state: by_state.get(state, 0) for state in (WAITING, DONE, FAILED)}
    return {"id": id, "total": row.total, "received_at": row.received_at, **told, "finished": not told[WAITING]}


def items(unit: Unit, id: str, *, after: int, limit: int) -> list[Row[Any]]:
    """What became of each visit, in order."""
    i = batch_items
    query = select(i).where(i.c.tenant == unit.tenant, i.c.batch_id == id, i.c.number > after)
    return list(unit.execute(query.order_by(i.c.number).limit(limit)))


class Worker:
    """The thread that reads what waits; one is enough, since reading takes turns anyway."""

    def __init__(self, store: Store, reader: Reader, settings: Settings) -> None:
        self._store = store
        self._reader = reader
        self._settings = settings
        self._wake = threading.Event()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="batches", daemon=True)

    def start(self) -> None:
        """Begin; does nothing while the service is read-only."""
        if not self._store.is_read_only:
            self._thread.start()

    def wake(self) -> None:
        """There is something to do."""
        self._wake.set()

    def stop(self) -> None:
        """End after the visit at hand."""
        self._stopped.set()
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join(timeout=60)

    def _run(self) -> None:
        rounds = 0
        while not self._stopped.is_set():
            try:
                if rounds % TIDY_EVERY == 0:
                    self._tidy()
                rounds += 1
                if self.one():
                    continue
            except Exception as error:  # the thread must live on; the database may be away for a while
                journal().error("fault", fault=where_it_broke(error).partition(";")[0])
            self._wake.wait(IDLE_SECONDS)
            self._wake.clear()

    def _tidy(self) -> None:
        with writing(self._store, self._settings.tenant, "system") as unit:
            idempotency.forget(unit, self._settings.answers_days)

    def one(self) -> bool:
        """Read the next visit that waits; False where none does."""
        i = batch_items
        with reading(self._store, "", "") as unit:
            query = (
                select(i, batches.c.received_by)
                .join(batches, (batches.c.tenant == i.c.tenant) & (batches.c.id == i.c.batch_id))
                .where(i.c.state == WAITING)
                .order_by(i.c.batch_id, i.c.number)
                .limit(1)
            )
            row = unit.execute(query).one_or_none()
        if row is None:
            return False
        try:
            given = taking.submission_of(EncounterIn.model_validate_json(row.payload))
            made = taking.prepare(self._store, row.tenant, row.received_by, self._reader, given)
            with writing(self._store, row.tenant, row.received_by) as unit:
                if _still_waits(unit, row):
                    kept = intake.keep(unit, made)
                    _finish(unit, row, DONE, encounter_id=kept.encounter_id)
        except Outdated:
            return True
        except (Refusal, CodecError, ValueError) as error:
            self._fail(row, error.kind.value if isinstance(error, Refusal) else Refused.INVALID.value)
        except Exception as error:
            journal().error("fault", fault=where_it_broke(error).partition(";")[0])
            self._fail(row, Refused.FAULT.value)
        return True

    def _fail(self, row: Row[Any], kind: str) -> None:
        with writing(self._store, row.tenant, row.received_by) as unit:
            if _still_waits(unit, row):
                _finish(unit, row, FAILED, error=json.dumps({"type": f"urn:chartlight:problem:{kind}"}))


def _mine(row: Row[Any]) -> Any:
    i = batch_items
    return (i.c.tenant == row.tenant) & (i.c.batch_id == row.batch_id) & (i.c.number == row.number)


def _still_waits(unit: Unit, row: Row[Any]) -> bool:
    state = unit.execute(select(batch_items.c.state).where(_mine(row)).with_for_update()).scalar_one()
    return bool(state == WAITING)


def _finish(unit: Unit, row: Row[Any], state: str, **values: Any) -> None:
    # the payload is the text of a visit: once it is stored, or refused, it is kept no second time
    unit.execute(update(batch_items).where(_mine(row)).values(state=state, payload=None, **values))
