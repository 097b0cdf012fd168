"""From a submitted note to a decision: what a coder does, on both databases. All notes are invented."""

from __future__ import annotations

from tests.service.world import World


def test_a_visit_goes_from_note_to_decision(here: World) -> None:
    id = here.submit()
    found = here.call("GET", f"/v1/encounters/{id}/proposal").json()
    assert found["current"]["determination"]["code"] == "99214"
    assert found["open"] == ["level", "I10", "E11.9"]
    assert here.act(id, "decision", {}).status_code == 409
    decision = here.decide(id)
    assert decision["decision"]["code"] == "99214"
    assert decision["decision"]["diagnoses"] == ["I10", "E11.9"]
    assert here.act(id, "rulings", {"about": "I10", "verdict": "confirmed"}).status_code == 409
    assert here.act(id, "reopening", {"reason": "the addendum changes it"}).status_code == 201
    again = here.decide(id)
    assert again["number"] == 2
    assert len(here.call("GET", f"/v1/encounters/{id}/decisions").json()["items"]) == 2
