"""What all tests share: Hypothesis profiles, the ``shared`` marker, and encounters built by hand.

Every note in the tests is invented.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

try:
    from hypothesis import HealthCheck, Phase, settings
except ImportError:  # `make test-rules` may run where nothing but pytest is installed
    pass
else:
    # A test is never timed: the machine may be busy with something else.
    calm = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
    # Shrinking a failing proposal takes minutes; HYPOTHESIS_PROFILE=thorough does it, for whoever mends the failure.
    at_once = (Phase.explicit, Phase.generate)
    settings.register_profile("quick", max_examples=60, derandomize=True, database=None, phases=at_once, **calm)
    settings.register_profile("thorough", max_examples=1000, **calm)
    settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))

SHARED = Path(os.environ.get("SHARED", Path(__file__).parents[2] / "shared"))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--everything", action="store_true", help="also what needs weights, notebooks or ../shared")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for item in items:
        if item.get_closest_marker("shared") is None:
            continue
        if not config.getoption("--everything"):
            item.add_marker(pytest.mark.skip(reason="reads ../shared: make test-all"))
        elif not SHARED.is_dir():
            item.add_marker(pytest.mark.skip(reason=f"{SHARED} is missing (SHARED=/path names another place)"))


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder with the annotated notes and the scorer."""
    return SHARED
