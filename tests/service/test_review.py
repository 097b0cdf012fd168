"""From a submitted note to a decision: what a coder does, on both databases. All notes are invented."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from serving.review.present import TELLS_THE_LEVEL
from tests.service.fake import TEXT
from tests.service.world import World, key, log_in


def proposal(here: World, id: str, query: str = "") -> Any:
    return here.call("GET", f"/v1/encounters/{id}/proposal{query}").json()


def test_a_visit_goes_from_note_to_decision(here: World) -> None:
    id = here.submit()
    found = proposal(here, id)
    assert found["current"]["determination"]["code"] == "99214"
    assert found["open"] == ["level", "I10", "E11.9"]
    undecided = here.act(id, "decision", {})
    assert undecided.status_code == 409
    assert [e["where"] for e in undecided.json()["errors"]] == ["level", "I10", "E11.9"]
    decision = here.decide(id)
    assert decision["decision"]["code"] == "99214"
    assert decision["decision"]["diagnoses"] == ["I10", "E11.9"]
    assert here.act(id, "rulings", {"about": "I10", "verdict": "confirmed"}).status_code == 409
    assert here.act(id, "reopening", {"reason": "the addendum changes it"}).status_code == 201
    again = here.decide(id)
    assert again["number"] == 2
    assert len(here.call("GET", f"/v1/encounters/{id}/decisions").json()["items"]) == 2


def test_the_level_is_always_an_explicit_act(here: World) -> None:
    id = here.submit()
    for about in ("I10", "E11.9"):
        here.act(id, "rulings", {"about": about, "verdict": "confirmed"})
    refused = here.act(id, "decision", {})
    assert refused.json()["type"].endswith(":rulings_open")
    assert [e["where"] for e in refused.json()["errors"]] == ["level"]


def test_an_amendment_runs_the_rules_again_and_takes_the_level_ruling_back(here: World) -> None:
    id = here.submit()
    here.act(id, "rulings", {"about": "level", "verdict": "confirmed"})
    answer = here.act(id, "amendments", {"removed": ["r1"], "reason": "no change of drugs"})
    assert answer.status_code == 201
    found = answer.json()
    assert found["current"]["determination"]["code"] == "99212"
    assert found["proposal"]["determination"]["code"] == "99214"
    assert "level" in found["open"]
    back = here.act(id, "amendments", {"withdraws": found["amendments"][0]["id"]}).json()
    assert back["current"]["determination"]["code"] == "99214"
    assert here.act(id, "amendments", {"withdraws": found["amendments"][0]["id"]}).status_code == 422


def test_an_added_fact_quotes_the_note_in_either_unit(here: World) -> None:
    id = here.submit()
    words = "Continue metformin"
    start = TEXT.index(words)
    units = len(TEXT[:start].encode("utf-16-le")) // 2
    assert units != start, "the emoji stands before it"
    fact = {"kind": "risk", "id": "new", "nature": "rx_management"}
    evidence = [{"start": start, "end": start + len(words), "quote": words}]
    plain = here.act(id, "amendments", {"added": [fact | {"evidence": evidence}]}).json()
    place = [{"utf16_start": units, "utf16_end": units + len(words)}]
    placed = here.act(id, "amendments", {"added": [fact | {"id": "other"}], "places": {"other": place}}).json()
    assert plain["current"]["facts"][-1]["evidence"] == placed["current"]["facts"][-1]["evidence"] == evidence
    assert placed["current"]["facts"][-1]["source"]["kind"] == "reviewer"
    told = proposal(here, id, "?utf16=true")["current"]["facts"][-1]["evidence"][0]
    assert (told["utf16_start"], told["utf16_end"]) == (units, units + len(words))


def test_offsets_of_combining_characters_are_code_points(here: World) -> None:
    text = "🩺🏽 cafe\u0301 Sore throat. 40 minutes."  # a cut in two code points, an accent of its own
    id = here.submit(text)
    for fact in proposal(here, id, "?utf16=true")["proposal"]["facts"]:
        for e in fact["evidence"]:
            assert text[e["start"] : e["end"]] == e["quote"]
            raw = text.encode("utf-16-le")
            assert raw[2 * e["utf16_start"] : 2 * e["utf16_end"]].decode("utf-16-le") == e["quote"]


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ({}, "invalid"),
        ({"removed": ["nothing"]}, "unknown_fact"),
        ({"added": [{"kind": "risk", "nature": "rx_management"}]}, "not_verbatim"),
        (
            {
                "added": [
                    {"kind": "risk", "nature": "rx_management", "evidence": [{"start": 0, "end": 3, "quote": "xyz"}]}
                ]
            },
            "not_verbatim",
        ),
        ({"added": [{"kind": "risk", "nature": "wonderful"}]}, "invalid"),
        ({"added": [{"kind": "data", "nature": "test_ordered", "counts_as": "d9"}]}, "unknown_fact"),
        ({"context": {"setting": "office"}}, "invalid"),
        ({"withdraws": "amd_1", "removed": ["r1"]}, "invalid"),
    ],
)
def test_amendments_that_do_not_hold_are_refused(lite: World, body: Any, kind: str) -> None:
    answer = lite.act(lite.submit(), "amendments", body)
    assert answer.json()["type"].endswith(f":{kind}"), answer.text


def test_another_context_gives_another_code(here: World) -> None:
    id = here.submit()
    context = {"date_of_service": "2026-03-02", "setting": "office", "patient_status": "new"}
    found = here.act(id, "amendments", {"context": context}).json()
    assert found["current"]["determination"]["code"] == "99204"


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ({"about": "I10", "verdict": "rejected"}, "invalid"),
        ({"about": "I10", "verdict": "confirmed", "rejection": "negated"}, "invalid"),
        ({"about": "I10", "verdict": "edited"}, "invalid"),
        ({"about": "I10", "verdict": "edited", "final": "I1"}, "unknown_code"),
        ({"about": "I10", "verdict": "edited", "final": "E11"}, "unknown_code"),
        ({"about": "I10", "verdict": "added"}, "invalid"),
        ({"about": "J45.40", "verdict": "confirmed"}, "unknown_code"),
        ({"about": "J45", "verdict": "added"}, "unknown_code"),
        ({"about": "level", "verdict": "edited", "final": "20610"}, "unknown_code"),
        ({"about": "level", "verdict": "confirmed", "final": "99215"}, "invalid"),
        ({"about": "level", "verdict": "added", "final": "99215"}, "invalid"),
        ({"about": "I10", "verdict": "withdrawn"}, "not_found"),
    ],
)
def test_rulings_that_do_not_hold_are_refused(lite: World, body: Any, kind: str) -> None:
    answer = lite.act(lite.submit(), "rulings", body)
    assert answer.json()["type"].endswith(f":{kind}"), answer.text


def test_edit_reject_add_and_take_back(here: World) -> None:
    id = here.submit()
    for body in (
        {"about": "level", "verdict": "edited", "final": "99213"},
        {"about": "I10", "verdict": "edited", "final": "I11.9"},
        {"about": "E11.9", "verdict": "rejected", "rejection": "not_addressed"},
        {"about": "J45.40", "verdict": "added"},
        {"about": "R05.9", "verdict": "added"},
        {"about": "R05.9", "verdict": "withdrawn"},
    ):
        answer = here.act(id, "rulings", body)
        assert answer.status_code == 201, answer.text
    assert answer.json()["open"] == []
    wrong = here.act(id, "decision", {"diagnoses": ["J45.40"]})
    assert wrong.status_code == 422
    made = here.act(id, "decision", {"diagnoses": ["J45.40", "I11.9"]}).json()["decision"]
    assert (made["code"], made["diagnoses"]) == ("99213", ["J45.40", "I11.9"])
    assert {r["about"]: r["rejection"] for r in made["rulings"]}["E11.9"] == "not_addressed"


def test_a_rejected_level_is_a_visit_without_a_code(here: World) -> None:
    id = here.submit()
    here.act(id, "rulings", {"about": "level", "verdict": "rejected", "rejection": "not_addressed"})
    assert here.decide(id)["decision"]["code"] is None


def test_two_coders_claim_and_release(here: World) -> None:
    first, second = here.submit(), here.submit("Sore throat. Invented.")
    assert here.call("POST", "/v1/queue/claims").json()["id"] == first
    assert here.call("POST", "/v1/queue/claims").json()["id"] == first, "one goes on with one's own"
    assert here.call("POST", "/v1/queue/claims", "senior_coder").json()["id"] == second
    refused = here.act(second, "rulings", {"about": "J02.9", "verdict": "confirmed"})
    assert refused.json()["type"].endswith(":claimed_by_another")
    assert here.call("DELETE", f"/v1/encounters/{second}/claim", headers=here.etag(second)).status_code == 409
    released = here.call("DELETE", f"/v1/encounters/{first}/claim", "senior_coder", headers=here.etag(first))
    assert released.json()["claimed_by"] is None
    shelves = {
        s: len(here.call("GET", f"/v1/queue?shelf={s}").json()["items"]) for s in ("waiting", "claimed", "mine", "all")
    }
    assert shelves == {"waiting": 1, "claimed": 1, "mine": 0, "all": 2}


def test_an_empty_queue_says_so(lite: World) -> None:
    assert lite.call("POST", "/v1/queue/claims").json()["type"].endswith(":queue_empty")


def test_the_queue_is_paged_without_loss_or_repetition(here: World) -> None:
    ids = [here.submit(f"Sore throat number {n}. Invented.") for n in range(7)]
    seen: list[str] = []
    address = "/v1/queue?limit=3"
    while address:
        page = here.call("GET", address).json()
        seen += [v["id"] for v in page["items"]]
        address = f"/v1/queue?limit=3&cursor={page['next']}" if page["next"] else ""
    assert seen == sorted(ids)


EARLY = (
    ("rulings", {"about": "level", "verdict": "confirmed"}),
    ("rulings", {"about": "I10", "verdict": "confirmed"}),
    ("amendments", {"removed": ["p2"]}),
    ("amendments", {"removed": ["no such fact"]}),
)
"""What a blind visit refuses before the level is entered, known to the proposal or not."""


def test_a_blind_visit_withholds_the_level_everywhere_until_it_is_entered(here: World) -> None:
    csrf = log_in(here.client)
    settings = here.client.get("/v1/settings")
    assert here.client.put("/v1/settings", json={"blind_percent": 100}, headers=csrf).status_code == 428
    changed = here.client.put(
        "/v1/settings", json={"blind_percent": 100}, headers=csrf | {"If-Match": settings.headers["etag"]}
    )
    assert changed.json() == {"blind_percent": 100}
    here.client.cookies.clear()
    id = here.submit()
    for what in ("", "/proposal", "/argument", "/differences", "/decisions", "/audit"):
        told = here.call("GET", f"/v1/encounters/{id}{what}", "senior_coder")
        assert told.status_code == 200
        assert "9921" not in json.dumps(told.json()), what
    assert "9921" not in here.call("GET", "/v1/queue").text
    told = proposal(here, id)
    assert told["withheld"] is True
    assert told["open"] == ["level"]
    assert [name for name in TELLS_THE_LEVEL if told["proposal"][name]] == []
    assert told["current"]["facts"] == told["services_seen"]["items"] == told["rulings"] == []
    assert not {"I10", "E11.9", "p1", "rx_management"} & set(re.findall(r"[\w.]+", json.dumps(told)))
    for what, body in EARLY:
        early = here.act(id, what, body)
        assert early.status_code == 409, what
        assert early.json()["type"].endswith(":level_not_entered")
        assert "9921" not in early.text
    entered = here.act(id, "level", {"level": "low", "code": "99213"})
    assert entered.json()["current"]["determination"]["code"] == "99214"
    assert entered.json()["open"] == ["level", "I10", "E11.9"]
    assert entered.json()["level_entered"]["level"] == "low"
    assert here.act(id, "level", {"level": "high"}).status_code == 409
    here.decide(id)
    told = here.call("GET", f"/v1/encounters/{id}/decisions").json()
    assert [e["code"] for e in told["levels_entered"]] == ["99213"]


def test_the_argument_names_neighbours_and_what_would_change_the_code(lite: World) -> None:
    told = lite.call("GET", f"/v1/encounters/{lite.submit()}/argument").json()
    assert told["code"] == "99214"
    assert told["neighbours"]["lower"]["code"] == "99213"
    assert told["neighbours"]["higher"]["code"] == "99215"
    assert "stands for high medical decision making" in told["neighbours"]["higher"]["because"]
    assert any(line.startswith("without r1") for line in told["flips"])
    assert told["sentences"][0].startswith("The code is 99214")


def test_the_code_set_is_searched_while_one_types(calm: World) -> None:
    def search(q: str, more: str = "") -> list[str]:
        return [c["code"] for c in calm.call("GET", f"/v1/codes?q={q}{more}").json()["items"]]

    assert search("e11.65")[0] == "E11.65"
    assert search("E1165")[0] == "E11.65"
    assert "I10" in search("essential hypertension")
    assert search("zzzz") == []
    assert len(search("fracture", "&limit=50")) == 50
    one = calm.call("GET", "/v1/codes/E11.65").json()
    assert one["above"][0]["code"] == "E11.6"
    assert "E11.69" in [c["code"] for c in one["beside"]]
    assert calm.call("GET", "/v1/codes/E11.99").status_code == 404


def test_rules_and_labels_can_be_looked_up(calm: World) -> None:
    rules = calm.call("GET", "/v1/rules?date=2024-05-01").json()
    assert {e["topic"] for e in rules["editions"]} >= {"mdm", "office", "data"}
    assert calm.call("GET", "/v1/labels").json()["RejectionReason"]["negated"]


def test_who_opened_a_visit_is_in_its_trail_once(here: World) -> None:
    id = here.submit()
    for _ in range(3):
        here.call("GET", f"/v1/encounters/{id}/proposal", "cdi")
    told = here.call("GET", f"/v1/encounters/{id}/audit", "compliance").json()["items"]
    assert [e["action"] for e in told].count("opened") == 1
    assert [e["action"] for e in told][:2] == ["document_received", "proposed"]


def test_practices_do_not_see_each_other(here: World) -> None:
    from serving.people.roles import Role
    from tests.service.world import people

    id = here.submit()
    others = people(here.store, "other")
    mine, here.tokens = here.tokens, others
    assert here.call("GET", f"/v1/encounters/{id}").status_code == 404
    assert here.call("GET", "/v1/queue?shelf=all").json()["items"] == []
    assert here.call("POST", f"/v1/encounters/{id}/claim", headers={"If-Match": '"1"'}).status_code == 404
    assert here.call("GET", "/v1/exports/decisions", Role.COMPLIANCE).json()["items"] == []
    here.tokens = mine
    assert here.call("GET", f"/v1/encounters/{id}").status_code == 200


def test_a_change_needs_the_etag_that_was_read(here: World) -> None:
    id = here.submit()
    body = {"about": "I10", "verdict": "confirmed"}
    assert here.call("POST", f"/v1/encounters/{id}/rulings", json=body).status_code == 428
    for wrong in ('"99"', "*", 'W/"1"', "1", '"x"'):
        headers = {"If-Match": wrong}
        assert here.call("POST", f"/v1/encounters/{id}/rulings", json=body, headers=headers).status_code == 412, wrong
    assert here.act(id, "rulings", body).status_code == 201


def test_a_post_needs_a_key_and_happens_once(here: World) -> None:
    id = here.submit()
    body, headers = {"about": "I10", "verdict": "confirmed"}, here.etag(id) | key()
    address = f"/v1/encounters/{id}/rulings"
    bare = here.client.post(address, json=body, headers=here.as_("coder") | here.etag(id))
    assert bare.status_code == 400
    assert bare.json()["type"].endswith(":key_missing")
    first = here.call("POST", address, json=body, headers=headers)
    again = here.call("POST", address, json=body, headers=headers)
    assert (again.status_code, again.json()) == (201, first.json())
    assert again.headers["etag"] == first.headers["etag"]
    assert again.headers["idempotent-replayed"] == "true"
    other = here.call("POST", address, json=body | {"about": "E11.9"}, headers=headers)
    assert other.status_code == 422
    assert other.json()["type"].endswith(":key_reused")
    elsewhere = here.call("POST", address, "senior_coder", json=body, headers=headers)
    assert elsewhere.status_code == 412, "another actor's key is another key"
    told = here.call("GET", f"/v1/encounters/{id}/audit", "compliance").json()["items"]
    assert [e["action"] for e in told].count("ruled") == 1
