"""Batches: taken at once, read in the background, told about, and not lost. All notes are invented."""

from __future__ import annotations

import time
from typing import Any

from serving.service import batches
from serving.store.database import writing
from tests.service.fake import TEXT, FakeReader
from tests.service.world import CONTEXT, World, key


def finished(here: World, address: str) -> Any:
    for _ in range(600):
        told = here.call("GET", address).json()
        if told["finished"]:
            return told
        time.sleep(0.05)
    raise AssertionError("the batch does not end")


def test_a_batch_is_taken_at_once_and_its_progress_is_told(here: World) -> None:
    given = [
        {"id": "a", "text": TEXT, "context": CONTEXT},
        {"id": "b", "text": "Break the reader"},
        {"id": "a", "text": TEXT, "context": CONTEXT},
        {"id": "c", "documents": [{"id": "d", "text": "Sore throat."}]},
    ]
    headers = key()
    answer = here.call("POST", "/v1/batches", "integrator", json={"encounters": given}, headers=headers)
    assert answer.status_code == 202
    again = here.call("POST", "/v1/batches", "integrator", json={"encounters": given}, headers=headers)
    assert again.json()["id"] == answer.json()["id"]
    told = finished(here, answer.headers["location"])
    assert (told["total"], told["done"], told["failed"]) == (4, 3, 1)
    items = here.call("GET", f"{answer.headers['location']}/items?limit=3").json()
    assert [i["state"] for i in items["items"]] == ["done", "failed", "done"]
    assert items["items"][0]["encounter"] == items["items"][2]["encounter"]
    assert items["items"][1]["error"] == {"type": "urn:chartlight:problem:fault"}
    rest = here.call("GET", f"{answer.headers['location']}/items?cursor={items['next']}").json()
    assert [i["number"] for i in rest["items"]] == [4]


def test_a_batch_with_a_visit_that_does_not_fit_is_refused_as_a_whole(lite: World) -> None:
    given = [{"id": "a", "text": TEXT}, {"id": "b", "text": TEXT, "context": {"setting": "moon"}}]
    answer = lite.call("POST", "/v1/batches", "integrator", json={"encounters": given})
    assert answer.status_code == 422


def test_what_was_taken_survives_a_restart(here: World) -> None:
    from serving.people.roles import Actor, Role

    here.app.state.worker.stop()
    actor = Actor("main", "usr_test", "test", Role.INTEGRATOR, "")
    with writing(here.store, "main", actor.id) as unit:
        id = batches.take(unit, actor, [{"id": "z", "text": TEXT, "context": CONTEXT}])
    worker = batches.Worker(here.store, FakeReader(), here.app.state.settings)
    assert worker.one() is True
    assert worker.one() is False
    assert here.call("GET", f"/v1/batches/{id}").json()["done"] == 1
