"""The promises with small counts; ``make prove-service`` keeps them with full ones."""

from __future__ import annotations

from pathlib import Path

from tests.service import fuzz, promises
from tests.service.conftest import Prepared
from tests.service.world import World


def test_kill_9_loses_nothing_and_doubles_nothing(prepared: Prepared) -> None:
    told = promises.kills(3, *prepared)
    assert told["acknowledged"] > 0
    assert (told["lost"], told["doubled"], told["refused"], told["faults"]) == (0, 0, 0, 0), told


def test_two_on_one_visit_never_lose_an_update(here: World) -> None:
    told = promises.races(40, here)
    assert told["acknowledged"] == 40
    assert (told["both"], told["neither"], told["lost"], told["unexpected"], told["faults"]) == (0, 0, 0, 0, 0), told


def test_planted_identifiers_are_in_no_log_metric_or_error(lite: World, tmp_path: Path) -> None:
    told = promises.canaries(60, lite, tmp_path)
    assert told["log_lines"] > 60
    assert told["errors"] > 40
    assert (told["in_logs"], told["in_metrics"], told["in_errors"], told["in_trail"]) == (0, 0, 0, 0), told


def test_no_request_of_any_role_is_a_fault_or_beyond_the_description(lite: World) -> None:
    told = fuzz.requests(2, lite)
    assert told["requests"] > 500
    assert (told["status_5xx"], told["violations"]) == (0, 0), told
