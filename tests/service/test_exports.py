"""Exports: only what a person has signed, in every format, with nothing that a spreadsheet or a browser would run. All notes are invented."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest

from serving.exports import FORMATS
from tests.service.fake import TEXT
from tests.service.world import CONTEXT, World

EVIL = '<script>alert("x")</script><img src=x onerror=alert(1)>'


def test_a_visit_without_a_decision_is_not_exported(here: World) -> None:
    id = here.submit()
    for form in FORMATS:
        assert here.call("GET", f"/v1/encounters/{id}/exports/{form.NAME}").status_code == 404
    assert here.call("GET", "/v1/exports/decisions").json() == {"items": [], "next": None}


def test_a_reopened_visit_is_exported_only_where_it_is_asked_for(here: World) -> None:
    id = here.submit()
    here.decide(id)
    here.act(id, "reopening", {"reason": "invented reason"})
    assert here.call("GET", "/v1/exports/decisions").json()["items"] == []
    (one,) = here.call("GET", "/v1/exports/decisions?every=true").json()["items"]
    assert one["in_force"] is False


@pytest.mark.parametrize("form", FORMATS, ids=lambda f: f.NAME)
def test_every_format_tells_the_codes(here: World, form: Any) -> None:
    id = here.submit()
    here.decide(id)
    answer = here.call("GET", f"/v1/encounters/{id}/exports/{form.NAME}")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == form.MEDIA_TYPE
    for code in ("99214", "I10", "E11.9"):
        assert code in answer.text


def test_the_json_holds_what_is_needed_to_defend_it(here: World) -> None:
    id = here.submit()
    here.decide(id)
    told = here.call("GET", f"/v1/encounters/{id}/exports/json").json()
    assert told["versions"]["rules"]
    assert told["facts"][0]["evidence"][0]["quote"] == "Hypertension, not at goal"
    assert told["determination"]["trace"]
    assert [e["action"] for e in told["audit"]][-1] == "decided"
    assert told["documents"][0]["digest"].startswith("sha256:")


def test_the_csv_is_safe_for_spreadsheets(here: World) -> None:
    id = here.submit(id="=HYPERLINK(1)")
    here.decide(id)
    rows = list(csv.DictReader(io.StringIO(here.call("GET", "/v1/exports/decisions?form=csv").text)))
    assert [(r["kind"], r["code"]) for r in rows] == [("em", "99214"), ("diagnosis", "I10"), ("diagnosis", "E11.9")]
    assert {r["reference"] for r in rows} == {"'=HYPERLINK(1)"}


def test_the_packet_runs_nothing_and_asks_for_nothing(here: World) -> None:
    text = TEXT.replace("Zoë", EVIL)
    id = here.submit(text, id=EVIL)
    fact = {"kind": "risk", "id": EVIL[:50], "nature": "rx_management"}
    start = text.index("<script>")
    evidence = [{"start": start, "end": start + len(EVIL), "quote": EVIL}]
    assert here.act(id, "amendments", {"added": [fact | {"evidence": evidence}], "reason": EVIL}).status_code == 201
    here.decide(id)
    answer = here.call("GET", f"/v1/encounters/{id}/exports/html")
    assert "<script" not in answer.text
    assert "<img" not in answer.text
    assert "&lt;script&gt;" in answer.text
    assert answer.headers["content-security-policy"].startswith("default-src 'none'; style-src 'sha256-")
    assert "http" not in answer.headers["content-security-policy"]


def test_decisions_are_paged(here: World) -> None:
    ids = [here.submit(f"Sore throat {n}. Invented.") for n in range(3)]
    for id in ids:
        here.decide(id)
    seen, cursor = [], ""
    while cursor is not None:
        page = here.call("GET", f"/v1/exports/decisions?limit=2{cursor and '&cursor=' + cursor}").json()
        seen += [d["encounter"]["id"] for d in page["items"]]
        cursor = page["next"]
    assert seen == ids
    assert here.call("GET", "/v1/exports/decisions?from=2020-01-01T00:00:00").status_code == 422
    assert here.call("GET", "/v1/exports/decisions?from=2999-01-01T00:00:00Z").json()["items"] == []


def test_training_material_says_how_each_label_came_about(here: World) -> None:
    id = here.submit()
    here.act(id, "rulings", {"about": "level", "verdict": "edited", "final": "99213"})
    here.act(id, "rulings", {"about": "E11.9", "verdict": "rejected", "rejection": "not_addressed"})
    here.decide(id)
    answer = here.call("GET", "/v1/exports/training", "data_scientist")
    (line,) = [json.loads(x) for x in answer.text.splitlines()]
    assert line["code"] == {"proposed": "99214", "final": "99213", "verdict": "edited"}
    assert line["documents"][0]["text"] == TEXT
    assert line["context"]["setting"] == CONTEXT["setting"]
    assert line["diagnoses"] == ["I10"]
    assert "coder" not in line["reviewer"]
    assert here.call("GET", "/v1/exports/training", "coder").status_code == 403


def test_an_export_is_in_the_audit_trail(here: World) -> None:
    id = here.submit()
    here.decide(id)
    here.call("GET", f"/v1/encounters/{id}/exports/csv")
    told = here.call("GET", f"/v1/encounters/{id}/audit", "compliance").json()["items"]
    assert told[-1]["action"] == "exported"
    assert told[-1]["detail"] == {"form": "csv"}
