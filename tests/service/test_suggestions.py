"""Single suggestions: the order of the diagnoses, add-ons and modifiers; cases are in ``suggestions.toml``. All notes are invented."""

from __future__ import annotations

import csv
import io
import tomllib
from pathlib import Path
from typing import Any

import pytest

from chartlight.determination import AddOn, Determination, Modifier
from serving.review.beside import decided
from serving.store import audit
from tests.service.world import CONTEXT, World, key

CASES = tomllib.loads(Path(__file__).with_name("suggestions.toml").read_text(encoding="utf-8"))
BESIDE = {"context": CONTEXT | {"relationship": "longitudinal", "payer": "medicare"}, "services": [{"code": "90471"}]}
"""What makes the rules put G2211 and modifier 25 beside the code."""


def cases(name: str, *keys: str) -> Any:
    """The cases of one kind; an unknown or a missing key is an error, since such a case would test nothing."""
    for id, case in CASES[name].items():
        assert set(case) == set(keys), f"{name}.{id}"
    return pytest.mark.parametrize("case", CASES[name].values(), ids=CASES[name].keys())


def do(here: World, id: str, acts: Any) -> None:
    for what, body in acts:
        answer = here.act(id, what, body)
        assert answer.status_code == 201, answer.text


def proposal(here: World, id: str) -> Any:
    return here.call("GET", f"/v1/encounters/{id}/proposal").json()


def rows(here: World, id: str, kind: str) -> list[dict[str, str]]:
    text = here.call("GET", f"/v1/encounters/{id}/exports/csv").text
    return [row for row in csv.DictReader(io.StringIO(text)) if row["kind"] == kind]


@cases("order", "do", "order", "by_person", "first_listed", "final")
def test_the_order_of_the_person_is_kept_told_and_exported(here: World, case: Any) -> None:
    id = here.submit()
    do(here, id, case["do"])
    for _ in range(2):  # a second reading tells the same
        told = proposal(here, id)["order"]
        assert told == {
            "diagnoses": case["order"],
            "by_person": case["by_person"],
            "first_listed": case["first_listed"],
        }
    assert here.decide(id)["decision"]["diagnoses"] == case["final"]
    exported = here.call("GET", f"/v1/encounters/{id}/exports/json").json()
    assert [d["code"] for d in exported["diagnoses"]] == case["final"]
    assert exported["first_listed"] == case["first_listed"]
    assert [(r["position"], r["code"]) for r in rows(here, id, "diagnosis")] == [
        (str(n), code) for n, code in enumerate(case["final"], 1)
    ]
    page = here.call("GET", f"/v1/encounters/{id}/exports/html").text
    assert case["first_listed"] in page
    assert ("Listed first" in page) == bool(case["first_listed"])


@cases("refused", "do", "kind")
def test_what_does_not_hold_is_refused_and_changes_nothing(lite: World, case: Any) -> None:
    id = lite.submit()
    before = proposal(lite, id)
    answer = lite.act(id, *case["do"])
    assert answer.json()["type"].endswith(f":{case['kind']}"), answer.text
    assert proposal(lite, id) == before


def test_a_move_is_audited_happens_once_and_needs_the_etag_that_was_read(here: World) -> None:
    id = here.submit()
    body, read = {"about": "E11.9", "before": "I10"}, here.etag(id) | key()
    address = f"/v1/encounters/{id}/order"
    assert here.call("POST", address, json=body).status_code == 428
    first = here.call("POST", address, json=body, headers=read)
    again = here.call("POST", address, json=body, headers=read)
    assert (first.status_code, again.status_code, again.json()) == (201, 201, first.json())
    assert here.call("POST", address, json=body, headers=read | key()).status_code == 412
    assert here.act(id, "order", body, "senior_coder").json()["type"].endswith(":claimed_by_another")
    events = here.call("GET", f"/v1/encounters/{id}/audit", "compliance").json()["items"]
    (moved,) = [e for e in events if e["action"] == "ordered"]
    assert {name: moved["detail"][name] for name in ("on", "verdict")} == {"on": "E11.9", "verdict": "placed_before"}
    with here.store.engine.connect() as connection:
        assert list(audit.verify(connection)) == []


def test_a_move_is_no_ruling(here: World) -> None:
    id = here.submit()
    found = here.act(id, "order", {"about": "E11.9", "before": "I10"}).json()
    assert found["rulings"] == []
    assert found["open"] == ["level", "I10", "E11.9"]
    assert here.act(id, "decision", {}).status_code == 409
    here.decide(id)
    assert here.act(id, "order", {"about": "I10", "before": "E11.9"}).json()["type"].endswith(":finalised")
    here.act(id, "reopening", {"reason": "the order is looked at again"})
    assert here.act(id, "order", {"about": "I10", "before": "E11.9"}).json()["order"]["by_person"] is False


@cases("beside", "do", "open", "code", "lines", "told")
def test_add_ons_and_modifiers_are_ruled_on_singly(here: World, case: Any) -> None:
    id = here.submit(**BESIDE)
    do(here, id, case["do"])
    assert proposal(here, id)["open"] == case["open"]
    made = here.decide(id)["decision"]
    assert (made["code"] or "") == case["code"]
    assert made["diagnoses"] == ["I10", "E11.9"]
    exported = here.call("GET", f"/v1/encounters/{id}/exports/json").json()
    told = [[b["about"], b["verdict"] or "none", b["rejection"] or "none"] for b in exported["beside"]]
    assert told == case["told"]
    lines = rows(here, id, "add_on") + rows(here, id, "modifier")
    assert [[r["kind"], r["code"], r["on"]] for r in lines] == case["lines"]
    assert {r["verdict"] for r in lines} <= {"confirmed"}
    standing = [m["code"] for m in (*exported["add_ons"], *exported["modifiers"])]
    assert standing == [code for _, code, _ in case["lines"]]
    page = here.call("GET", f"/v1/encounters/{id}/exports/html").text
    for _, verdict, reason in case["told"]:
        if verdict == "rejected":
            assert f"rejected by the person: {reason.replace('_', ' ')}" in page


@cases("refused_beside", "do", "kind")
def test_what_does_not_hold_of_an_add_on_or_a_modifier_is_refused(lite: World, case: Any) -> None:
    id = lite.submit(**BESIDE)
    before = proposal(lite, id)
    answer = lite.act(id, *case["do"])
    assert answer.json()["type"].endswith(f":{case['kind']}"), answer.text
    assert proposal(lite, id) == before


def test_a_ruling_on_an_add_on_is_audited_and_falls_away_openly(here: World) -> None:
    id = here.submit(**BESIDE)
    do(here, id, [["rulings", {"about": "G2211", "verdict": "confirmed"}], ["amendments", {"removed": ["r1"]}]])
    events = here.call("GET", f"/v1/encounters/{id}/audit", "compliance").json()["items"]
    mine = [(e["action"], e["detail"]["verdict"]) for e in events if e["detail"].get("on") == "G2211"]
    assert mine == [("ruled", "confirmed"), ("ruling_lapsed", "withdrawn")]
    with here.store.engine.connect() as connection:
        assert list(audit.verify(connection)) == []


def test_a_decision_of_before_single_rulings_keeps_what_stood_with_its_code() -> None:
    found = Determination(code="99214", add_ons=(AddOn("G2211"),), modifiers=(Modifier("25", "99214", ""),))
    assert [one["stands"] for one in decided(found, "99214", [])] == [True, True]
    assert [one["stands"] for one in decided(found, "99213", [])] == [False, False]
