"""Schemathesis against the app with every role: no fault, and nothing that the description does not tell."""

from __future__ import annotations

import random
from typing import Any

import schemathesis
from hypothesis import HealthCheck, Phase, Verbosity, given, seed, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from starlette.testclient import TestClient

from serving.people.roles import Role
from tests.service.world import World, key, log_in

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
NOT_FOR = {("DELETE", "/v1/session"), ("PUT", "/v1/session"), ("PUT", "/v1/session/password")}
"""They would log the administrator off; the tests of authorization hold them."""


def requests(each: int, here: World, roles: tuple[Role, ...] = tuple(Role)) -> dict[str, int]:
    """About ``each`` requests for every operation and role; returns how many there were and what was wrong."""
    told = {"requests": 0, "status_5xx": 0, "violations": 0}
    ids = [here.submit() for _ in range(3)]
    for role in roles:
        headers, client = _as(here, role)
        schema = schemathesis.openapi.from_asgi("/v1/openapi.json", here.app)
        for operation in schema.get_all_operations():
            one = operation.ok()
            if (one.method.upper(), one.path) in NOT_FOR:
                continue
            _fuzz(one, each, headers, client, here, ids, told)
    return told


def _as(here: World, role: Role) -> tuple[dict[str, str], TestClient]:
    client = TestClient(here.app, raise_server_exceptions=False)
    if role is Role.ADMIN:
        return log_in(client), client
    return here.as_(role), client


def _fuzz(
    operation: Any,
    each: int,
    headers: dict[str, str],
    client: TestClient,
    here: World,
    ids: list[str],
    told: dict[str, int],
) -> None:
    chance = random.Random(operation.path)

    @seed(1)
    @settings(
        max_examples=each, database=None, deadline=None, phases=[Phase.generate], verbosity=Verbosity.quiet,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(case=operation.as_strategy())
    def run(case: Any) -> None:
        sent = dict(headers)
        if case.method.upper() == "POST" and chance.random() < 0.95:
            sent |= key()
        if "encounter_id" in (case.path_parameters or {}) and chance.random() < 0.9:
            # an id that exists, with the ETag that it has: what lies behind the first checks is to be reached
            case.path_parameters["encounter_id"] = chance.choice(ids)
            sent |= here.etag(case.path_parameters["encounter_id"])
        response = case.call(session=client, headers=sent)
        told["requests"] += 1
        told["status_5xx"] += response.status_code >= 500
        try:
            case.validate_response(response, checks=CHECKS)
        except Exception as error:
            told["violations"] += 1
            told.setdefault("first", f"{case.method} {case.path}: {str(error)[:3000]}")  # type: ignore[arg-type]

    run()
