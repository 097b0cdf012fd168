"""Every error has one shape, is in the closed list, and repeats nothing of what was sent."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from serving.refusal import Refused
from serving.service.app import create_app
from serving.service.problems import MEDIA_TYPE, STATUS
from serving.service.settings import Settings
from tests.service.fake import FakeReader
from tests.service.world import World, key

ROOT = Path(__file__).parents[2]
CANARY = "MRN-4711-Quux"
MEMBERS = {"type", "title", "status", "detail", "instance"}


def test_every_refusal_has_a_status_and_is_documented() -> None:
    assert set(STATUS) == set(Refused)
    text = (ROOT / "docs" / "service" / "errors.md").read_text(encoding="utf-8")
    missing = [r.value for r in Refused if f"| `{r.value}` | {STATUS[r]} |" not in text]
    assert missing == []


REQUESTS = [
    ("GET", "/nowhere", {}, 404),
    ("GET", "/v1/nowhere", {}, 404),
    ("DELETE", "/v1/queue", {}, 405),
    ("GET", "/v1/queue?limit=0", {}, 422),
    ("GET", "/v1/queue?cursor=%22x%22", {}, 422),
    ("GET", f"/v1/queue?shelf={CANARY}", {}, 422),
    ("GET", f"/v1/encounters/{CANARY}", {}, 422),
    ("GET", "/v1/encounters/enc_" + "0" * 32, {}, 404),
    ("POST", "/v1/encounters", {"content": f'{{"text": "{CANARY}'.encode()}, 422),
    ("POST", "/v1/encounters", {"json": {CANARY: CANARY, "text": "x"}}, 422),
    ("POST", "/v1/encounters", {"json": {"text": CANARY, "documents": [{"id": "a", "text": CANARY}]}}, 422),
    ("POST", "/v1/encounters", {"json": {"text": 7, "id": {"name": CANARY}}}, 422),
    ("POST", "/v1/encounters", {"json": {"text": "Sore throat.", "context": {"setting": CANARY}}}, 422),
    ("POST", "/v1/encounters", {"json": {"text": "Sore throat.", "context": {"date_of_service": CANARY}}}, 422),
    ("POST", "/v1/encounters", {"json": {"text": f"{CANARY}\0"}}, 422),
    ("POST", "/v1/encounters", {"content": f'{{"text": "{CANARY} \\ud800"}}'.encode()}, 422),
    ("POST", "/v1/encounters", {"json": {"text": "  "}}, 422),
    ("POST", "/v1/encounters", {"json": {"text": f"Break the reader {CANARY}"}}, 500),
    ("POST", "/v1/encounters", {"json": [CANARY]}, 422),
    ("POST", "/v1/encounters/text", {"content": b"%PDF-1.4 " + CANARY.encode()}, 422),
    ("POST", "/v1/encounters/upload", {"files": {"files": (CANARY, b"PK\x03\x04" + CANARY.encode())}}, 422),
    ("POST", "/v1/encounters/upload", {"files": {"files": (CANARY, b"")}}, 422),
    ("POST", "/v1/encounters/upload", {"data": {"id": CANARY}}, 422),
    ("GET", f"/v1/codes/{CANARY}", {}, 422),
]


@pytest.mark.parametrize(("method", "path", "given", "status"), REQUESTS)
def test_errors_have_one_shape_and_repeat_nothing(
    calm: World, method: str, path: str, given: dict[str, object], status: int
) -> None:
    answer = calm.call(method, path, **given)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == MEDIA_TYPE
    body = answer.json()
    assert MEMBERS <= set(body) <= MEMBERS | {"errors"}
    assert body["status"] == status
    assert body["type"].removeprefix("urn:chartlight:problem:") in set(Refused)
    assert CANARY not in answer.text
    assert CANARY.lower() not in json.dumps(dict(answer.headers)).lower()


def test_what_is_wrong_is_named(lite: World) -> None:
    answer = lite.call("POST", "/v1/encounters", json={"text": "Sore throat.", "context": {"setting": "ofice"}})
    (error,) = answer.json()["errors"]
    assert error["where"] == "context.setting"
    assert error["what"].startswith("not one of office, home")


def test_a_request_that_is_too_large_is_refused_before_it_is_read(tmp_path: Path, lite: World) -> None:
    settings = Settings(allowed_hosts=("testserver",), max_bytes=10_000)
    client = TestClient(create_app(settings, lite.store, FakeReader()))
    headers = lite.as_("coder") | key()
    told = client.post("/v1/encounters", json={"text": "x" * 20_000}, headers=headers)
    assert told.status_code == 413

    def stream() -> object:
        yield b'{"text": "'
        yield b"x" * 20_000
        yield b'"}'

    untold = client.post("/v1/encounters", content=stream(), headers=headers | {"Content-Type": "application/json"})
    assert untold.status_code == 413


def test_another_host_name_is_refused(lite: World) -> None:
    answer = lite.client.get("/health/live", headers={"Host": "evil.example"})
    assert answer.status_code == 400
    assert answer.headers["content-type"] == MEDIA_TYPE


def test_answers_are_not_stored_by_caches_and_may_not_be_framed(lite: World) -> None:
    headers = lite.client.get("/health/live").headers
    assert headers["cache-control"] == "no-store"
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"


def test_while_it_is_read_only_people_look_and_nothing_changes(lite: World) -> None:
    from dataclasses import replace

    id = lite.submit()
    store = replace(lite.store, is_read_only=True)
    client = TestClient(create_app(lite.app.state.settings, store, FakeReader()))
    coder = lite.as_("coder")
    assert client.get(f"/v1/encounters/{id}/proposal", headers=coder).status_code == 200
    refused = client.post("/v1/encounters", json={"text": "Sore throat."}, headers=coder | key())
    assert refused.status_code == 503
    assert refused.json()["type"].endswith(":read_only")
    assert client.put("/v1/session", json={"login": "admin", "password": "invented-password-1"}).status_code == 200
    assert client.get("/health/ready").json() == {"status": "ready", "read_only": True}
